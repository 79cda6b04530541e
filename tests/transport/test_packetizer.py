from collections.abc import Callable
from typing import Any

import paramiko
import pytest

from clausius_panel.transport.chain import open_chain
from clausius_panel.transport.packetizer import OrderlyPacketizer
from clausius_panel.transport.route import route


def late_end_of_input(transport: paramiko.Transport, remote_id: int) -> None:
    """What paramiko sends when it decided to end the input just before the server's CLOSE came in."""
    message = paramiko.Message()
    message.add_byte(bytes([96]))
    message.add_int(remote_id)
    transport.packetizer.send_message(message)


def runs(transport: paramiko.Transport) -> bool:
    try:
        channel = transport.open_session(timeout=5)
        channel.exec_command("true")
    except (paramiko.SSHException, EOFError, OSError):
        return False
    return channel.recv_exit_status() == 0


@pytest.mark.parametrize("held", [True, False])
def test_a_message_after_the_servers_close_kills_the_connection_unless_our_close_is_held(
    sshd: Any, wait_until: Callable[..., None], monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    chain = open_chain(route(sshd.cluster(), "127.0.0.1", sshd.config()), cluster="here", ask=None)
    packetizer = chain.last.packetizer
    assert isinstance(packetizer, OrderlyPacketizer)
    channel = chain.last.open_session(timeout=5)
    if held:
        packetizer.begin(channel.remote_chanid)
    sent: list[int] = []
    send = packetizer.send_message

    def noted(message: paramiko.Message) -> None:
        send(message)
        sent.append(message.asbytes()[0])

    monkeypatch.setattr(packetizer, "send_message", noted)
    channel.exec_command("true")
    wait_until(lambda: 97 in sent)  # our CLOSE, or what should be it
    late_end_of_input(chain.last, channel.remote_chanid)
    if held:
        packetizer.end(channel.remote_chanid)
    assert runs(chain.last) == held
    chain.close()


def test_the_server_frees_a_channel_whose_close_was_held(sshd: Any, wait_until: Callable[..., None]) -> None:
    chain = open_chain(route(sshd.cluster(), "127.0.0.1", sshd.config()), cluster="here", ask=None)
    packetizer = chain.last.packetizer
    assert isinstance(packetizer, OrderlyPacketizer)
    for _ in range(15):  # MaxSessions is 10
        channel = chain.last.open_session(timeout=5)
        packetizer.begin(channel.remote_chanid)
        channel.exec_command("true")
        wait_until(lambda channel=channel: channel.closed)
        packetizer.end(channel.remote_chanid)
    assert runs(chain.last)
    chain.close()
