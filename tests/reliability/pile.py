"""A lesson that piles up tasks, and queries of the reliability tests about its runs."""

from tests.servers import RedisServer
from tests.visitor import Answer, Visitor

# Each task is pushed once, so that a step done twice or not at all shows in every later state of the queue.
STEPS = [
    *(f"  - {{actor: producer, action: Push {i}, command: LPUSH queue task{i}}}\n" for i in range(1, 5)),
    "  - {actor: consumer, action: Pop, command: RPOP queue, save: task}\n",
    "  - {actor: consumer, action: 'Process {task}', print: 'Processed {task!r}'}\n",
    *(f"  - {{actor: producer, action: Push {i}, command: RPUSH queue task{i}}}\n" for i in range(5, 8)),
    "  - {actor: consumer, action: Pop, command: LPOP queue, save: task}\n",
]
LENGTH = len(STEPS)
PAGE = "/lessons/pile/"


def finish(visitor: Visitor, answer: Answer) -> list[tuple[str, ...]]:
    """Press the button of `answer` until the end, and return the table."""
    while answer.next_form:
        answer = visitor.press(answer)
        assert answer.status == 200, answer.text
    return visitor.get(PAGE).rows


def queue_of(server: RedisServer, visitor: Visitor) -> list[str]:
    """Return the actual content of the visitor's queue in Redis."""
    return server.ask("LRANGE", f"tutor:{{{run_id(visitor)}}}:queue", "0", "-1")


def run_id(visitor: Visitor) -> str:
    form = visitor.get(PAGE).one("form", id="restart")
    return form["action"].split("/")[2]
