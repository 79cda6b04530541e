"""The seam between this package and every other machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["Asker", "Completed", "Lane", "Transport"]

Lane = Literal["primary", "background", "data"]
"""Which connection carries a command: Slurm control, slow metadata, or files (on the data host)."""


class Asker(Protocol):
    """Asks a person for a passphrase, a password or a second factor."""

    def __call__(self, prompt: str, echo: bool) -> str:
        """The answer to `prompt`, typed visibly or not. Nothing of it is ever stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a command left behind. Bytes that are not UTF-8 arrive as U+FFFD."""

    stdout: str
    stderr: str = ""
    exit_status: int = 0  # negative: ended by a signal
    elapsed_s: float = 0.0
    detour: str = ""  # of lane "data": why it ran on the login node although there is a data host; else ""


class Transport(Protocol):
    """Runs shell commands for one cluster. Safe to call from several threads."""

    @property
    def host(self) -> str:
        """Whom messages should name, e.g. "alice@login.example"."""
        ...

    def run(
        self,
        command: str,
        *,
        stdin: str = "",
        timeout_s: float = 30.0,
        lane: Lane = "primary",
        max_bytes: int = 256 * 1024 * 1024,
    ) -> Completed:
        """Run `command` in the remote login shell, feed it `stdin`, wait.

        Values inside `command` must be quoted already; scripts go to `sh -s` on `stdin`. A non-zero exit status
        is returned, not raised. Raises `Unreachable` (and `CircuitOpen`), `Refused`, or `CommandTimeout`
        (a slow command never counts as a connection failure). More than `max_bytes` of output ends the command
        with `CommandFailed`. A command with a NUL byte raises `InvalidInput`.
        """
        ...

    def close(self) -> None:
        """End all connections; idempotent."""
        ...
