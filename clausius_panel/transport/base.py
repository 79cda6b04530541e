"""The seam between this package and every other machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["Completed", "Lane", "Transport"]

Lane = Literal["primary", "background", "data"]
"""Which connection carries a command: Slurm control, slow metadata, or files (on the data host)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a command left behind. Bytes that are not UTF-8 arrive as U+FFFD."""

    stdout: str
    stderr: str = ""
    exit_status: int = 0
    elapsed_s: float = 0.0


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
        with `CommandFailed`.
        """
        ...

    def close(self) -> None:
        """End all connections; idempotent."""
        ...
