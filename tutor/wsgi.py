"""The whole application for a WSGI server: `granian --interface wsgi tutor.wsgi:application`."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutor.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as problem:
    # A server's log would show the sentence below a screen of traceback.
    sys.exit(f"Redis Tutor can't start: {problem}")

if settings.SWEEP_IN_BACKGROUND:
    from tutor.ports import sweeping

    sweeping.start()
