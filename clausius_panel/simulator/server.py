"""The SSH server in front of a demo cluster: real SSH, in this process, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    MSG_CHANNEL_REQUEST,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from .acceptor import Acceptor
from .session import GONE, run_command
from .sftp import home_files
from .shell import shell_words

__all__ = ["SshServer"]

_LOG = "clausius_panel.simulator.ssh"
logging.getLogger(_LOG).addHandler(logging.NullHandler())  # a client that hangs up is no news


class _Transport(paramiko.Transport):
    """paramiko's, with two things that a server needs put right.

    A command may start only after the reply to its request has been sent, or a fast one's output overtakes the
    reply; and an open channel must be held by somebody, or it is collected and closed.
    """

    def __init__(self, link: socket.socket) -> None:
        super().__init__(link)
        self.live: dict[int, paramiko.Channel] = {}
        self.after_reply: dict[int, Callable[[], None]] = {}

    def _queue_incoming_channel(self, channel: paramiko.Channel) -> None:
        self.live = {number: other for number, other in self.live.items() if not other.closed}
        self.live[channel.get_id()] = channel


def _request(channel: paramiko.Channel, message: paramiko.Message) -> None:
    channel._handle_request(message)  # type: ignore[attr-defined]  # private: there is no hook after the reply
    start = channel.get_transport().after_reply.pop(channel.get_id(), None)  # type: ignore[attr-defined]  # ours
    if start is not None:
        start()


_Transport._channel_handler_table = {  # type: ignore[attr-defined]  # see _request
    **paramiko.Transport._channel_handler_table,  # type: ignore[attr-defined]
    MSG_CHANNEL_REQUEST: _request,
}


class _Door(paramiko.ServerInterface):
    """Who may come in, and what they may ask for: one user, one key, commands and SFTP."""

    def __init__(self, server: SshServer, transport: _Transport) -> None:
        self._server, self._transport = server, transport

    def get_allowed_auths(self, username: str) -> str:
        """Keys only."""
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """The generated key, for the demo's user."""
        good = username == self._server.user and key == self._server.authorized_key
        return AUTH_SUCCESSFUL if good else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Sessions only: nothing is forwarded."""
        wanted = kind == "session"
        return OPEN_SUCCEEDED if wanted else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        """Accept, and start once the acceptance has been sent."""
        self._transport.after_reply[channel.get_id()] = lambda: self._server.execute(channel, command)
        return True


class SshServer:
    """Serves one cluster until it is closed. `latency_s` bounds the time that passes before a command starts."""

    def __init__(
        self,
        name: str,
        *,
        user: str,
        host_key: paramiko.PKey,
        authorized_key: paramiko.PKey,
        home: Path,
        env: Mapping[str, str],
        latency_s: tuple[float, float] = (0.0, 0.0),
        seed: int = 0,
    ) -> None:
        self.name, self.user, self.authorized_key, self.latency_s = name, user, authorized_key, latency_s
        self._host_key, self._home, self._env = host_key, home, env
        self._shell = shell_words(home)
        self._random = random.Random(f"{seed}/{name}/latency")
        self._closing = threading.Event()
        self._switch = threading.RLock()  # one at a time goes up or down
        self._lock = threading.Lock()  # of the two sets; held only for a moment
        self._transports: set[_Transport] = set()
        self._sessions: set[threading.Thread] = set()
        self._acceptor: Acceptor | None = None
        self._reserved: socket.socket | None = _bound(0)
        self.port: int = self._reserved.getsockname()[1]
        self.up()

    @property
    def is_up(self) -> bool:
        """Whether connections are accepted."""
        return self._acceptor is not None

    def up(self) -> None:
        """Accept connections."""
        with self._switch:
            if self._reserved is not None and not self._closing.is_set():
                listener, self._reserved = self._reserved, None
                listener.listen(64)
                self._acceptor = Acceptor(f"demo-sshd-{self.name}", listener, self._welcome)

    def down(self) -> None:
        """Drop all connections and refuse new ones; the port stays ours."""
        with self._switch:
            if self._acceptor is not None:
                self._acceptor.close()
                self._acceptor = None
                self._reserved = _bound(self.port)
            with self._lock:
                transports, self._transports = self._transports, set()
            for transport in transports:
                transport.close()

    def close(self) -> None:
        """End connections, commands and threads; idempotent."""
        self._closing.set()
        with self._switch:
            self.down()
            if self._reserved is not None:
                self._reserved.close()
                self._reserved = None
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.join()

    def execute(self, channel: paramiko.Channel, command: bytes) -> None:
        """Run a command in a thread of its own."""
        session = threading.Thread(target=self._run, args=(channel, command), name="demo-session", daemon=True)
        with self._lock:
            self._sessions.add(session)
        session.start()

    def _run(self, channel: paramiko.Channel, command: bytes) -> None:
        try:
            if not self._closing.wait(self._random.uniform(*self.latency_s)) and not channel.closed:
                run_command(channel, command, env=self._env, home=self._home, shell=self._shell)
        finally:
            with contextlib.suppress(*GONE):
                channel.close()
            with self._lock:
                self._sessions.discard(threading.current_thread())

    def _welcome(self, link: socket.socket) -> None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = _Transport(link)
        transport.set_log_channel(_LOG)
        transport.add_server_key(self._host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, home_files(self._home))
        with self._lock:
            self._transports = {other for other in self._transports if other.is_active()} | {transport}
        # With an event the handshake runs in the transport's own thread.
        transport.start_server(event=threading.Event(), server=_Door(self, transport))


def _bound(port: int) -> socket.socket:
    """A socket that holds the port but does not listen: whoever connects is refused."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", port))
    return holder
