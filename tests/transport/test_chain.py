import getpass
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from clausius_panel.config import Config
from clausius_panel.errors import HostKeyChanged, HostKeyUnknown, Refused, Unreachable
from clausius_panel.model import Cluster
from clausius_panel.transport import Transport
from tests.transport.keygen import keygen

Open = Callable[..., Transport]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_refused_connection_is_unreachable(sshd: Any, open_transport: Open) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        cluster = sshd.cluster(port=sock.getsockname()[1])
        with pytest.raises(Unreachable, match=r"@127.0.0.1: port .*[Rr]efused"):
            open_transport(cluster, sshd.config()).run("true")


def test_a_name_that_does_not_resolve_is_unreachable(sshd: Any, open_transport: Open) -> None:
    with pytest.raises(Unreachable, match="cannot be resolved"):
        open_transport(sshd.cluster(host="nowhere.invalid"), sshd.config()).run("true")


def test_a_host_without_banner_is_unreachable_in_time(sshd: Any, silent_port: int, open_transport: Open) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"no SSH server answers at .*: no answer in time$"):
        open_transport(sshd.cluster(port=silent_port), sshd.config(connect_timeout_s=0.5)).run("true")
    assert time.monotonic() - started < 5


def test_words_that_paramiko_has_for_no_answer_are_not_passed_on(
    sshd: Any, silent_port: int, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = paramiko.Transport.start_client  # it waits longer here, so that the banner's own limit comes first
    monkeypatch.setattr(paramiko.Transport, "start_client", lambda self, timeout: started(self, timeout=5))
    with pytest.raises(Unreachable, match=r"no SSH server answers at .*: no answer in time$"):
        open_transport(sshd.cluster(port=silent_port), sshd.config(connect_timeout_s=0.3)).run("true")


def test_a_host_that_hangs_up_says_so(sshd: Any, open_transport: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: listener.accept()[0].close())
        thread.start()
        with pytest.raises(
            Unreachable, match=r"no SSH server answers at .*: (it closed the connection|Connection reset by peer)$"
        ):
            open_transport(sshd.cluster(port=listener.getsockname()[1]), sshd.config()).run("true")
        thread.join(10)


def test_a_host_that_speaks_something_else_is_unreachable(sshd: Any, open_transport: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable, match="no SSH server answers"):
            open_transport(sshd.cluster(port=listener.getsockname()[1]), sshd.config()).run("true")
        thread.join()


def test_a_server_with_no_common_algorithm_is_refused(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd(extra="Ciphers chacha20-poly1305@openssh.com\n")
    with pytest.raises(Refused, match="no common way to encrypt"):
        open_transport(own.cluster(), own.config()).run("true")


def test_an_unknown_host_key_is_refused_before_anything_is_sent(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    with pytest.raises(HostKeyUnknown, match="clausius trust here"):
        open_transport(own.cluster(), own.config()).run("true")
    assert "Accepted" not in (own.directory / "sshd.log").read_text()


def test_a_changed_host_key_is_refused_loudly(make_sshd: Any, open_transport: Open) -> None:
    own, other = make_sshd(), make_sshd()
    own.known_hosts.write_text(f"{own.name} {other.host_key}\n")
    with pytest.raises(HostKeyChanged, match="HOST KEY CHANGED"):
        open_transport(own.cluster(), own.config()).run("true")


def test_the_advice_for_a_changed_key_works(make_sshd: Any, open_transport: Open) -> None:
    own, other = make_sshd(), make_sshd()
    own.known_hosts.write_text(f"{own.name} {other.host_key}\n")
    with pytest.raises(HostKeyChanged) as caught:
        open_transport(own.cluster(), own.config()).run("true")
    advice = str(caught.value).rpartition("old line: ")[2]
    subprocess.run(advice, shell=True, check=True, capture_output=True, timeout=30)
    assert own.name not in own.known_hosts.read_text()


@pytest.mark.parametrize("key_type", ["rsa", "ecdsa", "ed25519"])
def test_of_several_host_keys_the_known_one_is_asked_for(
    make_sshd: Any, open_transport: Open, key_type: str
) -> None:
    own = make_sshd()
    own.stop()
    (own.directory / "host_key.pub").rename(own.directory / "host_ed25519.pub")
    for each in ("rsa", "ecdsa"):
        path = own.directory / f"host_{each}"
        keygen(path, key_type=each)
        own.extra += f"HostKey {path}\n"
    public = (own.directory / f"host_{key_type}.pub").read_text().split()
    own.known_hosts.write_text(f"{own.name} {public[0]} {public[1]}\n")
    own.start()
    assert open_transport(own.cluster(), own.config()).run("echo in").stdout == "in\n"


def test_hashed_known_hosts_let_us_in(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    subprocess.run(["ssh-keygen", "-H", "-f", own.known_hosts], check=True, capture_output=True, timeout=30)
    assert own.known_hosts.read_text().startswith("|1|")
    assert open_transport(own.cluster(), own.config()).run("echo in").stdout == "in\n"


@pytest.fixture
def two_jumps(make_sshd: Any) -> tuple[Any, Cluster, Config]:
    """Three servers, each reached through the one before; the first two serve as bastions."""
    outer, inner, target = make_sshd(), make_sshd(), make_sshd()
    user = getpass.getuser()
    target.known_hosts.write_text("".join(f"{each.name} {each.host_key}\n" for each in (outer, inner, target)))
    (target.directory / "ssh_config").write_text(
        "".join(
            f"Host {name}\nHostName 127.0.0.1\nPort {each.port}\nUser {user}\nIdentityFile {each.key}\n"
            for name, each in (("outer", outer), ("inner", inner), ("target", target))
        )
        + "Host target\nProxyJump outer,inner\n"
    )
    return (outer, inner, target), Cluster(name="far", host="target"), target.config()


def test_two_jump_hosts_lead_to_the_target(two_jumps: Any, open_transport: Open) -> None:
    (outer, inner, target), cluster, config = two_jumps
    transport = open_transport(cluster, config)
    port = transport.run("echo $SSH_CONNECTION").stdout.split()[3]
    assert int(port) == target.port
    assert transport.run("cat", stdin="x" * 3_000_000, timeout_s=30).stdout == "x" * 3_000_000
    for each in (outer, inner):
        log = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(each.process.pid)], capture_output=True, check=False
        )
        assert log.stdout.strip(), "nobody is connected to the jump host"


def test_every_jump_host_must_be_known(two_jumps: Any, open_transport: Open) -> None:
    (outer, inner, target), cluster, config = two_jumps
    target.known_hosts.write_text(f"{outer.name} {outer.host_key}\n{target.name} {target.host_key}\n")
    with pytest.raises(HostKeyUnknown) as caught:
        open_transport(cluster, config).run("true")
    assert caught.value.host == inner.name


def test_a_target_that_the_jump_host_cannot_reach_is_unreachable(two_jumps: Any, open_transport: Open) -> None:
    (_, _, target), cluster, config = two_jumps
    target.stop()
    with pytest.raises(Unreachable, match=r"@target: the jump host \w+@inner cannot reach 127.0.0.1 port"):
        open_transport(cluster, config).run("true")


def test_a_dead_jump_host_is_unreachable_and_named(two_jumps: Any, open_transport: Open) -> None:
    (outer, _, _), cluster, config = two_jumps
    outer.stop()
    with pytest.raises(Unreachable, match="@outer"):
        open_transport(cluster, config).run("true")


def test_a_jump_host_that_forbids_forwarding_refuses(server: Any, open_transport: Open) -> None:
    server.password = "secret"
    cluster = server.cluster(host="10.0.0.1", port=22, proxy_jump=f"mary@127.0.0.1:{server.port}")
    with pytest.raises(Refused, match=r"does not allow connections to 10.0.0.1 port 22"):
        open_transport(cluster, server.config(), ask=lambda prompt, echo: "secret").run("true")


def test_a_frozen_listener_is_unreachable_in_time(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.signal(signal.SIGSTOP)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        open_transport(own.cluster(), own.config(connect_timeout_s=0.4)).run("true")
    assert time.monotonic() - started < 5


def test_no_connection_stays_open_after_a_refusal(server: Any, open_transport: Open, wait_until: Any) -> None:
    before = set(threading.enumerate())
    server.known_hosts.unlink()
    with pytest.raises(HostKeyUnknown):
        open_transport(server.cluster(), server.config()).run("true")
    wait_until(lambda: set(threading.enumerate()) <= before)


@pytest.mark.slurm
@pytest.mark.parametrize("host", ["alpha-login", "alpha-via-bastion"])
def test_the_bed_is_reached_straight_and_through_its_bastion(
    bed: dict[str, Any], tmp_path: Path, open_transport: Open, host: str
) -> None:
    config = Config(
        data_dir=tmp_path, ssh_config_file=Path(bed["ssh_config"]), known_hosts_files=(tmp_path / "none",)
    )
    transport = open_transport(Cluster(name="alpha", host=host, user="bob"), config)
    assert transport.host == f"bob@{host}"
    assert transport.run("hostname; id -un").stdout.split() == ["alpha-login", "bob"]
    assert transport.run("sinfo --version").stdout.startswith("slurm")


@pytest.mark.slurm
def test_the_bed_refuses_a_stranger(bed: dict[str, Any], tmp_path: Path, open_transport: Open) -> None:
    config = Config(data_dir=tmp_path, ssh_config_file=Path(bed["ssh_config"]))
    cluster = Cluster(name="alpha", host="alpha-login", user="alice", key_file=bed["unknown_key"])
    with pytest.raises(Refused, match="was not accepted"):
        open_transport(cluster, config).run("true")


@pytest.mark.slurm
def test_the_beds_data_lane_ends_on_the_data_host(
    bed: dict[str, Any], tmp_path: Path, open_transport: Open
) -> None:
    config = Config(data_dir=tmp_path, ssh_config_file=Path(bed["ssh_config"]))
    transport = open_transport(Cluster(name="alpha", host="alpha-login", data_host="data-login"), config)
    names = [transport.run("hostname", lane=lane).stdout.strip() for lane in ("primary", "data")]
    assert names[0] == "alpha-login"
    assert names[1] != "alpha-login"
