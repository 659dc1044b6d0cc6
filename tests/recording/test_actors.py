"""Who acts in a recording: names and roles from clients and threads."""

from tests.tables import for_each
from tutor.recording.actors import ScriptActors, actors_of
from tutor.recording.tape import Event, Heard, Joined, Printed, TapedCommand


def sent(
    number: int, command: str, *, thread: int = 0, connection: int = 1, client: str = "", holder: str = "r"
) -> TapedCommand:
    return TapedCommand(number, thread, 1, command.split(), connection, client, holder, 0, False, True, 0.0)


def actors(*events: Event, main: str = "MainThread") -> list[str]:
    cast = actors_of([Joined(0, main), *events])
    return [f"{actor.name} {actor.label or '-'} {actor.side}" for actor in cast.actors]


def named(name: str, number: int = 1) -> list[Event]:
    return [Joined(number, name), sent(number, "RPOP q", thread=number, connection=number + 1)]


@for_each(
    ("name", "actor"),
    [
        ("worker", "worker -"),
        ("Worker-A", "worker_a -"),
        ("log reader", "log_reader -"),
        ("Thread-7 (serve)", "serve -"),
        ("Thread-7", "thread -"),
        ("ThreadPoolExecutor-0_3", "thread -"),
        ("日本", "actor 日本"),
        ("3rd", "actor_3rd 3rd"),
        ("Größe", "gr_e Größe"),
        ("a" * 40, f"{'a' * 40} -"),
    ],
)
def test_a_thread_gives_its_actor_a_name(name: str, actor: str):
    assert actors(*named(name)) == [f"{actor} consumer"]


def test_threads_of_one_name_are_numbered_as_python_numbers_them():
    events = [*named("Thread-2 (work)", 1), *named("Thread-1 (work)", 2), *named("work_1", 3)]
    cast = actors_of([Joined(0, "MainThread"), *events])
    assert [cast.by_number[number] for number in (1, 2, 3)] == ["work_2", "work_1_2", "work_1"]


@for_each(
    ("commands", "name"),
    [
        (["LPUSH q a"], "producer"),
        (["PUBLISH c a"], "publisher"),
        (["RPOP x"], "consumer"),
        (["LPUSH q a", "RPOP x"], "program"),
        (["SET k v"], "program"),
    ],
)
def test_the_main_thread_beside_others_is_called_by_what_it_does(commands: list[str], name: str):
    mine = [sent(i, command) for i, command in enumerate(commands, 10)]
    assert name in [each.split()[0] for each in actors(*mine, *named("worker"))]


def test_a_main_thread_with_a_name_keeps_it():
    assert actors(sent(1, "LPUSH q a"), main="Boss") == ["boss - producer"]


def test_one_thread_is_a_program_unless_it_fills_and_empties_the_same_key():
    assert actors(sent(1, "LPUSH q a"), sent(2, "RPOP other")) == ["program - consumer"]
    assert actors(sent(1, "LPUSH q a"), sent(2, "RPOP q")) == ["producer - producer", "consumer - consumer"]
    assert actors(sent(1, "LPUSH q a"), sent(2, "MULTI"), sent(3, "RPOP q"), sent(4, "EXEC")) == ["program - consumer"]


def test_clients_of_one_thread_are_distinguished_by_their_names_or_variables():
    assert actors(sent(1, "SET a 1", client="Shop Ltd."), sent(2, "GET a", client="cook")) == [
        "shop_ltd Shop Ltd. producer",
        "cook - producer",
    ]
    assert actors(sent(1, "SET a 1", holder="ali"), sent(2, "GET a", holder="mal")) == [
        "ali - producer",
        "mal - producer",
    ]


def test_a_client_that_threads_share_names_none_of_them():
    events = [sent(1, "LPUSH q a", client="app"), Joined(1, "worker"), sent(2, "RPOP q", client="app", thread=1)]
    assert [each.split()[0] for each in actors(*events)] == ["producer", "worker"]


def test_the_thread_that_reads_messages_is_the_subscriber():
    subscribing = [sent(1, "SUBSCRIBE c", connection=5), Joined(1, "reader"), Heard(5, 1, 3)]
    assert actors(*subscribing, sent(2, "PUBLISH c a")) == ["publisher - producer", "reader - consumer"]
    assert actors(sent(1, "SUBSCRIBE c", connection=5), sent(2, "PUBLISH c a")) == [
        "publisher - producer",
        "subscriber - consumer",
    ]


def test_a_thread_that_only_prints_acts_too():
    cast: ScriptActors = actors_of([Joined(0, "MainThread"), *named("worker"), Printed(0, 1, "done", {})])
    assert [actor.name for actor in cast.actors] == ["program", "worker"]
    assert cast.by_thread[0] == "program"
