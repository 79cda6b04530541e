import queue
import socket
import threading

import pytest

from clausius_panel.simulator.acceptor import Acceptor


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_connections_are_handed_over_until_it_is_closed():
    taken: queue.Queue[socket.socket] = queue.Queue()
    listener = listening()
    address = listener.getsockname()
    acceptor = Acceptor("test-acceptor", listener, taken.put)
    for word in (b"one", b"two"):
        with socket.create_connection(address) as client:
            client.sendall(word)
            with taken.get(timeout=5) as link:
                assert link.recv(10) == word
    acceptor.close()
    acceptor.close()
    assert "test-acceptor" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
