"""A lesson with six keys, names of forty characters, thirty steps, and values of 2,000 characters."""

from typing import Any

LONG = "a value that goes on and on, " * 69
KEYS = [f"{kind}_{n}_{'of_a_very_long_name_indeed_x' * 2}"[:40] for n in (1, 2) for kind in ("list", "hash", "stream")]
VARIABLES = [f"{name}_{'with_a_name_as_long_as_any_other' * 2}"[:40] for name in ("job", "answer", "count", "latest")]
STEPS = 30


def large_lesson() -> dict[str, Any]:
    """Return the lesson as its file has it: each step changes the key and the variable whose turn it is."""
    return {
        "format": 2,
        "title": "A large lesson, with a title that takes its time",
        "track": "tests",
        "actors": ["producer", "worker"],
        "watch": {key: key.split("_")[0] for key in KEYS},
        "variables": VARIABLES,
        "steps": [_step(number) for number in range(STEPS)],
    }


def _step(number: int) -> dict[str, Any]:
    key, variable = KEYS[number % 6], VARIABLES[number % 4]
    value = LONG[:2000] if number % 5 == 0 else f"job-{number}"
    if number >= 24:
        names = {VARIABLES[0]: LONG[:2000] if number % 2 else "short", variable: f"{number}"}
        return {"actor": "worker", "action": f"The worker notes step {number} in two variables", "assign": names}
    command = {
        "list": ["LPUSH", key, value],
        "hash": ["HSET", key, f"field-{number}", value],
        "stream": ["XADD", key, f"{number + 1}-0", "job", value],
    }[key.split("_")[0]]
    action = f"The producer writes value {number} to {key}, which takes a sentence that is longer than others"
    return {"actor": "producer", "action": action, "command": command, "save": variable}
