"""The program's own settings, in a folder of the test run's own and with no server or database of the developer's."""

import os
import tempfile

# Before the settings are read, and only in the first process: workers of pytest-xdist and programs that a test starts
# inherit these and share the folder.
if "TUTOR_TEST_RUN" not in os.environ:
    os.environ["TUTOR_TEST_RUN"] = os.environ["TUTOR_VAR"] = tempfile.mkdtemp(prefix="tutor-test-")
    os.environ["DEBUG"] = "1"
    os.environ["REDIS_URL"] = ""

from tutor.settings import *  # noqa: F403
