"""The address of a request, and the network that it belongs to."""

import pytest
from django.test import RequestFactory

from tests.tables import for_each
from tutor.quotas.visitors import address_of, network_of


def request(forwarded: str | None, connection: str = "10.0.0.1"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=connection)


@for_each(
    ("one", "other", "is_same"),
    [
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("", "nonsense", True),
    ],
)
def test_what_counts_as_one_network(one, other, is_same):
    assert (network_of(one) == network_of(other)) is is_same


@for_each("forwarded", [None, "203.0.113.9", "198.51.100.1, 203.0.113.9", "nonsense"])
def test_without_a_proxy_only_the_connection_counts(forwarded):
    assert address_of(request(forwarded)) == "10.0.0.1"


@for_each(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1,203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("198.51.100.1, unknown", "10.0.0.1"),
        ("198.51.100.1,", "10.0.0.1"),
        ("", "10.0.0.1"),
        (None, "10.0.0.1"),
    ],
)
def test_behind_a_proxy_the_last_address_counts_which_the_proxy_adds(settings, forwarded, address):
    settings.BEHIND_TLS = True
    assert address_of(request(forwarded)) == address


@pytest.mark.parametrize("connection", ["", "unix:"])
def test_a_unix_socket_has_no_network(connection):
    assert network_of(address_of(request(None, connection))) == ""
