"""The program's own settings, in a folder of the test run's own, with no server or database of the developer's."""

import os
import tempfile

os.environ["DEBUG"] = "1"

# Only in a test run's first process, not in mypy: workers of pytest-xdist and programs that a test starts inherit
# the variables and share the folder. conftest.py removes it.
if "PYTEST_VERSION" in os.environ and "TUTOR_TEST_RUN" not in os.environ:
    os.environ["TUTOR_TEST_RUN"] = os.environ["TUTOR_VAR"] = tempfile.mkdtemp(prefix="tutor-test-")
    os.environ["REDIS_URL"] = ""

# Tests press faster than a class does; those of the limits set their own, and so do programs that a test starts.
os.environ["LIMITS"] = "off"

from tutor.settings import *  # noqa: F403

# Django's own takes half a second for each password, as it should; tests log in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# No template changes during a test run; looking for changes takes time in each page.
TEMPLATES[0]["OPTIONS"]["auto_reload"] = False  # type: ignore[index]  # noqa: F405

# Tests sweep, and start processes, when they mean to.
BACKGROUND_THREADS = False

# Starting processes takes time; tests/apart and the tests of the running program have them.
WORK_APART = False
