"""A port is one program's: from the moment that it was chosen, and not only when its server listens."""

import socket

import pytest

from tests.servers import free_port
from tutor.management.tcp_ports import ADDRESS, held


def test_a_held_port_is_exclusive_and_the_next_one_is_used():
    wanted = free_port()
    with held([wanted, 0]) as port, held([wanted, 0]) as other:
        assert port == wanted != other
        for taken in (port, other):
            with pytest.raises(OSError, match="in use"), held([taken]):
                pass
    with held([wanted]) as port:
        assert port == wanted


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="no ports are shared here")
def test_a_held_port_is_available_to_our_own_server():
    with held([0]) as port, socket.socket() as server:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        server.bind((ADDRESS, port))
        server.listen()
        for _ in range(20):
            socket.create_connection((ADDRESS, port), 5).close()
