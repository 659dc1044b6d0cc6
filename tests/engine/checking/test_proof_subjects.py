"""A proof speaks about its question: every one-off, other name and other change in a true proof is reported."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.plays import lesson
from tests.tables import for_each
from tutor import library
from tutor.engine.checking.proof_subjects import subject_problems
from tutor.engine.lesson.lesson import Lesson

COMMANDS = ("LPUSH queue a", "LPUSH queue b", "RPOP queue", "LLEN spare", "LPUSH spare c", "RPOP spare")
NAMES = ("queue", "spare", "task", "other")


def asking(question: str, proof: dict[str, object]) -> Lesson:
    steps = [{"command": command, "id": f"step-{chr(96 + i)}"} for i, command in enumerate(COMMANDS, 1)]
    asked = {"question": question, "text": "x", "proof": proof}
    watch = {"queue": "list", "spare": "list"}
    return lesson(*steps, watch=watch, variables=["task", "other"], quiz=[asked])


def said(question: str, proof: dict[str, object]) -> list[str]:
    of = asking(question, proof)
    asked = of.quiz[0]
    assert asked.proof is not None
    return [problem.message for problem in subject_problems(of, asked, asked.proof, ("quiz", 0))]


def look(name: str) -> dict[str, object]:
    return {"key" if name in ("queue", "spare") else "variable": name}


@st.composite
def true_proofs(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Draw a question and its proof: a look after a step, at times with another command or another command's name."""
    name, after = draw(st.sampled_from(NAMES)), draw(st.integers(2, 6))
    way = draw(st.sampled_from(["look", "replace", "swap", "first"]))
    asked = draw(st.sampled_from([f"step {after}", f"{{step step-{chr(96 + after)}}}"]))
    if way == "first":
        proof: dict[str, object] = {"first": {**look(name), "equals": ["a"], "after": after}}
        return f"At which step after {asked} is `{name}` for the first time so?", proof
    question, proof = f"What is `{name}` after {asked}?", {**look(name), "after": after}
    if way == "replace":
        number = draw(st.integers(1, after - 1))
        return f"Suppose step {number} sent `LREM queue 7 z`. {question}", {
            **proof,
            "replace": {number: "LREM queue 7 z"},
        }
    if way == "swap":
        return f"Suppose every `LPUSH` were `RPUSH`. {question}", {**proof, "swap": {"LPUSH": "RPUSH"}}
    return question, proof


def mutations(proof: dict[str, object]) -> list[dict[str, object]]:
    """Return the proof looking one step off, at every other name, with other changes and without its changes."""
    looks = proof.get("first", proof)
    assert isinstance(looks, dict)
    plain = {name: value for name, value in looks.items() if name not in ("key", "variable")}
    own = looks.get("key") or looks.get("variable")
    changed = [{**looks, "after": looks["after"] + off} for off in (-1, 1)]
    changed += [{**plain, **look(name)} for name in NAMES if name != own]
    found = [{"first": each} for each in changed] if "first" in proof else changed
    if "replace" in proof:
        (number,) = proof["replace"]  # type: ignore[misc]
        others = [{number: "LREM queue 8 z"}, {number: COMMANDS[number - 1]}, {number + 1: "LREM queue 7 z"}, {}]
        found += [{**proof, "replace": each} for each in others]
    if "swap" in proof:
        found += [{**proof, "swap": each} for each in ({"LPUSH": "LINSERT"}, {"RPOP": "RPUSH"}, {})]
    return found


@settings(max_examples=60, deadline=None)
@given(true_proofs())
def test_a_true_proof_is_silent_and_every_false_one_is_reported(drawn: tuple[str, dict[str, object]]):
    question, proof = drawn
    assert said(question, proof) == []
    for other in mutations(proof):
        assert said(question, other), other


@for_each(
    ("question", "proof"),
    [
        ("What is task after step 3?", {"after": 3, "variable": "task"}),
        ("What is in the queue at the start?", {"after": 0, "key": "queue"}),
        ("What does `task` hold when the lesson ends?", {"after": 6, "variable": "task"}),
        ("Look at step 3. What does it print?", {"after": 3, "output": True}),
        (
            "Suppose step 2 sent `RPUSH queue b`. What is `queue` after it?",
            {"after": 2, "key": "queue", "replace": {2: "RPUSH queue b"}},
        ),
    ],
)
def test_looser_wordings_are_accepted(question: str, proof: dict[str, object]):
    assert said(question, proof) == []


def test_a_step_that_only_the_question_names_is_reported():
    assert said("After step 2 and step 4, what is `task`?", {"after": 4, "variable": "task"}) == [
        "the question speaks of step 2, and its proof does not (step 4)"
    ]


HEAD = "title: A\ntrack: t\nactors: [a]\nwatch: {queue: list}\nvariables: [task]\nsteps:\n"
STEP = "- {{id: push-{0}, actor: a, action: A, command: LPUSH queue {0}}}\n"
STEPS = "".join(STEP.format(i) for i in range(1, 5))


@for_each(
    ("question", "proof", "place", "seen"),
    [
        ("'What is `queue` after {step push-2}?'", "{after: push-3, key: queue}", "15:18", 14),
        ("|\n    Look.\n\n    What is `queue` after step 2?", "{after: 3, key: queue}", "18:18", 17),
        ("|\n    What is `task`\n    after step 2?", "{after: 2, key: queue}", "17:26", 15),
        ("Suppose steps 1 and 3 were gone. `queue` after step 2?", "{after: 2, key: queue}", "14:21", 15),
        (">\n    So:\n    what is `queue`\n    after {step push-1} and {step push-4}?", "{after: push-4, key: queue}",
         "17:11", 18),
    ],
)  # fmt: skip
def test_both_lines_are_given_the_proofs_and_that_of_the_words_it_is_not_about(question, proof, place, seen):
    text = f"{HEAD}{STEPS}quiz:\n- text: x\n\n  question: {question}\n  proof: {proof}\n"
    found = [each for each in library.read(text, "x.yaml").problems if "proof" in each.message]
    assert (place, seen) in [(f"{each.line}:{each.column}", each.facts.see_line) for each in found]
