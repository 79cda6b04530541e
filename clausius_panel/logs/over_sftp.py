"""The same questions to a host that runs no commands but serves files over SFTP.

Owners have no names there, so only what may be read whoever owns it is read: the logs of one's own jobs.
"""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from .access import NEVER, Access, Root
from .asking import FileFacts, Told
from .refusal import LogRefused, Reason
from .scanning import SCANS, scan

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
        """Of a symbolic link; "" of those behind the first, which are not followed."""
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
    """Answer one question of `asking`. Raises `TransportError`, and `InvalidInput` as `scanning.scan`."""
    path = words[1]
    try:
        return _listed(files, path, access) if words[0] == "listed" else _read(files, words, access)
    except FileNotFoundError:
        return LogRefused(path, "missing")
    except OSError as error:
        return LogRefused(path, "unreadable", error.strerror or f"{files.host} says only: {error}")


def _read(files: ServedFiles, words: Sequence[str], access: Access) -> Told | LogRefused:
    path = words[1]
    real = files.real_path(path)
    if files.is_directory(real):
        return LogRefused(path, "directory")
    if not files.is_file(real):
        return LogRefused(path, "special", "a pipe, a socket or a device")
    if (reason := _against(files, real, access)) is not None:
        return LogRefused(path, reason, real)
    told = _scanned(files, real, words) if words[2] in SCANS else _bytes(files, real, words)
    if (
        files.real_path(path) != real
    ):  # a directory on the way was swapped; `files.read` looks after the file itself
        return LogRefused(path, "special", "something that was put in its place")
    return told


def _against(files: ServedFiles, real: str, access: Access) -> Reason | None:
    """What speaks against reading a real path; None if nothing does."""
    reason: Reason = "outside"
    if any(real.startswith(f"{place}/") for place in _NEVER):
        return reason
    for resolve in (str, files.real_path):  # each link is a question: they are followed only where nothing fits
        for root in access.roots:
            found = _against_root(real, root, resolve, access)
            if found is None:
                return None
            reason = reason if found == "outside" else found
    return reason


def _against_root(real: str, root: Root, resolve: Callable[[str], str], access: Access) -> Reason | None:
    try:
        place = resolve(root.path).rstrip("/")
    except OSError:
        return "outside"
    if place in ("", *NEVER) or not (real == place or real.startswith(f"{place}/")):
        return "outside"
    hidden = [part for part in real[len(place) :].split("/") if part.startswith(".")]
    if any(part not in access.hidden_shown for part in hidden):
        return "hidden"
    return "foreign" if root.owner else None


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


def _scanned(files: ServedFiles, real: str, words: Sequence[str]) -> Told:
    last = files.read(real, offset=0, max_bytes=1)

    def read(*, offset: int, max_bytes: int) -> bytes:
        """Up to the size at the beginning: what is appended meanwhile is the next question's."""
        many = min(max_bytes, last.size - offset)
        return files.read(real, offset=offset, max_bytes=many).data if many > 0 else b""

    data = scan(read, words[2:])
    return Told(facts=_facts(real, last.size, last.modified_s), start=0, data=data, via="sftp")


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
        target = (
            _target(files, posixpath.join(directory, each.name)) if each.leads_to else "f"
        )  # it was not followed
        letter = "l"
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
    """SFTP tells no inode (and 0 stands for a file that was not there): what stands in files tells them apart."""
    modified = datetime.fromtimestamp(modified_s, UTC)
    return FileFacts(real_path=real, inode=-1, size=size, modified=modified, owner="")
