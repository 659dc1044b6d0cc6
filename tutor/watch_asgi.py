"""The application that `lessons watch` serves: previews, and the streams of changes."""

from tutor.asgi import with_streams
from tutor.views import watched

application = with_streams({r"/preview/(?P<slug>[^/]+)/changes/": watched.changes})
