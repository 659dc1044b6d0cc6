"""The server's status for a page, which does not wait for a server that hangs."""

from threading import Lock, Thread

from tutor.broker import status
from tutor.broker.probe import AWAY, BrokerStatus

GLANCE_SECONDS = 0.15
"""How long a page waits for the server to be probed; then it shows the status before."""

FIRST_SECONDS = 2.0
"""How long it waits if there is none, because the process has just begun."""

_lock = Lock()
_probe: Thread | None = None


def current() -> BrokerStatus:
    """Return the status of the last five seconds, or an older one if the server does not answer at once."""
    if status.is_stale():
        _wait_for_probe(GLANCE_SECONDS if status.known() else FIRST_SECONDS)
    return status.known() or AWAY


def last_known() -> BrokerStatus:
    """Return the last status, whatever its age."""
    return status.known() or current()


def _wait_for_probe(seconds: float) -> None:
    """Have one thread probe the server, however many pages are drawn, and wait for it."""
    global _probe
    with _lock:
        if _probe is None or not _probe.is_alive():
            _probe = Thread(target=status.current, name="glance", daemon=True)
            _probe.start()
        probe = _probe
    probe.join(seconds)
