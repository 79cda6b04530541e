"""Where the files of a cluster are read: on a mounted copy where there is one, else on the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import CommandTimeout, Refused, TransportError, Unreachable
from ..transport import LocalTransport, Transport
from .access import Access, checked_path
from .asking import Told, ask
from .data_host import FileHost
from .over_sftp import ask_files
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
    host: FileHost | None = None  # knows whether SFTP works there, for what commands cannot reach

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
            for at, answer in zip(left, self._from_cluster(asked, max_bytes, timeout_s), strict=True):
                answers[at] = answer
        return [answer for answer in answers if answer is not None]

    def ask_beside(
        self, questions: Sequence[Sequence[str]], *, max_bytes: int, timeout_s: float = 30.0
    ) -> list[Told | LogRefused]:
        """The same of the cluster's other host, where one looks at files and another has some too; else [].

        Of a data host that runs no commands that is SFTP. [] also where that fails: it is only looked at beside.
        """
        host = self.host
        if host is None or not host.runs_commands:
            return []
        try:
            if host.place() == "data host":
                return self._from_login(questions, max_bytes, timeout_s)
            files = host.files_beside()
            return [] if files is None else [ask_files(files, words, access=self.access) for words in questions]
        except TransportError as error:
            host.refused_files(error)
            return []

    def ask_one(self, words: Sequence[str], *, max_bytes: int, timeout_s: float = 30.0) -> Told:
        """`ask` with one question. Raises `LogRefused` where the answer is that."""
        [answer] = self.ask([words], max_bytes=max_bytes, timeout_s=timeout_s)
        if isinstance(answer, LogRefused):
            raise answer
        return answer

    def _from_cluster(
        self, asked: Sequence[Sequence[str]], max_bytes: int, timeout_s: float
    ) -> list[Told | LogRefused]:
        """By a script; by SFTP where the host runs none, or where only the data host has the file."""
        host = self.host
        if host is not None and not host.runs_commands and (files := host.files()) is not None:
            return [ask_files(files, words, access=self.access) for words in asked]
        try:
            told = ask(self.transport, asked, access=self.access, max_bytes=max_bytes, timeout_s=timeout_s)
        except TransportError as error:
            if host is None or not host.refused_commands(error) or (files := host.files()) is None:
                raise
            return [ask_files(files, words, access=self.access) for words in asked]
        told = self._or_login(asked, told, max_bytes, timeout_s)
        return [self._or_beside(words, answer) for words, answer in zip(asked, told, strict=True)]

    def _or_login(
        self, asked: Sequence[Sequence[str]], told: list[Told | LogRefused], max_bytes: int, timeout_s: float
    ) -> list[Told | LogRefused]:
        """The same with what only the login node has: data hosts often see some file systems and not others."""
        lacking = [at for at, answer in enumerate(told) if _is_missing(answer)]
        if not lacking or self.host is None or self.host.place() != "data host":
            return told
        answers = list(told)
        again = self._from_login([asked[at] for at in lacking], max_bytes, timeout_s)
        for at, answer in zip(lacking, again, strict=True):
            answers[at] = answer
        return answers

    def _from_login(
        self, asked: Sequence[Sequence[str]], max_bytes: int, timeout_s: float
    ) -> list[Told | LogRefused]:
        told = ask(
            self.transport,
            asked,
            access=self.access,
            max_bytes=max_bytes,
            timeout_s=timeout_s,
            lane="background",
        )
        return [replace(answer, via="login") if isinstance(answer, Told) else answer for answer in told]

    def _or_beside(self, words: Sequence[str], answer: Told | LogRefused) -> Told | LogRefused:
        """What a data host that runs no commands has instead; the login node's answer where it has nothing."""
        if self.host is None or isinstance(answer, Told) or answer.reason != "missing":
            return answer
        try:
            files = self.host.files_beside()
            if files is None:
                return answer
            beside = ask_files(files, words, access=self.access)
        except (CommandTimeout, Refused, Unreachable) as error:  # the answer of the login node stands
            self.host.refused_files(error)
            return answer
        return LogRefused(answer.path, "missing", answer.detail) if _is_missing(beside) else beside

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


def _is_missing(answer: Told | LogRefused) -> bool:
    return isinstance(answer, LogRefused) and answer.reason == "missing"
