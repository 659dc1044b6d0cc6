"""Problems of `read` steps in the check."""

from pathlib import Path

from tests.lessons import lesson
from tests.tables import for_each
from tutor.authoring import proving
from tutor.ports import corners

SUBSCRIBE = "{actor: consumer, action: Subscribe, command: SUBSCRIBE news}"
PUBLISH = "{actor: producer, action: Publish, command: PUBLISH news hi}"
PART = "{actor: consumer, action: Read, read: task, pick: data}"
QUIET = "{actor: consumer, action: Read, read: task, pick: data, ignore_subscribe_messages: true}"
DROP = "{actor: consumer, action: Drop, read: true}"
LEFT = "{actor: consumer, action: Leave, command: SUNSUBSCRIBE}"

CASES = {
    "a message that has come": ([SUBSCRIBE, PUBLISH, DROP, PART], ""),
    "no message has come": (
        [SUBSCRIBE, DROP, PART],
        "get_message() returns None here, and None['data'] is a TypeError in Python: no message has come",
    ),
    "nobody has subscribed": ([PART], "get_message() returns None here, and None['data'] is a TypeError"),
    "a confirmation has a part": ([SUBSCRIBE, PART], ""),
    "a confirmation that is ignored has none": (
        [SUBSCRIBE, QUIET],
        "is a TypeError in Python: a confirmation has come, which it ignores",
    ),
    "a part that is None": (
        [SUBSCRIBE, "{actor: consumer, action: Read, read: task, pick: pattern}"],
        "",
    ),
    "a save where a step reads": (
        ["{actor: consumer, action: Subscribe, command: SUBSCRIBE news, save: task}", DROP],
        "consumer reads its messages in `read` steps, which save them; leave `save` out here",
    ),
    "a part that nobody takes": (
        [SUBSCRIBE, "{actor: consumer, action: Read, read: true, pick: data}"],
        "`pick` chooses which part of the message is saved; name a variable",
    ),
    "a variable that is not there": (
        [SUBSCRIBE, "{actor: consumer, action: Read, read: message}"],
        "there is no variable 'message'",
    ),
    "an unknown part": ([SUBSCRIBE, "{actor: consumer, action: Read, read: task, pick: body}"], "body"),
    "who waits can't read": (
        ["{actor: consumer, action: Wait, command: BRPOP queue 5}", DROP, "{actor: producer, action: W, wait: 6}"],
        "consumer still waits for the reply to step 1, and can do nothing before it comes",
    ),
    "nothing sharded to leave": ([LEFT], "consumer is subscribed to nothing that it could unsubscribe from"),
}


@for_each(("steps", "problem"), CASES.values())
def test_the_check_says_what_is_wrong_with_a_read(steps: list[str], problem: str, tmp_path: Path):
    file = tmp_path / "reads.yaml"
    file.write_text(lesson("".join(f"  - {step}\n" for step in steps)))
    found = [str(each) for each in proving.check([file], corners.temporary) if each.severity == "error"]
    assert len(found) == bool(problem), found
    assert problem in "".join(found)
