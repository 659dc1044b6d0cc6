"""Abandoned corners are removed while any worker runs: it sweeps at its start, even after the clock was wrong."""

import time

import pytest

from tests.polling import until

pytestmark = pytest.mark.slow

INDEX = "tutor:corners"


@pytest.mark.parametrize("ends", ["1", str(time.time() + 40 * 365 * 86_400)], ids=["over", "a clock that was wrong"])
def test_a_start_removes_what_is_over_and_nothing_else(site, server, ends):
    site.kill()
    left, kept = "tutor:{left}:queue", "tutor:{kept}:queue"
    for run, key, end in (("left", left, ends), ("kept", kept, str(time.time() + 60))):
        server.ask("SET", key, "x", "EX", "1000000000")
        server.ask("SADD", f"tutor:{{{run}}}=", key)
        server.ask("ZADD", INDEX, end, run)
    server.ask("SET", "another:program", "x")
    site.start()
    until(lambda: left not in server.all_keys(), "the start to sweep")
    assert {kept, "tutor:{kept}=", "another:program"} <= server.all_keys()
    assert server.ask("ZRANGE", INDEX, "0", "-1").count("kept") == 1
    for key in (kept, "tutor:{kept}=", "another:program", INDEX):
        server.ask("DEL", key)
