"""`make bench`: the cost of a step compared with its floor, the weight of pages, and the delay of a click.

Prints a table, and as its last line the same figures as one JSON object. Times differ by machine and hour, and what is
compared is therefore measured in turns, in one run: read the ratios. Everything happens in a folder of its own.
"""

import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Measure everything, and print it."""
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    # Ended from outside, it leaves nothing behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("make bench was ended."))
    with tempfile.TemporaryDirectory(prefix="tutor-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.benches.settings",
            "TUTOR_VAR": folder,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
            **dict.fromkeys(("DEBUG", "BEHIND_TLS", "DATABASE_URL", "REDIS_URL", "LESSONS_DIR"), ""),
        }
        prepare()
        measure()


def prepare() -> None:
    """Make the database and the static files, which are looked at when the site starts."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    # What a static site would answer with: a fragment as large as a step's answer. The server looks at its start only.
    fragment = Path(settings.STATIC_ROOT) / "bench" / "fragment.html"
    fragment.parent.mkdir()
    fragment.write_text("<p>A static fragment, as large as the answer to a step.</p>\n" * 75)


def measure() -> None:
    """Measure part by part; each knows nothing of the others."""
    from tests.benches import actors, browser, checking, crowd, figures, requests, runs, server, streams, studio

    runs.prepare()
    load = round(os.getloadavg()[0] / (os.cpu_count() or 1), 2) if hasattr(os, "getloadavg") else None
    busy = figures.Figure(
        "machine_load", "others' load a core; above 0.5, look at ratios only", load, why="not told here"
    )
    found = [busy, *requests.steps(), *requests.depth(), *requests.pages(), *requests.marking()]
    found += [*actors.commands(), *actors.clicks()]
    found += checking.all_figures()
    found += studio.checks()
    # Rows are made before the browser's driver starts, whose event loop keeps Django from its database.
    clicking, weighing = runs.walker(), runs.walker()
    streams.allow_many_files()
    with server.running(server.BOTH) as address:
        found += streams.all_figures(address)
    found += crowd.all_figures()
    with server.running() as address:
        found += server.throughput(address)
        found += browser.all_figures(address, clicking, weighing)
    figures.show(found)


if __name__ == "__main__":
    main()
