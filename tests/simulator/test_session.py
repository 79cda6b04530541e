from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from clausius_panel.simulator import session
from clausius_panel.simulator.server import SshServer

HOST_KEY, USER_KEY = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
MIB = 1 << 20


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[paramiko.Channel]:
    monkeypatch.setattr(session, "_GRACE_S", 0.2)
    monkeypatch.setattr(session, "_WATCH_S", 0.05)
    env = {"PATH": "/usr/bin:/bin"}
    server = SshServer("fox", user="demo", host_key=HOST_KEY, authorized_key=USER_KEY, home=tmp_path, env=env)
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", server.port), timeout=10))
    transport.connect(HOST_KEY, "demo", pkey=USER_KEY)
    channel = transport.open_session(timeout=10)
    channel.settimeout(30)
    yield channel
    transport.close()
    server.close()


def read(channel: paramiko.Channel) -> bytes:
    return b"".join(iter(lambda: channel.recv(1 << 17), b""))


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while _is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    """Whether it runs: a dead one may lie about until init looks after it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_script_on_stdin(channel: paramiko.Channel):
    channel.exec_command("sh -s")
    channel.sendall(b"echo one; echo two >&2; exit 7")
    channel.shutdown_write()
    assert read(channel) == b"one\n"
    assert (channel.recv_stderr(100), channel.recv_exit_status()) == (b"two\n", 7)


def test_much_goes_in_and_out_at_once(channel: paramiko.Channel):
    channel.exec_command("cat")
    sent = bytes(range(256)) * 16 * 1024  # 4 MiB

    def feed() -> None:
        channel.sendall(sent)
        channel.shutdown_write()

    feeder = threading.Thread(target=feed)
    feeder.start()
    received = read(channel)
    feeder.join(timeout=30)
    assert received == sent


def test_a_command_that_does_not_read_does_not_hang(channel: paramiko.Channel):
    channel.exec_command("exit 5")
    channel.settimeout(30)
    assert channel.recv_exit_status() == 5


def test_a_command_dies_with_its_children_when_the_channel_is_closed(channel: paramiko.Channel):
    channel.exec_command("sleep 60 & echo $!; echo $$; wait")
    reader = channel.makefile("r")
    pids = [int(reader.readline()) for _ in range(2)]
    channel.close()
    for pid in pids:
        wait_until_gone(pid)


def test_a_command_that_ignores_the_hang_up_is_killed(channel: paramiko.Channel):
    channel.exec_command("trap '' HUP; echo $$; while :; do sleep 0.1; done")
    pid = int(channel.makefile("r").readline())
    channel.close()
    wait_until_gone(pid)


def test_a_killed_command_has_the_status_that_shells_give(channel: paramiko.Channel):
    channel.exec_command("kill -9 $$")
    assert channel.recv_exit_status() == 137
