"""The same questions to a host that runs no commands but serves files over SFTP.

Owners have no names there, so only what may be read whoever owns it is read: the logs of one's own jobs.
"""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from ..errors import CommandFailed
from .access import Access
from .asking import FileFacts, Told
from .refusal import LogRefused, Reason

__all__ = ["Name", "Piece", "ServedFiles", "ask_files"]

_MOST_NAMES = 20_000
_NEVER = ("/dev", "/proc", "/sys")


class Piece(Protocol):
    """Some bytes of a file; see `transport.sftp.SFTPPiece`."""

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        ...

    @property
    def modified_s(self) -> int:
        """Seconds since 1970, UTC."""
        ...

    @property
    def start(self) -> int:
        """Where `data` begins."""
        ...

    @property
    def data(self) -> bytes:
        """The bytes."""
        ...


class Name(Protocol):
    """One name in a directory; see `transport.sftp.SFTPEntry`."""

    @property
    def name(self) -> str:
        """Without the directory."""
        ...

    @property
    def mode(self) -> int:
        """As in os.stat_result.st_mode, of the link where it is one."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def modified_s(self) -> int:
        """Seconds since 1970, UTC."""
        ...

    @property
    def leads_to(self) -> str:
        """Of a symbolic link."""
        ...


class ServedFiles(Protocol):
    """What SFTP can do; see `transport.sftp.SFTPFiles`, also for the errors."""

    @property
    def host(self) -> str:
        """Whom messages should name."""
        ...

    def real_path(self, path: str) -> str:
        """`path` after all symbolic links."""
        ...

    def is_directory(self, path: str) -> bool:
        """Whether it is a directory, or leads to one."""
        ...

    def is_file(self, path: str) -> bool:
        """Whether it is a regular file, or leads to one."""
        ...

    def read(self, path: str, *, offset: int, max_bytes: int) -> Piece:
        """Some bytes of a regular file."""
        ...

    def entries(self, path: str, *, most: int) -> Sequence[Name]:
        """The names in a directory."""
        ...


def ask_files(files: ServedFiles, words: Sequence[str], *, access: Access) -> Told | LogRefused:
    """Answer one question of `asking`. Raises `TransportError`; `CommandFailed` too for what needs a command."""
    path = words[1]
    try:
        if words[0] == "listed":
            return _listed(files, path, access)
        if words[2] not in ("bytes_at", "bytes_since"):
            raise CommandFailed(files.host, words[2], 126, "this host runs no commands: only reading works here")
        real = files.real_path(path)
        if files.is_directory(real):
            return LogRefused(path, "directory")
        if not files.is_file(real):
            return LogRefused(path, "special")
        if (reason := _against(files, real, access)) is not None:
            return LogRefused(path, reason, real)
        return _bytes(files, real, words)
    except FileNotFoundError:
        return LogRefused(path, "missing")
    except OSError as error:
        return LogRefused(path, "unreadable", error.strerror or str(error))


def _against(files: ServedFiles, real: str, access: Access) -> Reason | None:
    """What speaks against reading a real path; None if nothing does."""
    reason: Reason = "outside"
    if any(real.startswith(f"{place}/") for place in _NEVER):
        return reason
    for root in access.roots:
        try:
            place = files.real_path(root.path)
        except OSError:
            continue
        if place == "/" or not (real == place or real.startswith(f"{place}/")):
            continue
        hidden = [part for part in real[len(place) :].split("/") if part.startswith(".")]
        if any(part not in access.hidden_shown for part in hidden):
            reason = "hidden"
        elif root.owner:
            reason = "foreign"
        else:
            return None
    return reason


def _bytes(files: ServedFiles, real: str, words: Sequence[str]) -> Told:
    numbers = [int(word) for word in words[3:]]
    if words[2] == "bytes_at":
        offset, many, lines = numbers
        piece = files.read(real, offset=offset, max_bytes=many)
        data = _last_lines(piece.data, lines) if lines else piece.data
        return Told(facts=_facts(real, piece.size, piece.modified_s), start=piece.start, data=data, via="sftp")
    _, offset, many, known, fresh = numbers
    piece = files.read(real, offset=offset, max_bytes=many)
    if piece.size < offset + known:
        piece = files.read(real, offset=-fresh, max_bytes=fresh)
    return Told(facts=_facts(real, piece.size, piece.modified_s), start=piece.start, data=piece.data, via="sftp")


def _listed(files: ServedFiles, path: str, access: Access) -> Told | LogRefused:
    real = files.real_path(path)
    if not files.is_directory(real):
        return LogRefused(path, "special", "no directory")
    if (reason := _against(files, real, access)) is not None:
        return LogRefused(path, reason, real)
    found = files.entries(real, most=_MOST_NAMES)
    parts = [part for each in found for part in _fields(files, real, each)]
    parts.append(b"status 0" if len(found) < _MOST_NAMES else b"status 1")
    return Told(facts=_facts(real, 0, 0), start=0, data=b"".join(part + b"\x00" for part in parts), via="sftp")


def _fields(files: ServedFiles, directory: str, each: Name) -> tuple[bytes, bytes, bytes]:
    """What `find -printf` would print of a name."""
    letter = target = "d" if stat.S_ISDIR(each.mode) else "f" if stat.S_ISREG(each.mode) else "?"
    if stat.S_ISLNK(each.mode):
        letter, target = "l", _target(files, posixpath.join(directory, each.name))
    head = f"{letter}{target} {each.size} {each.modified_s}"
    return (
        head.encode(),
        each.name.encode("utf-8", "surrogateescape"),
        each.leads_to.encode("utf-8", "surrogateescape"),
    )


def _target(files: ServedFiles, path: str) -> str:
    try:
        return "d" if files.is_directory(path) else "f" if files.is_file(path) else "?"
    except OSError:
        return "N"


def _last_lines(data: bytes, lines: int) -> bytes:
    at = len(data) - 1 if data.endswith(b"\n") else len(data)
    for _ in range(lines):
        at = data.rfind(b"\n", 0, at)
        if at < 0:
            return data
    return data[at + 1 :]


def _facts(real: str, size: int, modified_s: int) -> FileFacts:
    """SFTP tells no inode: files are told apart by what stands in them."""
    modified = datetime.fromtimestamp(modified_s, UTC)
    return FileFacts(real_path=real, inode=0, size=size, modified=modified, owner="")
