"""Doubles for tests and notebooks: the only fakes of this package stand at the transport seam."""

from __future__ import annotations

from collections.abc import Callable

from .errors import ClausiusError
from .transport import Completed, Lane

__all__ = ["FakeTransport"]

Answer = Completed | ClausiusError
"""What a fake gives back: an outcome, or an error to raise."""


class FakeTransport:
    """Answers every command by calling `answer(command, stdin)`; remembers the calls."""

    def __init__(self, answer: Callable[[str, str], Answer], *, host: str = "fake") -> None:
        self.host = host
        self.calls: list[tuple[str, str, Lane]] = []
        self.closed = False
        self._answer = answer

    def run(
        self,
        command: str,
        *,
        stdin: str = "",
        timeout_s: float = 30.0,
        lane: Lane = "primary",
        max_bytes: int = 256 * 1024 * 1024,
    ) -> Completed:
        """Record the call and answer it."""
        self.calls.append((command, stdin, lane))
        answer = self._answer(command, stdin)
        if isinstance(answer, ClausiusError):
            raise answer
        return answer

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
