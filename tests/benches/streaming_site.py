"""The site that is measured, as `make run` serves it: streams, and everything else beside them."""

from tests.benches import site

from tutor.asgi import application  # isort: skip

__all__ = ["application", "site"]
