"""Private keys: of ssh-agent, and of files."""

from __future__ import annotations

import base64
import binascii
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.pkey import UnknownKeyType

from .base import Asker
from .route import Hop

__all__ = ["Identity", "Unlocked", "identities"]

_DEFAULT_FILES = ("id_ed25519", "id_ecdsa", "id_rsa")  # OpenSSH's, as far as paramiko can use them
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A key file and the passphrase that opened it; lives as long as the login that asked for it."""

    path: Path
    passphrase: str

    def __repr__(self) -> str:
        return f"Unlocked({str(self.path)!r}, ...)"


@dataclass(frozen=True, slots=True)
class Identity:
    """A key to offer, and what to call it in messages."""

    label: str
    key: paramiko.PKey
    unlocked: Unlocked | None = None


class _Encrypted(Exception):
    """The file needs a passphrase, or another one."""


class _Unusable(Exception):
    """The file holds no key that we can use; says why."""


def identities(hop: Hop, ask: Asker | None, notes: list[str]) -> Iterator[Identity]:
    """The keys to offer, in order; a passphrase is asked for only when its key's turn has come, after all others.

    Files that are skipped leave the reason in `notes`.
    """
    agent, held = _agent(notes)
    try:
        yield from _with_agent(hop, ask, notes, held)
    finally:
        if agent is not None:
            agent.close()


def _with_agent(
    hop: Hop, ask: Asker | None, notes: list[str], held: list[paramiko.AgentKey]
) -> Iterator[Identity]:
    encrypted: list[Path] = []
    offered: set[bytes] = set()
    for path in _files(hop):
        public = _public_key(path)
        agents = [key for key in held if key.asbytes() == public]
        try:
            identity = (
                Identity(f"key {path} (ssh-agent)", agents[0]) if agents else Identity(f"key {path}", _load(path))
            )
        except _Encrypted:
            encrypted.append(path)
        except _Unusable as exc:
            if hop.key_files is not None:
                notes.append(f"key {path}: {exc}")
        else:
            offered.add(identity.key.asbytes())
            yield identity
    for key in held:
        if not hop.identities_only and key.asbytes() not in offered:
            yield Identity(f"key {key.comment or key.get_name()} of ssh-agent", key)
    for path in encrypted:
        if ask is None:
            notes.append(f"key {path} needs a passphrase")
        elif (unlocked := _unlock(path, ask, notes)) is not None:
            yield unlocked


def _agent(notes: list[str]) -> tuple[paramiko.Agent | None, list[paramiko.AgentKey]]:
    if not _agent_listens():
        return None, []
    try:
        agent = paramiko.Agent()
    except (paramiko.SSHException, OSError) as exc:
        notes.append(f"ssh-agent does not answer: {exc}")
        return None, []
    return agent, list(agent.get_keys())


def _agent_listens() -> bool:
    """Whether there is an agent to ask; paramiko leaks a socket where SSH_AUTH_SOCK names one that is gone."""
    if sys.platform == "win32":
        return True
    path = os.environ.get("SSH_AUTH_SOCK", "")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _files(hop: Hop) -> list[Path]:
    if hop.key_files is not None:
        return [Path(each) for each in hop.key_files]
    return [path for name in _DEFAULT_FILES if (path := Path("~/.ssh").expanduser() / name).exists()]


def _public_key(path: Path) -> bytes:
    """The public half that lies beside a private key; b"" where there is none."""
    try:
        fields = path.with_name(path.name + ".pub").read_text(encoding="utf-8", errors="replace").split()
        return base64.b64decode(fields[1], validate=True)
    except (OSError, IndexError, binascii.Error, ValueError):
        return b""


def _unlock(path: Path, ask: Asker, notes: list[str]) -> Identity | None:
    for _ in range(_TRIES):
        passphrase = ask(f"Passphrase of key {path}: ", False)
        try:
            return Identity(f"key {path}", _load(path, passphrase), Unlocked(path, passphrase))
        except _Encrypted:
            continue
        except _Unusable as exc:
            notes.append(f"key {path}: {exc}")
            return None
    notes.append(f"key {path}: the passphrase is wrong")
    return None


def _load(path: Path, passphrase: str | None = None) -> paramiko.PKey:
    """A private key, with the certificate beside it if there is one."""
    secret = None if passphrase is None else passphrase.encode()
    if path.exists() and not path.is_file():  # reading a pipe or a device may never end
        raise _Unusable("it is no regular file")
    try:
        return paramiko.PKey.from_path(path, secret)  # type: ignore[arg-type]  # it wants bytes, whatever it says
    except TypeError as exc:
        raise _Encrypted from exc
    except OSError as exc:
        raise _Unusable(exc.strerror or str(exc)) from exc
    except (ValueError, binascii.Error) as exc:
        if passphrase is not None:  # a wrong passphrase looks like a broken file
            raise _Encrypted from exc
        raise _Unusable("it is not a private key") from exc
    except (paramiko.SSHException, UnknownKeyType, UnsupportedAlgorithm) as exc:
        raise _Unusable(f"this kind of key cannot be used: {exc}") from exc
