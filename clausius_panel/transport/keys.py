"""Private keys: of ssh-agent, and of files."""

from __future__ import annotations

import binascii
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.pkey import UnknownKeyType

from .agent import Agent, HeldKey
from .base import Asker
from .public_keys import is_public_key, private_half_of, public_halves
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

    @property
    def trouble(self) -> str:
        """Why the agent that holds the key signed nothing the last time, "" if it did."""
        return self.key.trouble if isinstance(self.key, HeldKey) else ""


class _Encrypted(Exception):
    """The file needs a passphrase, or another one."""


class _Unusable(Exception):
    """The file holds no key that we can use; says why."""


def identities(hop: Hop, ask: Asker | None, notes: list[str]) -> Generator[Identity]:
    """The keys to offer, in order; a passphrase is asked for only when its key's turn has come, after all others.

    Files that are skipped, and an agent that does not answer, leave the reason in `notes`. The agent is asked only
    when files that can be read do not suffice: nobody waits for one that they do not need.
    """
    agent = Agent()
    try:
        yield from _in_order(hop, ask, notes, agent)
    finally:
        agent.close()


def _in_order(hop: Hop, ask: Asker | None, notes: list[str], agent: Agent) -> Generator[Identity]:
    encrypted: list[Path] = []
    offered: set[bytes] = set()
    for path in _files(hop):
        try:
            identity = _of_file(path, notes, agent)
        except _Encrypted:
            encrypted.append(path)
        except _Unusable as exc:
            if hop.key_files is not None:
                notes.append(f"key {path}: {exc}")
        else:
            offered.add(identity.key.asbytes())
            yield identity
    for key in () if hop.identities_only else _held(agent, notes):
        if key.asbytes() not in offered and not agent.trouble:
            yield Identity(f"key {key.comment or key.get_name()} of ssh-agent", key)
    for path in encrypted:
        if ask is None:
            notes.append(f"key {path} needs a passphrase")
        elif (unlocked := _unlock(path, ask, notes)) is not None:
            yield unlocked


def _of_file(path: Path, notes: list[str], agent: Agent) -> Identity:
    """The key that a file names: its own, or the agent's where the file is locked or has only the public half."""
    try:
        return Identity(f"key {path}", _load(path))
    except (_Encrypted, _Unusable):
        for public in public_halves(path):
            for key in _held(agent, notes):
                if key.asbytes() == public:
                    return Identity(f"key {path} (ssh-agent)", key)
        raise


def _held(agent: Agent, notes: list[str]) -> tuple[HeldKey, ...]:
    held = agent.held()
    if agent.trouble and not any(agent.trouble in note for note in notes):
        notes.append(agent.trouble)
    return held


def _files(hop: Hop) -> list[Path]:
    if hop.key_files is not None:
        return [Path(each) for each in hop.key_files]
    return [path for name in _DEFAULT_FILES if (path := Path("~/.ssh").expanduser() / name).exists()]


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
        raise _Unusable(_no_private_key(path)) from exc
    except (paramiko.SSHException, UnknownKeyType, UnsupportedAlgorithm) as exc:
        raise _Unusable(f"this kind of key cannot be used: {exc}") from exc


def _no_private_key(path: Path) -> str:
    if not is_public_key(path):
        return "it is not a private key"
    private = private_half_of(path)
    return "it is a public key, and no ssh-agent holds the private one" + (f": name {private}" if private else "")
