"""The whole application for a WSGI server: `granian --interface wsgi tutor.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutor.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django is set up now

from tutor import sweeping  # noqa: E402

if settings.SWEEP_IN_BACKGROUND:
    sweeping.start()
