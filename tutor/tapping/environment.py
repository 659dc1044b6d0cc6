"""The environment of an author's program, which sees nothing of ours: no settings, no secrets, no addresses."""

import os
from collections.abc import Iterable, Mapping

PASSED_ON = frozenset(
    "HOME LANG LANGUAGE LOGNAME PATH PYTHONUTF8 SHELL TEMP TERM TMP TMPDIR TZ USER VIRTUAL_ENV".split()
)
"""The variables that every program gets: where things are, and how texts and times are written."""


def environment(also: Iterable[str] = (), *, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of an author's program: of `given`, by default ours, the harmless variables and `also`.

    A list of names to pass on, because a list of names to keep back would miss the secret that is added next.
    """
    ours = os.environ if given is None else given
    names = PASSED_ON.union(also)
    return {name: value for name, value in ours.items() if name in names or name.startswith("LC_")}
