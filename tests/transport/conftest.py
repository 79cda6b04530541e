"""Real OpenSSH servers, and a small paramiko one for what OpenSSH cannot be made to do."""

import base64
import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest

from clausius_panel.config import Config
from clausius_panel.model import Cluster
from clausius_panel.transport import LocalTransport, Transport, connect
from tests.transport.keygen import keygen
from tests.transport.ssh_agent import SshAgent

SSHD = "/usr/sbin/sshd"
SSHD_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {directory}/host_key
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
MaxStartups 100
LogLevel ERROR
SetEnv SHLVL=2
"""


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshAgent]:
    """The user's ssh-agent, which holds nothing yet and is refused whenever it asks a person."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed")
    made = SshAgent(tmp_path / "agent")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(made.path))
    yield made
    made.stop()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh-agent that does not answer is given up soon."""
    monkeypatch.setattr("clausius_panel.transport.agent._LIST_S", 0.2)


@pytest.fixture
def wait_until() -> Callable[..., None]:
    def wait(condition: Callable[[], bool], within_s: float = 10.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)

    return wait


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """A process and everything below it, as /proc has it."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(status.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


@dataclass
class Sshd:
    """An OpenSSH server of our own, and everything a client needs for it."""

    directory: Path
    port: int = field(default_factory=free_port)
    extra: str = ""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        keygen(self.directory / "host_key")
        self.key = keygen(self.directory / "key")
        shutil.copy(self.directory / "key.pub", self.directory / "authorized_keys")
        (self.directory / "ssh_config").touch()
        self.know()

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    @property
    def name(self) -> str:
        return f"[127.0.0.1]:{self.port}"

    @property
    def host_key(self) -> str:
        return " ".join((self.directory / "host_key.pub").read_text().split()[:2])

    def know(self) -> None:
        self.known_hosts.write_text(f"{self.name} {self.host_key}\n")

    def start(self) -> "Sshd":
        Path("/run/sshd").mkdir(exist_ok=True) if os.getuid() == 0 else None
        config = self.directory / "sshd_config"
        config.write_text(SSHD_CONFIG.format(port=self.port, directory=self.directory) + self.extra)
        with (self.directory / "sshd.log").open("ab") as log:
            self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=log, start_new_session=True)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                assert time.monotonic() < deadline, (self.directory / "sshd.log").read_text()
                time.sleep(0.01)
            else:
                return self

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        for pid in descendants(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self) -> None:
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def cluster(self, **changes: object) -> Cluster:
        values: dict[str, object] = {
            "name": "here",
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "key_file": str(self.key),
        }
        return Cluster(**(values | changes))

    def config(self, **changes: object) -> Config:
        values: dict[str, object] = {
            "data_dir": self.directory,
            "ssh_config_file": self.directory / "ssh_config",
            "known_hosts_files": (self.known_hosts,),
            "connect_timeout_s": 5.0,
        }
        return Config(**(values | changes))


@pytest.fixture(scope="session")
def _make_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Sshd]]:
    if not Path(SSHD).exists():
        pytest.skip(f"{SSHD} is not installed")
    made: list[Sshd] = []

    def make(**changes: object) -> Sshd:
        made.append(Sshd(tmp_path_factory.mktemp("sshd"), **changes))
        return made[-1].start()

    yield make
    for each in made:
        each.stop()


@pytest.fixture(scope="session")
def sshd(_make_sshd: Callable[..., Sshd]) -> Sshd:
    """A server for tests that leave it as it is."""
    return _make_sshd()


@pytest.fixture
def make_sshd(_make_sshd: Callable[..., Sshd]) -> Iterator[Callable[..., Sshd]]:
    """Servers that a test may stop, freeze or change."""
    made: list[Sshd] = []

    def make(**changes: object) -> Sshd:
        made.append(_make_sshd(**changes))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def open_transport() -> Iterator[Callable[..., Transport]]:
    """`connect`, with an end at the end of the test."""
    opened: list[Transport] = []

    def make(cluster: Cluster, config: Config, **options: object) -> Transport:
        opened.append(connect(cluster, config, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture(params=["ssh", "local"])
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    """Both transports in turn: they keep one contract."""
    made: Transport
    if request.param == "local":
        made = LocalTransport()
    else:
        server = request.getfixturevalue("sshd")
        made = connect(server.cluster(), server.config())
    yield made
    made.close()


Answer = Callable[[str], tuple[bytes, bytes, int]]


def reply_then_go(channel: paramiko.Channel, message: paramiko.Message) -> None:
    paramiko.Channel._handle_request(channel, message)
    channel.__dict__.pop("after_reply", lambda: None)()


class Replying(paramiko.Transport):
    """Starts a command after the reply to exec: paramiko has no call for that moment."""

    _channel_handler_table = {**paramiko.Transport._channel_handler_table, 98: reply_then_go}


class Server(paramiko.ServerInterface):
    """A paramiko server whose manners a test chooses; what it was asked is kept in lists."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.password = ""
        self.questions: list[tuple[str, bool]] = []  # keyboard-interactive: prompt and echo
        self.answers: list[str] = []
        self.keys: list[bytes] = []  # public keys that are let in
        self.then = ""  # the method that a key must be followed by
        self.most_sessions = 100
        self.runs_commands = True
        self.forwards = True
        self.answer: Answer = lambda command: (f"{command}\n".encode(), b"", 0)
        self.seen: list[str] = []  # answers and commands, in order
        self.logins = 0
        self._channels: list[paramiko.Channel] = []  # paramiko keeps weak references only
        self._transports: list[paramiko.Transport] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._key = paramiko.ECDSAKey.generate()
        (directory / "ssh_config").touch()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self._key.get_name()} {self._key.get_base64()}\n")
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def cluster(self, **changes: object) -> Cluster:
        values: dict[str, object] = {"name": "fake", "host": "127.0.0.1", "port": self.port, "user": "mary"}
        return Cluster(**(values | changes))

    def config(self, **changes: object) -> Config:
        values: dict[str, object] = {
            "data_dir": self.directory,
            "ssh_config_file": self.directory / "ssh_config",
            "known_hosts_files": (self.known_hosts,),
            "connect_timeout_s": 5.0,
            "ssh_key": str(self.directory / "no-key"),
        }
        return Config(**(values | changes))

    def accept_key(self, path: Path) -> None:
        self.keys.append(base64.b64decode(path.with_name(path.name + ".pub").read_text().split()[1]))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # close() would leave accept() waiting
        self._listener.close()
        for transport in self._transports:
            transport.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport = Replying(sock)
            transport.add_server_key(self._key)
            self._transports.append(transport)
            transport.start_server(event=threading.Event(), server=self)

    def get_allowed_auths(self, username: str) -> str:
        methods = [("publickey", self.keys), ("password", self.password), ("keyboard-interactive", self.questions)]
        return ",".join(name for name, is_on in methods if is_on) or "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        if key.asbytes() not in self.keys:
            return paramiko.AUTH_FAILED
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL if self.then else self._let_in()

    def check_auth_password(self, username: str, password: str) -> int:
        self.seen.append(password)
        return self._let_in() if self.password and password == self.password else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> int | paramiko.InteractiveQuery:
        if not self.questions:
            return paramiko.AUTH_FAILED
        return paramiko.InteractiveQuery("Second factor", "Look at your phone.", *self.questions)

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        self.seen += responses
        return self._let_in() if list(responses) == self.answers else paramiko.AUTH_FAILED

    def _let_in(self) -> int:
        self.logins += 1
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        self._channels = [each for each in self._channels if not each.closed]
        if len(self._channels) >= self.most_sessions:
            return paramiko.OPEN_FAILED_RESOURCE_SHORTAGE
        return paramiko.OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(self, chanid: int, origin: object, destination: object) -> int:
        return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._channels.append(channel)
        if self.runs_commands:
            work = threading.Thread(target=self._serve, args=(channel, command.decode()), daemon=True)
            channel.after_reply = work.start
        return self.runs_commands

    def _serve(self, channel: paramiko.Channel, command: str) -> None:
        stdout, stderr, status = self.answer(command)
        self.seen.append(command)
        try:
            channel.sendall(stdout)
            channel.sendall_stderr(stderr)
            if status >= 0:
                channel.send_exit_status(status)
            channel.close()
        except (OSError, EOFError, paramiko.SSHException):
            pass  # the client has left


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A paramiko server; set its attributes before connecting."""
    made = Server(tmp_path)
    yield made
    made.close()
