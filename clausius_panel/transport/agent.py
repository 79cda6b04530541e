"""The user's ssh-agent: the keys it holds, and what they sign. It has only so long to answer.

paramiko's own `Agent` has no time limit: one that is silent, as a forwarded one whose laptop sleeps, would hold up
its login for ever, and the process at its end.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.agent import ALGORITHM_FLAG_MAP

__all__ = ["Agent", "HeldKey"]

_LIST_S = 5.0  # a forwarded agent answers over the network; one whose laptop sleeps never does
_SIGN_S = 20.0  # somebody may have to touch a token or to agree first; it must fit into what a login may take
_LONGEST = 256 * 1024  # bytes of an answer, as ssh-agent's own limit
_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14  # what messages are called: draft-ietf-sshm-ssh-agent
_NOT_UNDERSTOOD = (paramiko.SSHException, ValueError, OverflowError, UnsupportedAlgorithm)

_SIGNING = threading.Lock()


class _Wire(Protocol):
    """What is common to a socket and to the two ways to an agent on Windows."""

    def send(self, data: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes: ...
    def close(self) -> object: ...


class HeldKey(paramiko.AgentKey):
    """A key that an agent holds. `trouble` says why the agent signed nothing; "" while all is well."""

    def __init__(self, agent: Agent, blob: bytes, comment: str) -> None:
        super().__init__(paramiko.agent.AgentSSH(), blob, comment)
        self._holder = agent
        self.trouble = ""

    def sign_ssh_data(  # type: ignore[override]  # paramiko signs bytes, whatever else its stubs would take
        self, data: bytes, algorithm: str | None = None
    ) -> paramiko.Message:
        """The agent's signature, or one that is worth nothing: see `trouble` then.

        paramiko asks for it in the thread that runs the connection, which an exception would end. A worthless
        signature is refused like any wrong key, and the next key has its turn.
        """
        signed, self.trouble = self._holder.sign(self.asbytes(), data, algorithm or "")
        return signed if signed is not None else _message(self.get_name().encode(), bytes(64))


class Agent:
    """The agent that SSH_AUTH_SOCK names, connected to when it is first needed; one login uses it.

    Once it was silent for too long, or talked nonsense, it is not asked again; `trouble` says so.
    """

    def __init__(self) -> None:
        self.trouble = ""
        self._wire: _Wire | None = None
        self._held: tuple[HeldKey, ...] | None = None

    def held(self) -> tuple[HeldKey, ...]:
        """The keys it holds; none where there is no agent, or where there is `trouble` with it."""
        if self._held is None:
            self._held = tuple(self._list())
        return () if self.trouble else self._held

    def sign(self, blob: bytes, data: bytes, algorithm: str) -> tuple[paramiko.Message | None, str]:
        """`data` signed by the key `blob`, or None and why not."""
        flags = struct.pack(">I", ALGORITHM_FLAG_MAP.get(algorithm, 0))
        request = bytes([_SIGN]) + _string(blob) + _string(data) + flags
        deadline = time.monotonic() + _SIGN_S
        with _signing(_SIGN_S):
            answer = self._ask(request, _SIGN_S, deadline)
        if answer is None:
            return None, self.trouble
        if answer.get_byte() != bytes([_SIGNED]):
            return None, "the ssh-agent refused to sign with it"
        return paramiko.Message(answer.get_binary()), ""

    def close(self) -> None:
        """Hang up; idempotent."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def _list(self) -> Iterable[HeldKey]:
        with _signing(_SIGN_S):
            pass
        answer = self._ask(bytes([_LIST]), _LIST_S, time.monotonic() + _LIST_S)
        if answer is None:
            return
        if answer.get_byte() != bytes([_LISTED]):
            self.trouble = f"the ssh-agent lists no keys ({_name()})"
            return
        for _ in range(answer.get_int()):
            blob, comment = answer.get_binary(), answer.get_binary()
            if not blob:  # it announced more keys than it sent
                return
            with contextlib.suppress(*_NOT_UNDERSTOOD):  # a key of a kind that only the agent knows
                yield HeldKey(self, blob, comment.decode("utf-8", "replace"))

    def _ask(self, request: bytes, limit_s: float, deadline: float) -> paramiko.Message | None:
        """What it answers; None where there is no agent, or trouble."""
        if self.trouble:
            return None
        try:
            self._wire = self._wire or _connect(limit_s)
            return None if self._wire is None else _exchange(self._wire, request, deadline)
        except (TimeoutError, BlockingIOError):  # the latter: so many wait for it that it takes no more
            self.trouble = f"the ssh-agent does not answer within {limit_s:g} s ({_name()})"
        except OSError as exc:
            self.trouble = f"the ssh-agent answers nothing of use ({_name()}): {exc.strerror or exc}"
        self.close()
        return None


@contextlib.contextmanager
def _signing(limit_s: float) -> Iterator[None]:
    """Wait, no longer than `limit_s`, until no other login of this process has an agent sign.

    While ssh-agent waits for somebody's touch or consent it answers nobody else, which is no reason to give it up.
    """
    is_free = _SIGNING.acquire(timeout=limit_s)
    try:
        yield
    finally:
        if is_free:
            _SIGNING.release()


def _name() -> str:
    return f"SSH_AUTH_SOCK {os.environ.get('SSH_AUTH_SOCK', '')}".strip()


def _connect(limit_s: float) -> _Wire | None:
    """A connection to the agent; None where none listens. Raises `TimeoutError` or `BlockingIOError`."""
    if sys.platform == "win32":
        return paramiko.agent.get_agent_connection()  # a pipe or Pageant's window: neither takes a time limit
    path = os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return None
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.settimeout(limit_s)
    try:
        wire.connect(path)
    except (TimeoutError, BlockingIOError):
        wire.close()
        raise
    except OSError:  # it is gone, or the name is left over from another login
        wire.close()
        return None
    return wire


def _exchange(wire: _Wire, request: bytes, deadline: float) -> paramiko.Message:
    wire.send(_string(request))
    (size,) = struct.unpack(">I", _receive(wire, 4, deadline))
    if not 1 <= size <= _LONGEST:
        raise OSError(f"an answer of {size} bytes")
    return paramiko.Message(_receive(wire, size, deadline))


def _receive(wire: _Wire, size: int, deadline: float) -> bytes:
    received = b""
    while len(received) < size:
        if isinstance(wire, socket.socket):
            wire.settimeout(max(0.001, deadline - time.monotonic()))
        more = wire.recv(size - len(received))
        if not more:
            raise OSError("it hung up")
        received += more
    return received


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _message(*parts: bytes) -> paramiko.Message:
    return paramiko.Message(b"".join(_string(each) for each in parts))
