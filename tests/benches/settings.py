"""The program's settings for production, one address more, and limits that are counted and never met."""

from tutor.quotas.kinds import RATES, limits_from
from tutor.settings import *  # noqa: F403

_never_met = {name: "1 GB/s" for each in RATES for name in (each.variable, each.address_variable)}
LIMITS = limits_from(_never_met | {"LIMIT_OPEN_STREAMS_PER_ADDRESS": "1 GB"})

ROOT_URLCONF = "tests.benches.floor"
