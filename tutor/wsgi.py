"""The whole application for a WSGI server: `granian --interface wsgi tutor.wsgi:application`."""

import os
import sys
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import connection

from tutor.waiting.requests import within_budget

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutor.settings")

try:
    pages = get_wsgi_application()
except ImproperlyConfigured as problem:
    # A server's log would show the sentence below a screen of traceback.
    sys.exit(f"Redis Tutor can't start: {problem}")

from tutor.health.wrappers import WsgiApplication, answered_by_wsgi  # isort: skip

# Every request goes through all of these, the last one first. Answers that need no Django are wrapped around them.
application = answered_by_wsgi(cast(WsgiApplication, within_budget(pages)))

if settings.BACKGROUND_THREADS:
    from tutor.apart import pool
    from tutor.ports import sweeping
    from tutor.quotas.limiter import limiter

    limiter.share(Path(settings.TUTOR_VAR))
    sweeping.start()
    pool.prepare_later()

    if connection.vendor == "sqlite":
        from tutor.databases.sqlite import checkpoints

        checkpoints.start(str(connection.settings_dict["NAME"]))
