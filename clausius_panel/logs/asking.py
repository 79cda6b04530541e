"""One round trip to where the files are: questions as shell words, answers as bytes or as a refusal."""

from __future__ import annotations

import base64
import binascii
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from ..errors import CommandFailed, ParseError
from ..slurm.framing import new_sentinel, parse_frames
from ..transport import Lane, Transport
from .access import Access, Root
from .far_side import PRELUDE
from .refusal import LogRefused, Reason

__all__ = ["FileFacts", "Told", "Via", "ask"]

Via = Literal["shell", "mount", "sftp", "login"]
"""How bytes came: by a script on the cluster, from a mounted copy here, over SFTP, by a script on the login node
where the data host does not have the file or cannot be asked."""

_OVERHEAD = 1 << 20  # what login shells print, and the frames


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a file was when it was read."""

    real_path: str  # after all symbolic links
    inode: int
    size: int  # bytes
    modified: datetime  # UTC, whole seconds
    owner: str  # login name; "UNKNOWN" where the host knows none


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The answer to one question about a file or a directory."""

    facts: FileFacts
    start: int  # where the bytes begin in the file
    data: bytes
    via: Via = "shell"
    detour: str = ""  # why only the login node was asked, though the cluster has a data host


def ask(
    transport: Transport,
    questions: Sequence[Sequence[str]],
    *,
    access: Access,
    max_bytes: int,
    timeout_s: float = 30.0,
    lane: Lane = "data",
) -> list[Told | LogRefused]:
    """Put questions (words of a verb of `far_side`, the path in front) in one script; an answer for each.

    `max_bytes` bounds the bytes of all answers together. Raises `TransportError`, `CommandFailed` too where the
    login shell runs no script.
    """
    sentinel = new_sentinel()
    names = [f"q{number}" for number in range(len(questions))]
    lines = [f"_s={shlex.quote(sentinel)}", _prelude(access)]
    for name, words in zip(names, questions, strict=True):
        lines += [f"{name}() {{ {' '.join(map(shlex.quote, words))}; }}", f"frame {name}"]
    script = "\n".join([*lines, "exit 0", ""])
    limit = max_bytes * 3 // 2 + _OVERHEAD  # base64 and its line breaks
    done = transport.run("sh -s", stdin=script, timeout_s=timeout_s, lane=lane, max_bytes=limit)
    try:
        frames = parse_frames(done.stdout, sentinel)
    except ParseError as error:
        words_ = (done.stderr.strip() or done.stdout.strip())[:500]
        raise CommandFailed(transport.host, "sh -s", done.exit_status, words_, done.stdout[:10_000]) from error
    answers: list[Told | LogRefused] = []
    for name, words in zip(names, questions, strict=True):
        path = words[1]
        if name not in frames:
            raise CommandFailed(transport.host, f"read {path}", done.exit_status, "the answer was cut off")
        answers.append(_answer(path, frames[name].stdout, transport.host, done.detour))
    return answers


def _prelude(access: Access) -> str:
    hidden = "|".join(shlex.quote(name) for name in access.hidden_shown if name) or "''"
    roots = "\n".join(f"        if {_look(root)}; then return 0; fi" for root in access.roots)
    return PRELUDE.replace("@HIDDEN@", hidden).replace("@ROOTS@", roots or "        :")


def _look(root: Root) -> str:
    return f'"$_look" "$1" {shlex.quote(root.path.rstrip("/"))} {shlex.quote(root.owner)}'


def _answer(path: str, text: str, host: str, detour: str) -> Told | LogRefused:
    head, _, body = text.partition("\n")
    words = head.split(" ")
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
        if words[0] == "refused" and words[1] in get_args(Reason):
            return LogRefused(path, cast("Reason", words[1]), data.decode("utf-8", "replace"), detour=detour)
        told = _told(words, data)
        return replace(told, via="login", detour=detour) if detour else told
    except (ValueError, IndexError, binascii.Error, OverflowError) as error:
        raise CommandFailed(host, f"read {path}", 0, f"an answer of unknown shape: {head[:200]!r}") from error


def _told(words: Sequence[str], data: bytes) -> Told:
    """`file INODE SIZE MTIME START OWNER`, then the real path and the bytes, a zero byte between them."""
    real_path, separator, content = data.partition(b"\x00")
    if words[0] != "file" or not separator:
        raise ValueError(words[0])
    inode, size, mtime, start = map(int, words[1:5])
    facts = FileFacts(
        real_path=os.fsdecode(real_path),
        inode=inode,
        size=size,
        modified=datetime.fromtimestamp(mtime, UTC),
        owner=words[5],
    )
    return Told(facts=facts, start=start, data=content)
