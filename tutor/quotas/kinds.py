"""The table of limits: each kind of request with its default rates, and the amounts that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from tutor.quotas.rates import BadLimit, Rate, amount_of, rate_of

RequestKind = Literal[
    "pages", "steps", "runs", "tests", "answers", "proofs", "messages", "streams", "checks", "changes", "bytes"
]

STORING: frozenset[RequestKind] = frozenset({"steps", "runs", "tests", "answers"})
"""Kinds of request that store something of a learner's; they also need room in the bucket of bytes."""


@dataclass(frozen=True, slots=True)
class RateSetting:
    """A limit on one kind of request: `learner` and `address` are the default rates as a setting writes them."""

    kind: RequestKind
    meaning: str
    learner: str
    address: str

    @property
    def variable(self) -> str:
        """The environment variable of the rate per learner."""
        return f"LIMIT_{self.kind.upper()}"

    @property
    def address_variable(self) -> str:
        """The environment variable of the rate per address."""
        return f"{self.variable}_PER_ADDRESS"


# A class of 40 behind one address has to fit, although its members press at the same moment and in bursts
# (tests/quotas/test_class.py plays that class).
RATES = (
    RateSetting("pages", "pages opened, and switches pressed", "40/s burst 800", "800/s burst 8000"),
    RateSetting("steps", "steps taken, with or without a prediction", "10/s burst 200", "160/s burst 2000"),
    RateSetting("runs", "runs begun: first steps and restarts", "1/s burst 30", "20/s burst 400"),
    RateSetting("tests", "tests begun", "20/min burst 20", "10/s burst 200"),
    RateSetting("answers", "answers, hints, reasons and finished tests", "5/s burst 200", "100/s burst 2000"),
    RateSetting("proofs", "proofs and sessions run", "1/s burst 60", "10/s burst 400"),
    RateSetting("messages", "messages published on the live page", "5/s burst 10", "100/s burst 800"),
    RateSetting("streams", "streams opened by the live page", "1/s burst 12", "20/s burst 240"),
    RateSetting("checks", "checks and previews in the Studio", "4/s burst 40", "40/s burst 400"),
    RateSetting("changes", "saved texts, imports and publications in the Studio", "1/s burst 20", "20/s burst 200"),
    RateSetting("bytes", "bytes stored for runs, tests and answers", "64 MB/day burst 32 MB", "2 GB/day burst 1 GB"),
)


@dataclass(frozen=True, slots=True)
class AmountSetting:
    """A limit on what exists at a time; `amount` is the default as a setting writes it."""

    name: str
    meaning: str
    amount: str

    @property
    def variable(self) -> str:
        """The environment variable of the amount."""
        return f"LIMIT_{self.name.upper()}"


AMOUNTS = (
    AmountSetting("open_streams_per_address", "open streams per address", "200"),
    AmountSetting("storage", "bytes stored of one learner's runs, tests and answers", "64 MB"),
    AmountSetting("kept_runs", "runs kept of one learner and lesson, and besides them the farthest", "10"),
    AmountSetting("kept_tests", "tests kept of one learner and lesson, and besides them the best", "20"),
)


@dataclass(frozen=True, slots=True)
class RatePair:
    """The rates of one kind of request; None for no limit."""

    learner: Rate | None
    address: Rate | None


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of this process."""

    rates: Mapping[RequestKind, RatePair]
    open_streams_per_address: int | None
    storage: int | None
    kept_runs: int | None
    kept_tests: int | None


def limits_from(variables: Mapping[str, str]) -> Limits:
    """Return the limits that the environment sets, with defaults for the rest.

    `LIMITS=off` switches off all that have no variable of their own. Raises: BadLimit, with the variable's name.
    """
    switch = variables.get("LIMITS", "").strip().lower()
    if switch not in ("", "on", "off"):
        raise BadLimit(f'LIMITS is {variables["LIMITS"]!r}. Set it to "on" or "off".')
    _require_known(variables)

    def text(variable: str, default: str) -> str:
        return variables.get(variable, "").strip() or ("off" if switch == "off" else default)

    def rate(variable: str, default: str) -> Rate | None:
        try:
            return rate_of(text(variable, default))
        except BadLimit as problem:
            raise BadLimit(f"{variable} is {variables[variable]!r}. {problem}") from None

    def amount(setting: AmountSetting) -> int | None:
        try:
            return amount_of(text(setting.variable, setting.amount))
        except BadLimit as problem:
            raise BadLimit(f"{setting.variable} is {variables[setting.variable]!r}. {problem}") from None

    rates: dict[RequestKind, RatePair] = {
        each.kind: RatePair(rate(each.variable, each.learner), rate(each.address_variable, each.address))
        for each in RATES
    }
    return Limits(rates, **{each.name: amount(each) for each in AMOUNTS})


def _require_known(variables: Mapping[str, str]) -> None:
    """Refuse a misspelt variable, which would leave a default in force. Raises: BadLimit."""
    known = {name for each in RATES for name in (each.variable, each.address_variable)}
    known |= {each.variable for each in AMOUNTS}
    for name in variables:
        if name.startswith("LIMIT_") and name not in known:
            similar = get_close_matches(name, known, 1)
            hint = f" Did you mean {similar[0]}?" if similar else ""
            raise BadLimit(f"{name} is not the name of a limit.{hint}")


NO_LIMITS = limits_from({"LIMITS": "off"})
