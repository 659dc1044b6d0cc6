"""The program's settings for production, and one address more."""

from tutor.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benches.floor"
