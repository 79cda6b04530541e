"""Where the files of a cluster are read: on a mounted copy where there is one, else on the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import TransportError
from ..transport import LocalTransport, Transport
from .access import Access, checked_path
from .asking import Told, ask
from .over_sftp import ServedFiles, ask_files
from .refusal import LogRefused
from .rules import Mount, mounted_path

__all__ = ["LogSource"]

_MOUNT_TIMEOUT_S = 5.0  # a mount whose server is gone answers nothing at all


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A way to the files of one cluster, and what of them may be read. Safe to use from several threads."""

    transport: Transport
    access: Access
    mounts: tuple[Mount, ...] = ()
    local: Transport = field(default_factory=LocalTransport)  # reads the mounts
    files: ServedFiles | None = None  # a data host that runs no commands: has what the login node does not see

    def ask(
        self, questions: Sequence[Sequence[str]], *, max_bytes: int, timeout_s: float = 30.0
    ) -> list[Told | LogRefused]:
        """See `asking.ask`: mounted copies first, then the cluster, then SFTP for what both lack.

        Raises `InvalidInput` for what can be no path, and `TransportError`.
        """
        for words in questions:
            checked_path(words[1])
        answers = self._from_mounts(questions, max_bytes)
        left = [at for at, answer in enumerate(answers) if answer is None]
        if left:
            asked = [questions[at] for at in left]
            told = ask(self.transport, asked, access=self.access, max_bytes=max_bytes, timeout_s=timeout_s)
            for at, answer in zip(left, told, strict=True):
                answers[at] = self._from_files(questions[at], answer)
        return [answer for answer in answers if answer is not None]

    def ask_one(self, words: Sequence[str], *, max_bytes: int, timeout_s: float = 30.0) -> Told:
        """`ask` with one question. Raises `LogRefused` where the answer is that."""
        [answer] = self.ask([words], max_bytes=max_bytes, timeout_s=timeout_s)
        if isinstance(answer, LogRefused):
            raise answer
        return answer

    def _from_files(self, words: Sequence[str], answer: Told | LogRefused) -> Told | LogRefused:
        if self.files is None or not isinstance(answer, LogRefused) or answer.reason != "missing":
            return answer
        return ask_files(self.files, words, access=self.access)

    def _from_mounts(self, questions: Sequence[Sequence[str]], max_bytes: int) -> list[Told | LogRefused | None]:
        answers: list[Told | LogRefused | None] = [None] * len(questions)
        moved = {at: mounted_path(words[1], mounts=self.mounts) for at, words in enumerate(questions)}
        there = [at for at, path in moved.items() if path]
        if not there:
            return answers
        roots = [
            replace(root, path=mounted_path(root.path, mounts=self.mounts), owner="") for root in self.access.roots
        ]
        access = Access.to((root for root in roots if root.path), hidden_shown=self.access.hidden_shown)
        asked = [(questions[at][0], moved[at], *questions[at][2:]) for at in there]
        try:
            told = ask(self.local, asked, access=access, max_bytes=max_bytes, timeout_s=_MOUNT_TIMEOUT_S)
        except TransportError:
            return answers  # the mount hangs: the cluster has the original
        for at, answer in zip(there, told, strict=True):
            if isinstance(answer, Told):
                answers[at] = replace(answer, via="mount")
        return answers
