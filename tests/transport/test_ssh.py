import gc
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.errors import CircuitOpen, CommandTimeout, HostKeyUnknown, Refused, Unreachable
from clausius_panel.transport import SSHTransport, Transport

Open = Callable[..., Transport]
LANES: tuple[Any, ...] = ("primary", "background", "data")


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_nothing_connects_before_the_first_command(server: Any, open_transport: Open) -> None:
    transport = open_transport(server.cluster(), server.config())
    assert transport.host == "mary@127.0.0.1"
    assert server.logins == 0


def client_ports(transport: Transport, lane: Any) -> str:
    return transport.run("echo $SSH_CONNECTION", lane=lane).stdout.split()[1]


def test_each_lane_keeps_a_connection_of_its_own(sshd: Any, open_transport: Open) -> None:
    transport = open_transport(sshd.cluster(), sshd.config())
    first = [client_ports(transport, lane) for lane in LANES]
    assert len(set(first)) == 3
    assert [client_ports(transport, lane) for lane in LANES] == first


def test_many_first_commands_at_once_make_one_connection(sshd: Any, open_transport: Open) -> None:
    transport = open_transport(sshd.cluster(), sshd.config())
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: client_ports(transport, "primary"), range(16)))) == 1


def test_a_warm_command_waits_for_no_timer(sshd: Any, open_transport: Open) -> None:
    transport = open_transport(sshd.cluster(), sshd.config())
    transport.run("true")
    took = sorted(transport.run("sh -s", stdin="echo hi\n").elapsed_s for _ in range(15))
    assert took[5] < 0.04, "40 ms is Nagle's algorithm, 100 ms paramiko's polling"


def test_the_data_lane_goes_to_the_data_host(sshd: Any, make_sshd: Any, open_transport: Open) -> None:
    data = make_sshd()
    (data.directory / "authorized_keys").write_text((sshd.directory / "key.pub").read_text())
    cluster = sshd.cluster(data_host=f"127.0.0.1:{data.port}")
    transport = open_transport(cluster, sshd.config(known_hosts_files=(sshd.known_hosts, data.known_hosts)))
    done = [transport.run("echo $SSH_CONNECTION", lane=lane) for lane in LANES]
    assert [int(each.stdout.split()[3]) for each in done] == [sshd.port, sshd.port, data.port]
    assert {each.detour for each in done} == {""}


def test_the_data_lane_falls_back_when_the_data_host_is_unreachable(sshd: Any, open_transport: Open) -> None:
    cluster = sshd.cluster(data_host=f"127.0.0.1:{(port := closed_port())}")
    transport = open_transport(cluster, sshd.config())
    for _ in range(2):
        done = transport.run("echo files", lane="data")
        assert done.stdout == "files\n"
        assert f"port {port}: Connection refused" in done.detour
    assert transport.run("echo jobs").detour == ""


@pytest.mark.parametrize("manner", ["exec refused", "polite", "silent", "no login"])
def test_the_data_lane_falls_back_when_the_data_host_runs_no_commands(
    server: Any, sshd: Any, open_transport: Open, manner: str
) -> None:
    never = threading.Event()
    server.accept_key(sshd.key)
    server.runs_commands = manner != "exec refused"
    if manner == "polite":
        server.answer = lambda command: (b"This service allows sftp connections only.\n", b"", 1)
    if manner == "silent":
        server.answer = lambda command: (str(never.wait(20)).encode(), b"", 0)
    if manner == "no login":
        server.keys.clear()
    cluster = sshd.cluster(data_host=f"127.0.0.1:{server.port}")
    config = sshd.config(known_hosts_files=(sshd.known_hosts, server.known_hosts), command_timeout_s=0.4)
    transport = open_transport(cluster, config)
    for _ in range(2):
        done = transport.run("echo files", lane="data")
        assert done.stdout == "files\n"
        assert ("does not accept user" if manner == "no login" else "runs no commands") in done.detour
    never.set()
    assert len([each for each in server.seen if each.startswith("echo")]) <= 1, "asked again at once"


def test_an_unknown_key_of_the_data_host_is_not_papered_over(server: Any, sshd: Any, open_transport: Open) -> None:
    cluster = sshd.cluster(data_host=f"127.0.0.1:{server.port}")
    with pytest.raises(HostKeyUnknown):
        open_transport(cluster, sshd.config()).run("true", lane="data")


def test_an_unreachable_host_is_left_alone_for_a_while(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.stop()
    transport = open_transport(own.cluster(), own.config())
    with pytest.raises(Unreachable) as first:
        transport.run("true")
    assert not isinstance(first.value, CircuitOpen)
    for lane in LANES:
        with pytest.raises(CircuitOpen) as caught:
            transport.run("true", lane=lane)
        assert 0 < caught.value.retry_in_s <= 6
        assert first.value.message in str(caught.value)


def test_slow_commands_and_refusals_never_open_the_breaker(sshd: Any, open_transport: Open) -> None:
    transport = open_transport(sshd.cluster(), sshd.config())
    for _ in range(5):
        with pytest.raises(CommandTimeout):
            transport.run("sleep 60", timeout_s=0.1)
    assert transport.run("echo open").stdout == "open\n"
    stranger = open_transport(sshd.cluster(user="nobody_here"), sshd.config())
    for _ in range(3):
        with pytest.raises(Refused):
            stranger.run("true")


def test_a_killed_server_is_unreachable_and_then_found_again(
    make_sshd: Any, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clausius_panel.transport.breaker._FIRST_PAUSE_S", 0.3)
    own = make_sshd()
    transport = open_transport(own.cluster(), own.config())
    assert transport.run("echo one").stdout == "one\n"
    own.stop()
    with pytest.raises(Unreachable):
        transport.run("true")
    own.start()
    deadline = time.monotonic() + 15
    while True:
        try:
            assert transport.run("echo two").stdout == "two\n"
        except CircuitOpen as exc:
            assert time.monotonic() < deadline
            threading.Event().wait(exc.retry_in_s)
        else:
            return


def test_a_connection_that_died_unnoticed_is_replaced_within_the_command(
    make_sshd: Any, open_transport: Open
) -> None:
    own = make_sshd()
    transport = open_transport(own.cluster(), own.config())
    first = client_ports(transport, "primary")
    own.stop()
    own.start()
    assert client_ports(transport, "primary") != first


def test_a_link_lost_in_mid_command_is_unreachable_and_the_command_is_not_repeated(
    make_sshd: Any, open_transport: Open, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    own = make_sshd()
    transport = open_transport(own.cluster(), own.config())
    log = tmp_path / "ran"
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(transport.run, f"echo x >> {log}; sleep 60", timeout_s=60)
        wait_until(log.exists)
        own.stop()
        own.start()
        with pytest.raises(Unreachable, match="lost while this ran"):
            running.result(timeout=20)
    assert log.read_text() == "x\n"


def test_a_frozen_server_is_unreachable_in_time_and_works_again_when_thawed(
    make_sshd: Any, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clausius_panel.transport.connection._HEARTBEAT_S", 0.4)
    own = make_sshd()
    transport = open_transport(own.cluster(), own.config(connect_timeout_s=0.4))
    transport.run("true")
    own.signal(signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        transport.run("true", timeout_s=60)
    assert time.monotonic() - started < 12
    own.signal(signal.SIGCONT)
    fresh = open_transport(own.cluster(), own.config())
    assert fresh.run("echo thawed").stdout == "thawed\n"


@pytest.mark.parametrize("size", [0, 10_000_000])
def test_a_server_that_freezes_in_mid_command_is_a_timeout_in_time(
    make_sshd: Any, open_transport: Open, tmp_path: Path, wait_until: Callable[..., None], size: int
) -> None:
    own = make_sshd()
    transport = open_transport(own.cluster(), own.config())
    up = tmp_path / "up"
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(transport.run, f"touch {up}; sleep 0.5; cat", stdin="x" * size, timeout_s=1)
        wait_until(up.exists)
        own.signal(signal.SIGSTOP)
        with pytest.raises(CommandTimeout):
            running.result(timeout=30)
    assert time.monotonic() - started < 12
    own.signal(signal.SIGCONT)


def test_a_server_with_few_sessions_is_used_patiently(server: Any, sshd: Any, open_transport: Open) -> None:
    server.accept_key(sshd.key)
    server.most_sessions = 2
    transport = open_transport(server.cluster(key_file=str(sshd.key)), server.config())
    with ThreadPoolExecutor(8) as pool:
        wanted = [f"command {number}" for number in range(40)]
        assert [done.stdout for done in pool.map(transport.run, wanted)] == [f"{each}\n" for each in wanted]
    assert server.logins == 1


def test_a_server_that_never_opens_a_session_refuses_and_keeps_the_breaker_closed(
    server: Any, sshd: Any, open_transport: Open
) -> None:
    server.accept_key(sshd.key)
    server.most_sessions = 0
    transport = open_transport(server.cluster(key_file=str(sshd.key)), server.config())
    for _ in range(2):
        with pytest.raises(Refused, match="opens no further session"):
            transport.run("true", timeout_s=0.3)
    server.most_sessions = 9
    assert transport.run("now").stdout == "now\n"


def test_a_server_that_takes_no_commands_refuses(server: Any, sshd: Any, open_transport: Open) -> None:
    server.accept_key(sshd.key)
    server.runs_commands = False
    transport = open_transport(server.cluster(key_file=str(sshd.key)), server.config())
    with pytest.raises(Refused, match="runs no commands for this user"):
        transport.run("true")


def test_a_server_that_gives_no_exit_status_still_gives_its_output(
    server: Any, sshd: Any, open_transport: Open
) -> None:
    server.accept_key(sshd.key)
    server.answer = lambda command: (b"half\xff", b"", -1)
    done = open_transport(server.cluster(key_file=str(sshd.key)), server.config()).run("x")
    assert (done.stdout, done.exit_status) == ("half\ufffd", -1)


def test_at_most_four_commands_run_at_once_and_waiting_counts(
    sshd: Any, open_transport: Open, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    transport = open_transport(sshd.cluster(), sshd.config())
    transport.run("true")
    with ThreadPoolExecutor(4) as pool:
        over = tmp_path / "over"
        stay = f"while [ ! -e {over} ]; do sleep 0.02; done"
        busy = [
            pool.submit(transport.run, f"touch {tmp_path}/up{number}; {stay}", timeout_s=30) for number in range(4)
        ]
        wait_until(lambda: len(list(tmp_path.glob("up*"))) == 4)
        with pytest.raises(CommandTimeout):
            transport.run("echo fifth", timeout_s=0.2)
        over.touch()
        assert [each.result().exit_status for each in busy] == [0] * 4


def test_a_forgotten_transport_closes_its_connections(sshd: Any, wait_until: Callable[..., None]) -> None:
    before = set(threading.enumerate())
    transport = SSHTransport(sshd.cluster(), sshd.config())
    transport.run("true")
    opened = set(threading.enumerate()) - before
    assert opened
    del transport
    gc.collect()
    wait_until(lambda: not opened & set(threading.enumerate()))


def test_a_program_that_forgets_to_close_ends_at_once_and_quietly(sshd: Any) -> None:
    cluster, config = sshd.cluster(), sshd.config()
    program = f"""
import threading
from pathlib import Path
from clausius_panel.config import Config
from clausius_panel.model import Cluster
from clausius_panel.transport import connect
cluster = Cluster(name="x", host="127.0.0.1", port={cluster.port}, user={cluster.user!r},
                  key_file={cluster.key_file!r})
config = Config(ssh_config_file=Path({str(config.ssh_config_file)!r}),
                known_hosts_files=(Path({str(sshd.known_hosts)!r}),))
transport = connect(cluster, config)
print(transport.run("echo bye").stdout, end="")
threading.Thread(target=transport.run, args=("sleep 60",), kwargs=dict(timeout_s=60), daemon=True).start()
threading.Event().wait(0.2)
"""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout, done.returncode) == ("bye\n", 0)
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 15
