"""The same application for an ASGI server; wsgi.py is several times faster and the one to use."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tutor.settings")

application = get_asgi_application()
