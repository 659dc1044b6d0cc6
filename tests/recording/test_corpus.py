"""Scripts as instructors write them: each becomes a lesson that passes the check unchanged."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.recording.recording import CONNECT, SCRIPTS, corner, lesson_of, recorded, told
from tutor.authoring import proving
from tutor.engine.lesson.lesson import Lesson
from tutor.engine.lesson.steps.read import ReadStep
from tutor.recording import recorder
from tutor.recording.recorder import Order
from tutor.recording.watcher import MOST_OBJECTS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_becomes_a_lesson_that_passes_the_check(script: Path, tmp_path: Path):
    lesson = lesson_of(script, tmp_path)
    assert lesson.sample is not None
    assert lesson.sample.code == script.read_text()
    lines = script.read_text().splitlines()
    assert all(step.line is None or lines[step.line - 1].strip() for step in lesson.steps)
    assert all(step.line or step.kind == "crash" for step in lesson.steps)


def play_of(lesson: Lesson) -> list[str]:
    return [entry.output_text for entry in proving.play(lesson, corner) if entry.printed]


def of(name: str, folder: Path) -> Lesson:
    return lesson_of(SCRIPTS / f"{name}.py", folder)


def test_a_queue_in_one_thread_has_two_sides(tmp_path: Path):
    lesson = of("coffee_queue", tmp_path)
    assert lesson.summary == "Guests order coffee, and the barista makes one order after the other."
    assert dict(lesson.watched) == {"orders": "list"}
    assert told(lesson) == [
        "producer: LPUSH orders espresso",
        "producer: LPUSH orders latte",
        "consumer: RPOP orders -> order",
        "consumer: print Here is your {order}!",
        "consumer: RPOP orders -> order",
        "consumer: print Here is your {order}!",
        "consumer: RPOP orders -> order",
        "consumer: print Nothing left: {order}",
    ]
    assert [step.action for step in lesson.steps[1:4]] == [
        "Producer pushes 'latte' to orders",
        "Consumer takes {order!r} from orders",
        "Consumer prints a line with {order!r}",
    ]
    assert [step.line for step in lesson.steps] == list(range(7, 15))


def test_a_worker_that_waits_gets_its_reply_with_the_step_that_wakes_it(tmp_path: Path):
    lesson = of("waiting_worker", tmp_path)
    assert [actor.name for actor in lesson.cast] == ["producer", "worker"]
    assert dict(lesson.start_variables) == {"done": [], "job": None}
    assert told(lesson)[:4] == [
        "worker: BRPOP jobs 0 -> job1",
        "producer: LPUSH jobs mail",
        "worker: print Worker got {job.decode()}",
        "worker: assign {'done': [\"b'mail'\"]}",
    ]
    assert lesson.steps[1].expect["job"] == "b'mail'"
    assert told(lesson)[-1] == "producer: print Jobs done: 2"


def test_daemons_that_wait_at_the_end_stop_with_the_program(tmp_path: Path):
    lesson = of("two_workers", tmp_path)
    assert [actor.name for actor in lesson.cast] == ["producer", "anna", "ben"]
    assert told(lesson)[-2:] == ["anna: crash True", "ben: crash True"]
    assert {"anna_item", "anna_done", "ben_item", "ben_done"} == lesson.start_variables.keys()


def test_a_program_that_would_wait_for_ever_ends_there(tmp_path: Path):
    assert told(of("endless_listeners", tmp_path))[-2:] == ["work: BRPOP tasks 0 -> task1", "work: crash True"]


def test_a_subscriber_takes_messages_into_the_variable_of_its_loop(tmp_path: Path):
    lesson = of("news_channel", tmp_path)
    assert told(lesson)[:2] == ["reader: SUBSCRIBE news -> message", "publisher: PUBLISH news hello -> receivers"]
    assert "reader: print Heard: {message.decode()}" in told(lesson)
    assert lesson.steps[1].expect == {"message": "b'hello'", "receivers": 1}


def test_a_subscriber_in_the_thread_of_the_publisher_is_an_actor_of_its_own(tmp_path: Path):
    steps = told(of("one_thread_pubsub", tmp_path))
    assert steps[:4] == [
        "subscriber: SUBSCRIBE chat",
        "subscriber: PSUBSCRIBE chat.*",
        "subscriber: read True",
        "subscriber: read True",
    ]
    assert steps.count("subscriber: read message") == 3
    assert steps.count("subscriber: print got {message}") == 2


def test_what_get_message_returns_is_read_step_by_step(tmp_path: Path):
    lesson = of("reads_messages", tmp_path)
    reads = [step for step in lesson.steps if isinstance(step, ReadStep)]
    assert [(step.read, step.pick, step.line) for step in reads] == [
        ("message", None, 5),
        ("message", None, 7),
        ("message", "data", 11),
        ("message", "data", 11),
        ("message", None, 11),
        (True, None, 14),
    ]
    assert [entry.variables["message"] for entry in proving.play(lesson, corner)][-5:] == [
        "two",
        "two",
        None,
        None,
        None,
    ]


def test_clients_that_are_read_are_actors_of_their_own(tmp_path: Path):
    lesson = of("polling_thread", tmp_path)
    assert [actor.name for actor in lesson.cast] == ["publisher", "reader", "subscriber"]
    assert play_of(lesson) == ["worker a", "worker b", "psubscribe 1", "pmessage a", "pmessage b"]


def test_a_message_that_a_handler_takes_is_read_and_dropped(tmp_path: Path):
    steps = told(of("handled_messages", tmp_path))
    assert steps.count("subscriber: read m") == 1
    handled = steps.index("subscriber: print handled b'x'")
    assert steps[handled - 1] == "subscriber: read True"
    assert steps[handled + 1] == "subscriber: assign {'none': None}"


def test_the_race_of_two_clients_is_recorded_with_their_names(tmp_path: Path):
    lesson = of("lost_race", tmp_path)
    assert [actor.name for actor in lesson.cast] == ["ali", "mal"]
    assert told(lesson)[1:7] == [
        "ali: WATCH balance",
        "ali: GET balance",
        "ali: assign {'ali_balance': 100}",
        "mal: DECRBY balance 70",
        "ali: MULTI",
        "ali: SET balance 50",
    ]
    assert lesson.steps[6].line == 15


def test_ids_that_the_script_goes_on_to_use_are_plain_ones(tmp_path: Path):
    lesson = of("stream_group", tmp_path)
    steps = told(lesson)
    assert "producer: XADD events 1-0 type login user ali -> first" in steps
    assert steps.count("consumer: XACK events team {entry_id}") == 2
    assert "2-0 logout" in play_of(lesson)


def test_a_time_limit_that_passes_is_a_step(tmp_path: Path):
    steps = told(of("time_limits", tmp_path))
    assert steps[2:5] == ["hasty: wait 1", "hasty: print found {hasty_found}", "producer: LPUSH jobs late"]


def test_sleep_lets_time_pass_where_a_key_has_a_life(tmp_path: Path):
    lesson = of("expiry", tmp_path)
    assert "program: wait 1.1" in told(lesson)
    assert play_of(lesson) == ["Your code is 1234", "Your code is None", "Waited for None"]


def test_sleep_is_nothing_where_nothing_depends_on_time(tmp_path: Path):
    assert not [step for step in of("waiting_worker", tmp_path).steps if step.kind == "wait"]


def test_odd_text_comes_out_as_it_went_in(tmp_path: Path):
    lesson = of("odd_values", tmp_path)
    words = 'it\'s|say "hi"|größe|日本 ☕|{task}|{{x}}|two\nlines|back\\slash||  spaces |# no: comment|null'.split("|")
    assert play_of(lesson)[:-2] == [f"{word!r} -> {word}" for word in words]
    assert play_of(lesson)[-2:] == ['{text} is {"a": [1, 2]}', 'multi\nline of {"a": [1, 2]}']


def test_a_refusal_that_the_script_expects_is_claimed(tmp_path: Path):
    lesson = of("refused", tmp_path)
    assert lesson.steps[1].expect == {"error": "WRONGTYPE"}


def test_clients_with_names_are_actors(tmp_path: Path):
    lesson = of("named_clients", tmp_path)
    assert [(actor.name, actor.shown, actor.side) for actor in lesson.cast] == [
        ("shop", "Shop", "producer"),
        ("cook", "Cook", "consumer"),
    ]
    assert "cook: LREM stove 1 {dish}" in told(lesson)
    assert "cook: print Cooking: pizza!" in told(lesson)


def test_arguments_reach_the_script(tmp_path: Path):
    lesson = lesson_of(SCRIPTS / "functions.py", tmp_path, ["paint"])
    assert told(lesson)[:2] == ["producer: LPUSH todo 1:paint", "consumer: RPOP todo -> task"]


def test_a_client_that_times_out_and_asks_again_is_recorded_as_waiting_in_vain(tmp_path: Path):
    text = """\
import threading, time, redis
def work():
    print("got", redis.Redis(socket_timeout=0.5, decode_responses=True).brpop("q", 0)[1])
threading.Thread(target=work, name="worker").start()
time.sleep(0.8)
redis.Redis().lpush("q", "a")
"""
    assert told(recorded(tmp_path, text))[:4] == [
        "worker: BRPOP q 0",
        "worker: crash True",
        "worker: BRPOP q 0",
        "producer: LPUSH q a",
    ]


def test_a_variable_takes_what_the_server_chose_of_itself(tmp_path: Path):
    lesson = recorded(
        tmp_path, f"{CONNECT}r.sadd('s', *range(9))\nm = r.spop('s')\nr.set('last', m)\nprint('took', m)\n"
    )
    assert told(lesson)[1:] == ["program: SPOP s -> m", "program: SET last {m}", "program: print took {m}"]


def test_what_is_logged_to_the_terminal_is_printed(tmp_path: Path):
    text = f"""import logging
{CONNECT}logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger("shop")
r.rpush("orders", "tea")
order = r.lpop("orders")
log.info("served %s", order)
log.debug("not to be seen")
try:
    int(order)
except ValueError:
    log.exception("no number")
quiet = logging.getLogger("file")
quiet.propagate = False
quiet.addHandler(logging.FileHandler({str(tmp_path / "log.txt")!r}))
quiet.error("into a file")
"""
    assert told(recorded(tmp_path, text))[1:] == [
        "consumer: LPOP orders -> order",
        "consumer: print INFO served {order}",
        "consumer: print ERROR no number",
    ]
    assert (tmp_path / "log.txt").read_text() == "into a file\n"


def test_what_a_function_was_given_is_no_step(tmp_path: Path):
    text = f"""{CONNECT}
def work(name):
    task = r.rpop("jobs")
    print(f"{{name}}: {{task}}")

r.lpush("jobs", "mail", "report")
work("anna")
work("ben")
"""
    assert told(recorded(tmp_path, text))[1:] == [
        "consumer: RPOP jobs -> task",
        "consumer: print anna: {task}",
        "consumer: RPOP jobs -> task",
        "consumer: print ben: {task}",
    ]


def test_of_what_a_group_reads_the_id_is_saved_and_not_the_streams_name(tmp_path: Path):
    text = f"""{CONNECT}
r.xgroup_create("events", "mailers", id="0", mkstream=True)
r.xadd("events", {{"user": "ana"}})
entries = r.xreadgroup("mailers", "c1", {{"events": ">"}})
for stream, messages in entries:
    for message_id, fields in messages:
        r.xack("events", "mailers", message_id)
"""
    assert told(recorded(tmp_path, text))[2:] == [
        "consumer: XREADGROUP GROUP mailers c1 STREAMS events > -> message_id[0, 1, 0, 0]",
        "consumer: XACK events mailers {message_id}",
    ]


def test_attributes_are_variables_of_the_actor_that_first_uses_them(tmp_path: Path):
    lesson = of("attributes", tmp_path)
    assert dict(lesson.start_variables) == {
        "anna_job": None,
        "anna_count": 0,
        "anna_done": [],
        "ben_job": None,
        "ben_count": 0,
        "ben_done": [],
    }
    steps = told(lesson)
    assert steps[0] == "anna: BRPOP jobs 0 -> anna_job1"
    assert steps[3:6] == [
        "anna: assign {'anna_count': 1}",
        "anna: assign {'anna_done': ['mail']}",
        "anna: print anna has done {anna_job}",
    ]
    assert steps[-3:] == [
        "producer: assign {'anna_count': 11}",
        "producer: print Anna: {anna_count}",
        "producer: print Ben: {ben_count}",
    ]


def test_an_attribute_that_changes_under_another_name_is_shown_as_it_is(tmp_path: Path):
    text = f"""{CONNECT}
class Account:
    pass

ana = Account()
r.hset("balance", "ana", 100)
ana.credit = int(r.hget("balance", "ana"))
known = [ana]
known[0].credit = r.hincrby("balance", "ana", -70)
print(ana.credit)
"""
    assert told(recorded(tmp_path, text))[1:] == [
        "program: HGET balance ana",
        "program: assign {'credit': 100}",
        "program: HINCRBY balance ana -70",
        "program: assign {'credit': 30}",
        "program: print {credit}",
    ]


def test_attributes_of_a_few_objects_are_shown_and_no_more(tmp_path: Path):
    text = f"""{CONNECT}
class Job:
    def __init__(self):
        self.name = r.rpop("jobs")

r.rpush("jobs", *map(str, range(100, 120)))
jobs = [Job() for _ in range(20)]
"""
    assert len(recorded(tmp_path, text).start_variables) == MOST_OBJECTS


def test_attributes_of_what_the_script_did_not_make_are_not_looked_at(tmp_path: Path):
    text = f"""{CONNECT}
import argparse
import fractions
seen = argparse.Namespace()
seen.name = r.set("k", "v")
fractions.name = r.get("k")
print(fractions.name)
"""
    assert told(recorded(tmp_path, text)) == ["program: SET k v", "program: GET k", "program: print v"]


def test_a_key_that_a_script_names_by_a_variable_is_named_by_it_in_the_lesson(tmp_path: Path):
    text = """\
        for kind in ("mail", "photo"):
            job = r.incr("next-id")
            r.hset(f"job:{job}", mapping={"kind": kind})
            r.lpush("queue", job)
        taken = r.rpop("queue")
        r.set("lock:" + taken, "me", ex=30)
        r.delete(f"job:{taken}", "lock:1")
    """
    lesson = recorded(tmp_path, CONNECT + dedent(text))
    assert told(lesson) == [
        "producer: INCRBY next-id 1 -> job",
        "producer: HSET job:{job} kind mail",
        "producer: LPUSH queue {job}",
        "producer: INCRBY next-id 1 -> job",
        "producer: HSET job:{job} kind photo",
        "producer: LPUSH queue {job}",
        "consumer: RPOP queue -> taken",
        "consumer: SET lock:{taken} me EX 30",
        "consumer: DEL job:{taken} lock:1",
    ]
    assert {"job:1", "job:2", "lock:1"} <= lesson.watched.keys()


def test_a_variable_of_a_script_has_what_redis_py_returned(tmp_path: Path):
    script = """\
import redis
r = redis.Redis()
r.lpush("queue", "hello")
task = r.rpop("queue")
print("match" if task == "hello" else f"no match: {task}")
r.hset("user", "name", "Ada")
user = r.hgetall("user")
name = r.hgetall("user")[b"name"]
print(user, name.decode())
r.zadd("scores", {"ali": 1.5})
best = r.zrange("scores", 0, -1, withscores=True)
r.lpush("done", task)
"""
    lesson = recorded(tmp_path, script)
    assert lesson.client is not None
    assert not lesson.client.decode_responses
    entry = proving.play(lesson, corner)[-1]
    values = {name.removeprefix("consumer_"): value for name, value in entry.variables.items()}
    wanted = {"task": b"hello", "user": {b"name": b"Ada"}, "name": b"Ada", "best": [(b"ali", 1.5)]}
    assert values == wanted
    assert play_of(lesson) == ["no match: b'hello'", "{b'name': b'Ada'} Ada"]
    assert {"consumer: HGETALL user -> namename", "consumer: LPUSH done {task}"} <= set(told(lesson))


@pytest.mark.parametrize("decodes", [True, False])
def test_the_client_of_a_lesson_is_set_up_as_the_scripts_is(decodes: bool, tmp_path: Path):
    setup = f"import redis\nr = redis.Redis(decode_responses={decodes})\n"
    lesson = recorded(tmp_path, setup + 'r.set("k", "a")\nvalue = r.get("k")\n')
    assert lesson.client is not None
    assert lesson.client.decode_responses is decodes
    assert proving.play(lesson, corner)[-1].variables == {"value": "a" if decodes else b"a"}


def test_of_two_clients_that_differ_the_one_that_text_comes_to_counts(tmp_path: Path):
    setup = "import redis\nw = redis.Redis()\nr = redis.Redis(decode_responses=True)\n"
    script = tmp_path / "script.py"
    script.write_text(setup + 'w.set("k", "a")\nw.set("k2", "a")\nvalue = r.get("k")\n')
    made = recorder.record(Order(script, (), tmp_path / "x.yaml"), corner)
    assert "client: {decode_responses: true}" in (tmp_path / "x.yaml").read_text()
    assert any("all clients of a lesson are set up alike" in str(note) for note in made.notes)
