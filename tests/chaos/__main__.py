"""`make chaos`: attack running sites in random order under load for a stated time, then audit every run.

There are three sites (site.py): as `make run` starts it, with SQLite on WSGI, and with PostgreSQL on ASGI; each gets a
third of the time. A seed chooses the attacks and the habits of the visitors, but not the moments at which processes are
reached. Exit code 0: nothing was lost, nothing was done twice, and every visitor got an answer in time.
"""

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from threading import Event, Thread
from time import monotonic

from tests.chaos import site as sites
from tests.chaos.attacks import KINDS, attacks_on, kinds_for
from tests.chaos.audit import Truth, attempt_problems
from tests.chaos.load import Diary, Walker
from tests.chaos.site import Site
from tests.lessons import OURS

VISITORS = 6

REST = 1.5
"""Maximum seconds between two attacks."""

SITES = (sites.own_computer, sites.server_with_sqlite, sites.server_with_postgres)


def main(arguments: Sequence[str]) -> int:
    """Run the chaos, and print what happened. Return the exit code."""
    parser = argparse.ArgumentParser(prog="make chaos", description="Attack running sites, then audit every run.")
    parser.add_argument("--seconds", type=float, default=60, help="how long the attacks last in all (60)")
    parser.add_argument("--seed", default="", help="repeats the attacks of an earlier chaos")
    options = parser.parse_args(arguments)
    seed = options.seed or secrets.token_hex(4)
    print(f"The seed is {seed}. To repeat these attacks: make chaos SECONDS={options.seconds:.0f} SEED={seed}")
    complaints, tried = list[str](), set[str]()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        os.environ["TUTOR_TEST_RUN"] = folder
        for start in SITES:
            print(f"\n{start.__name__.replace('_', ' ').capitalize()}:", flush=True)
            with start(f"{seed} {start.__name__}") as site:
                complaints += _chaos(site, seed, options.seconds / len(SITES))
                tried |= {kind.attack.__name__ for kind in kinds_for(site)}
    complaints += _left_out(tried)
    print("", *(complaints[:40] or ["Nothing was lost, and nothing was done twice."]), sep="\n")
    return 1 if complaints else 0


def _left_out(tried: set[str]) -> list[str]:
    """Print which attacks this machine can't make; they are complaints where everything is required."""
    missing = [kind.attack.__name__ for kind in KINDS if kind.attack.__name__ not in tried]
    sentences = [f"{name} is not possible on this machine" for name in missing]
    if os.environ.get("TUTOR_REQUIRE_ALL"):
        return sentences
    print(*sentences, sep="\n")
    return []


def _chaos(site: Site, seed: str, seconds: float) -> list[str]:
    """Attack the site, and return the complaints of visitors and of the audit."""
    slugs = sorted(file.stem for file in OURS)
    truth = Truth(site.program, slugs)
    diary, is_over = Diary(), Event()
    walkers = [Walker(site.program.port, slugs, f"{seed} {number}", diary, is_over) for number in range(VISITORS)]
    threads = [Thread(target=walker.live, daemon=True) for walker in walkers]
    for thread in threads:
        thread.start()
    _attack(site, diary, seconds)
    is_over.set()
    for thread in threads:
        thread.join()
    log = site.program.log
    runs, finished = truth.counts()
    print(f"{runs} runs, {finished} to the end; {diary.finished_walks} lessons were walked through under attack.")
    print("Answers:", ", ".join(f"{count} of {name}" for name, count in sorted(diary.counts.items())))
    print(f"The slowest answer took {diary.slowest:.1f} s.")
    tracebacks = ["the log has a traceback:\n" + _last_lines_of_traceback(log)] if "Traceback" in log else []
    return [*dict.fromkeys(diary.complaints), *truth.problems(), *attempt_problems(site.program), *tracebacks]


def _last_lines_of_traceback(log: str) -> str:
    lines = log.rpartition("Traceback")[2].splitlines()[1:]
    end = next((number for number, line in enumerate(lines) if not line.startswith(" ")), len(lines))
    return "\n".join(lines[max(0, end - 12) : end + 1])


def _attack(site: Site, diary: Diary, seconds: float) -> None:
    began, following = monotonic(), attacks_on(site)
    while (now := monotonic() - began) < seconds:
        attack = following()
        with diary.interrupted(attack.__name__ == "stop_a_worker"):
            print(f"{now:5.1f} s  {attack(site)}", flush=True)
        Event().wait(site.random.uniform(0, REST))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
