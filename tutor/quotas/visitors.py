"""The sender of a request, as limits count: the learner or instructor, and the network."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Sender:
    """`person`: the learner or the account, None if there is none; `network`: "" if it is not known."""

    person: Hashable
    network: str


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address: behind TLS the last one in X-Forwarded-For, else the connection's.

    Our own proxy appends the last one; the visitor can send the others. "" for a unix socket without a proxy.
    """
    if settings.BEHIND_TLS:
        claimed = _without_port(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
        if network_of(claimed):
            return claimed
    return str(request.META.get("REMOTE_ADDR", ""))


def _without_port(text: str) -> str:
    # Some proxies add the port: 203.0.113.9:4711, [2001:db8::1]:4711.
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the unit of one visitor: an IPv4 address, or an IPv6 /64, the usual size of a site's network; else ""."""
    try:
        read = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(read, IPv6Address):
        return str(read)
    return str(read.ipv4_mapped or int(read) >> 64)
