from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from clausius_panel.simulator.server import SshServer

HOST_KEY, USER_KEY, STRANGER = (paramiko.ECDSAKey.generate() for _ in range(3))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GREETING": "hello"}
    server = SshServer("fox", user="demo", host_key=HOST_KEY, authorized_key=USER_KEY, home=tmp_path, env=env)
    yield server
    server.close()
    server.close()


def link(server: SshServer, *, user: str = "demo", key: paramiko.PKey = USER_KEY) -> paramiko.Transport:
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", server.port), timeout=10))
    transport.connect(HOST_KEY, user, pkey=key)
    return transport


def run(transport: paramiko.Transport, command: str) -> tuple[bytes, int]:
    channel = transport.open_session(timeout=10)
    channel.exec_command(command)
    channel.settimeout(20)
    output = b"".join(iter(lambda: channel.recv(65536), b""))
    return output, channel.recv_exit_status()


def test_commands_run_in_the_home_with_the_clusters_environment(server: SshServer, tmp_path: Path):
    with link(server) as transport:
        assert run(transport, "echo $GREETING; pwd; exit 3") == (f"hello\n{tmp_path}\n".encode(), 3)


def test_only_the_one_user_with_the_one_key_comes_in(server: SshServer):
    for user, key in (("demo", STRANGER), ("root", USER_KEY)):
        with pytest.raises(paramiko.AuthenticationException):
            link(server, user=user, key=key)


def test_nothing_is_forwarded_and_there_is_no_shell(server: SshServer):
    with link(server) as transport:
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", 1), ("127.0.0.1", 1), timeout=10)
        with pytest.raises(paramiko.SSHException):
            transport.open_session(timeout=10).invoke_shell()


def test_many_commands_at_once_lose_nothing(server: SshServer):
    failures: list[object] = []
    with link(server) as transport:

        def work(number: int) -> None:
            for turn in range(10):
                answer = run(transport, f"echo {number}.{turn}")
                if answer != (f"{number}.{turn}\n".encode(), 0):
                    failures.append(answer)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert failures == []


def test_it_goes_down_drops_connections_and_comes_back_on_the_same_port(server: SshServer):
    transport, port = link(server), server.port
    server.down()
    server.down()
    assert not server.is_up
    with pytest.raises(ConnectionRefusedError):
        link(server)
    transport.join(timeout=10)
    assert not transport.is_active()
    server.up()
    server.up()
    with link(server) as transport:
        assert (run(transport, "echo back")[0], server.port) == (b"back\n", port)


def test_a_slow_server_answers_late(server: SshServer):
    with link(server) as transport:
        server.latency_s = (0.3, 0.4)
        started = time.monotonic()
        assert run(transport, "echo x") == (b"x\n", 0)
        assert time.monotonic() - started >= 0.3


def test_closing_ends_commands_and_threads(tmp_path: Path):
    before = set(threading.enumerate())
    env = {"PATH": "/usr/bin:/bin"}
    server = SshServer("fox", user="demo", host_key=HOST_KEY, authorized_key=USER_KEY, home=tmp_path, env=env)
    transport = link(server)
    channel = transport.open_session(timeout=10)
    channel.exec_command("echo $$; exec sleep 60")
    pid = int(channel.recv(100))
    server.close()
    transport.close()
    assert not Path(f"/proc/{pid}").exists()
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) - before == set()


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client")
def test_openssh_can_use_it_too(server: SshServer, tmp_path: Path):
    key = tmp_path / "key"
    USER_KEY.write_private_key_file(str(key))
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{server.port} {HOST_KEY.get_name()} {HOST_KEY.get_base64()}\n")
    options = [f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "BatchMode=yes"]
    words = ["ssh", "-F", "/dev/null", "-i", str(key), "-p", str(server.port)]
    words += [word for option in options for word in ("-o", option)]
    done = subprocess.run(
        [*words, "demo@127.0.0.1", "sh -s"],
        input="echo out; echo err >&2; exit 4",
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (4, "out\n")
    assert "err\n" in done.stderr
