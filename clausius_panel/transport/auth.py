"""Proving who we are: keys first, then what a person can be asked for. Nothing is ever stored."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import paramiko

from ..errors import AuthenticationRefused, Unreachable
from .base import Asker
from .keys import Identity, Unlocked, identities
from .route import Hop

__all__ = ["Grant", "authenticate"]

_UNATTENDED_S = 30.0  # a login node that asks LDAP is slow
_ATTENDED_S = 300.0  # somebody looks for a phone
_TRIES = 3  # as OpenSSH's NumberOfPasswordPrompts


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How a server let us in."""

    was_asked: bool = False  # a password or a second factor was typed: it cannot be repeated without a person
    unlocked: Unlocked | None = None  # the key file that a passphrase opened


@dataclass(slots=True)
class _Attempt:
    """One server's questions and our answers."""

    transport: paramiko.Transport
    hop: Hop
    cluster: str
    ask: Asker | None
    notes: list[str] = field(default_factory=list)  # what was tried, for the message
    methods: list[str] = field(default_factory=list)  # what the server still wants; []: not asked yet
    unlocked: Unlocked | None = None
    offered: int = 0  # keys
    began: float = field(default_factory=time.monotonic)  # of the question that is open

    def with_keys(self) -> bool:
        with contextlib.closing(identities(self.hop, self.ask, self.notes)) as offers:
            for identity in offers:
                self.offered += 1
                self.began = time.monotonic()  # since the last answer somebody may have looked for a passphrase
                try:
                    self.methods = self.transport.auth_publickey(self.hop.user, identity.key)
                except paramiko.BadAuthenticationType as exc:
                    self.methods = list(exc.allowed_types)
                    self.notes.append("it takes no keys")
                    return False
                except paramiko.AuthenticationException as exc:
                    self._must_answer(exc)
                    self.notes.append(f"{identity.label}{_why(identity)}")
                    continue
                self.unlocked = identity.unlocked
                if self.methods:
                    self.notes.append(f"{identity.label} was accepted and does not suffice")
                return not self.methods
        return False

    def by_asking(self, ask: Asker) -> bool:
        self.transport.auth_timeout = _ATTENDED_S
        self.began = time.monotonic()
        refusals = {"keyboard-interactive": 0, "password": 0}
        while True:
            method = next((each for each in refusals if each in self.methods and refusals[each] < _TRIES), "")
            if not method:
                return False
            try:
                rest = self._by_person(method, ask)
            except paramiko.BadAuthenticationType as exc:
                self.methods = [each for each in exc.allowed_types if each != method]
                continue
            except paramiko.AuthenticationException as exc:
                self._must_answer(exc)
                refusals[method] += 1
                self.notes.append(f"{method} was not accepted")
                continue
            if not rest:
                return True
            self.methods = rest

    def ask_methods(self) -> None:
        """Fill `methods`: "none" is never accepted, but the refusal lists what would be."""
        try:
            self.transport.auth_none(self.hop.user)
        except paramiko.BadAuthenticationType as exc:
            self.methods = list(exc.allowed_types)
        except paramiko.AuthenticationException as exc:
            self._must_answer(exc)

    def refusal(self) -> AuthenticationRefused:
        tried = "; ".join(self.notes) or "no key was found to try"
        advice = "; ".join(self._advice())
        return AuthenticationRefused(
            self.hop.label, f"does not accept user {self.hop.user} ({tried}){advice and '; '}{advice}"
        )

    def _advice(self) -> Iterator[str]:
        by_person = f"clausius serve --login {self.cluster}"
        wanted = [each for each in self.methods if each in ("password", "keyboard-interactive")]
        silent = any("ssh-agent does not answer" in note for note in self.notes)
        if not self.transport.is_active() and self.offered > 1:
            yield (
                "a server takes only so many keys in one go: name the right one by --key-file,"
                " or by IdentityFile and IdentitiesOnly yes in ~/.ssh/config"
            )
        if silent:
            yield "a forwarded ssh-agent answers again once its own machine is awake and connected"
        if self.ask is not None:
            return
        if wanted:
            yield f"it takes {' or '.join(wanted)}: to type it: {by_person}"
        elif any("passphrase" in note for note in self.notes):
            yield (
                f"to type the passphrase: {by_person}" if silent else f"unlock the key by ssh-add, or: {by_person}"
            )

    def _by_person(self, method: str, ask: Asker) -> list[str]:
        if method == "password":
            password = ask(f"Password of {self.hop.label}: ", False)
            return self.transport.auth_password(self.hop.user, password, fallback=False)

        def answers(title: str, instructions: str, fields: Sequence[tuple[str, bool]]) -> list[str]:
            about = " ".join(filter(None, (_plain(title), _plain(instructions))))
            start = f"({self.hop.label}) " + (about + "\n" if about else "")
            return [
                ask((start if not at else "") + _plain(text) + " ", echo) for at, (text, echo) in enumerate(fields)
            ]

        return self.transport.auth_interactive(self.hop.user, answers)

    def _must_answer(self, cause: paramiko.AuthenticationException) -> None:
        """Tell a refusal from a hang-up and from silence; paramiko raises the same for all three."""
        if not self.transport.is_active():
            self.notes.append("then the server closed the connection")
            raise self.refusal() from cause
        if time.monotonic() - self.began >= self.transport.auth_timeout:
            raise Unreachable(self.hop.label, "fell silent while we logged in") from cause
        self.began = time.monotonic()


def authenticate(transport: paramiko.Transport, hop: Hop, *, cluster: str, ask: Asker | None) -> Grant:
    """Log in at a server whose host key was checked.

    Keys are tried first: the configured files (OpenSSH's default files where none is configured; through ssh-agent
    where they are locked or public and it holds them), then the agent's other keys. With `ask`, encrypted files,
    keyboard-interactive and password follow. Raises `AuthenticationRefused`, which says what was tried, or
    `Unreachable` where the server fell silent.
    """
    attempt = _Attempt(transport, hop, cluster, ask)
    transport.auth_timeout = _UNATTENDED_S
    was_asked = False
    try:
        accepted = attempt.with_keys()
        if not accepted and not attempt.methods:
            attempt.ask_methods()
        if not accepted and ask is not None:
            accepted = was_asked = attempt.by_asking(ask)
    except (paramiko.SSHException, EOFError, OSError) as exc:
        raise Unreachable(hop.label, f"the connection broke while we logged in: {exc}") from exc
    if not accepted:
        raise attempt.refusal()
    return Grant(was_asked=was_asked, unlocked=attempt.unlocked)


def _why(identity: Identity) -> str:
    return f": {identity.trouble}" if identity.trouble else " was not accepted"


def _plain(text: str) -> str:
    """A server's words without the control characters that could steer a terminal."""
    return "".join(char for char in text[:2000] if char.isprintable() or char == "\n").strip()
