import getpass
import stat
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from clausius_panel.errors import HostKeyChanged, HostKeyUnknown, InvalidInput, Unreachable
from clausius_panel.model import Cluster
from clausius_panel.transport import HostKey, Transport, scan, trust

Open = Callable[..., Transport]


def test_scan_shows_the_key_as_ssh_keygen_does(make_sshd: Any) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    (key,) = scan(own.cluster(), own.config())
    shown = subprocess.run(
        ["ssh-keygen", "-lf", own.directory / "host_key.pub"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert (key.host, key.key_type, key.is_known) == (own.name, "ssh-ed25519", False)
    assert key.fingerprint == shown.stdout.split()[1]


def test_scan_logs_nobody_in_and_writes_nothing(make_sshd: Any) -> None:
    own = make_sshd(extra="LogLevel VERBOSE\n")
    own.known_hosts.unlink()
    scan(own.cluster(), own.config())
    assert not own.known_hosts.exists()
    assert "Accepted" not in (own.directory / "sshd.log").read_text()


def test_scan_says_what_is_known_already(sshd: Any) -> None:
    assert [key.is_known for key in scan(sshd.cluster(), sshd.config())] == [True]


def test_trust_makes_a_private_file_and_the_host_known(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    added = trust(own.cluster(), own.config())
    assert [key.host for key in added] == [own.name]
    assert stat.S_IMODE(own.known_hosts.stat().st_mode) == 0o600
    assert open_transport(own.cluster(), own.config()).run("echo in").stdout == "in\n"
    assert trust(own.cluster(), own.config()) == []


def test_openssh_reads_what_trust_wrote(make_sshd: Any) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    trust(own.cluster(), own.config())
    done = subprocess.run(["ssh-keygen", "-F", own.name, "-f", own.known_hosts], capture_output=True, timeout=30)
    assert done.returncode == 0


def test_no_is_an_answer(make_sshd: Any) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    shown: list[HostKey] = []

    def refuse(keys: Sequence[HostKey]) -> bool:
        shown.extend(keys)
        return False

    assert trust(own.cluster(), own.config(), confirm=refuse) == []
    assert [key.host for key in shown] == [own.name]
    assert not own.known_hosts.exists()


def test_trust_never_replaces_a_changed_key(make_sshd: Any) -> None:
    own, other = make_sshd(), make_sshd()
    before = f"{own.name} {other.host_key}\n"
    own.known_hosts.write_text(before)
    with pytest.raises(HostKeyChanged):
        trust(own.cluster(), own.config())
    assert own.known_hosts.read_text() == before


@pytest.fixture
def far(make_sshd: Any) -> tuple[Any, Cluster]:
    """A login node and a data host behind a bastion; nothing is known of them."""
    bastion, login, data = make_sshd(), make_sshd(), make_sshd()
    login.known_hosts.unlink()
    user = getpass.getuser()
    (login.directory / "ssh_config").write_text(
        "".join(
            f"Host {name}\nHostName 127.0.0.1\nPort {each.port}\nUser {user}\nIdentityFile {each.key}\n"
            for name, each in (("bastion", bastion), ("login", login), ("data", data))
        )
    )
    return (bastion, login, data), Cluster(name="far", host="login", data_host="data", proxy_jump="bastion")


def test_trust_goes_on_through_the_jump_host_to_login_node_and_data_host(far: Any, open_transport: Open) -> None:
    (bastion, login, data), cluster = far
    asked: list[list[str]] = []

    def accept(keys: Sequence[HostKey]) -> bool:
        asked.append([key.host for key in keys])
        return True

    trust(cluster, login.config(), confirm=accept)
    assert asked == [[bastion.name], [login.name, data.name]]
    transport = open_transport(cluster, login.config())
    ports = [transport.run("echo $SSH_CONNECTION", lane=lane).stdout.split()[3] for lane in ("primary", "data")]
    assert [int(port) for port in ports] == [login.port, data.port]


def test_a_data_host_that_is_down_does_not_keep_us_from_trusting_the_rest(far: Any) -> None:
    (bastion, login, data), cluster = far
    data.stop()
    assert [key.host for key in trust(cluster, login.config())] == [bastion.name, login.name]


def test_trusting_a_login_node_that_is_down_is_unreachable(make_sshd: Any) -> None:
    own = make_sshd()
    own.stop()
    with pytest.raises(Unreachable):
        trust(own.cluster(), own.config())


def test_the_key_goes_to_the_file_that_ssh_config_names(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    (own.directory / "ssh_config").write_text(f"UserKnownHostsFile {own.directory}/elsewhere\n")
    trust(own.cluster(), own.config())
    assert own.name in (own.directory / "elsewhere").read_text()
    assert not own.known_hosts.exists()
    assert open_transport(own.cluster(), own.config()).run("echo in").stdout == "in\n"


def test_without_a_file_to_write_trust_says_so(make_sshd: Any) -> None:
    own = make_sshd()
    (own.directory / "ssh_config").write_text("UserKnownHostsFile none\n")
    with pytest.raises(InvalidInput, match="UserKnownHostsFile"):
        trust(own.cluster(), own.config())


def test_this_host_needs_no_trust(sshd: Any) -> None:
    assert trust(Cluster(name="me", kind="local"), sshd.config()) == []


def test_an_unknown_host_stays_refused_until_it_is_trusted(make_sshd: Any, open_transport: Open) -> None:
    own = make_sshd()
    own.known_hosts.unlink()
    transport = open_transport(own.cluster(), own.config())
    with pytest.raises(HostKeyUnknown):
        transport.run("true")
    trust(own.cluster(), own.config())
    assert transport.run("echo in").stdout == "in\n"
