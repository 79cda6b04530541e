from __future__ import annotations

import socket

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.service.address import free_port, listen, own_names


def test_on_loopback_only_loopback_is_served():
    assert own_names("127.0.0.1") == ("127.0.0.1", "localhost")
    assert own_names("localhost") == ("localhost", "127.0.0.1")


def test_on_every_address_people_are_told_the_name_of_the_machine():
    names = own_names("0.0.0.0")
    assert names[0] == socket.gethostname()
    assert "0.0.0.0" not in names
    assert {"127.0.0.1", "localhost"} <= set(names)


@pytest.mark.parametrize("host", ["::1", ""])
def test_an_address_that_panel_cannot_check_is_refused(host):
    with pytest.raises(InvalidInput, match="IPv4"):
        own_names(host)


def test_a_taken_port_names_the_address_and_the_option():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match=rf"127\.0\.0\.1:{port}.*in use.*--port"):
            listen("127.0.0.1", port, "--port")


def test_a_free_port_can_be_had():
    with listen("127.0.0.1", free_port("127.0.0.1", "--port"), "--port") as listener:
        assert listener.getsockname()[1] > 0


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_a_host_that_is_not_of_this_machine_names_the_host_and_not_the_port(host):
    with pytest.raises(InvalidInput, match=r"^--host: .*use an address of this machine") as caught:
        listen(host, 7273, "--api-port")
    assert "port" not in str(caught.value)
