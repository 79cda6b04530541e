"""Directories near logs: what is there, a level at a time; links are shown, never followed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .access import Access
from .asking import Told, Via
from .kinds import FileKind, file_kind, natural_key
from .source import LogSource

__all__ = ["Entry", "Listing", "list_directory", "read_entries", "words_for"]

EntryType = Literal["directory", "file", "link", "special"]

_BYTES = 2 << 20
_SECONDS = 10
_TYPES: dict[str, EntryType] = {"d": "directory", "f": "file", "l": "link"}
_SPECIAL = re.compile(r"([][*?\\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a directory."""

    name: str
    path: str
    type: EntryType  # special: a FIFO, a socket, a device
    kind: FileKind
    size: int | None  # bytes; None of all but files
    modified: datetime  # UTC
    leads_to: str = ""  # of a link
    is_readable_type: bool = True  # whether it, or what it leads to, is a file or a directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is in a directory: directories first, then all others, each in the order of their names."""

    path: str
    real_path: str  # after all symbolic links
    entries: list[Entry]
    is_complete: bool  # there may be more: the directory is too large, or too slow
    hidden: int  # how many names with a leading dot are left out
    via: Via = "shell"  # how it was read
    detour: str = ""  # why only the login node was asked, though the cluster has a data host


def list_directory(source: LogSource, path: str) -> Listing:
    """What is in a directory, some twenty thousand names at most.

    Raises `LogRefused` for one that is outside of what may be read, `InvalidInput`, `TransportError`.
    """
    told = source.ask_one(words_for(path), max_bytes=_BYTES, timeout_s=_SECONDS + 30.0)
    return read_entries(path, told, access=source.access)


def words_for(path: str, *, containing: Sequence[str] = (), named: Sequence[str] = ()) -> tuple[str, ...]:
    """The question for a directory's files; with `containing` or `named` only for names that hold or are these."""
    patterns = [f"*{_escaped(text)}*" for text in containing] + [_escaped(name) for name in named]
    tests: list[str] = []
    for pattern in patterns:
        tests += ["-o", "-name", pattern] if tests else ["-name", pattern]
    return ("listed", path, str(_BYTES), str(_SECONDS), *(["(", *tests, ")"] if tests else []))


def read_entries(path: str, told: Told, *, access: Access) -> Listing:
    """The listing in an answer to `words_for`."""
    parts = told.data.split(b"\x00")
    status = parts[-2] if len(parts) > 1 and parts[-2].startswith(b"status ") else b""
    fields = parts[: -2 if status else len(parts)]
    entries, hidden = [], 0
    for head, name, leads_to in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if name.startswith(b".") and os.fsdecode(name) not in access.hidden_shown:
            hidden += 1
        else:
            entries.append(_entry(path, head, os.fsdecode(name), os.fsdecode(leads_to)))
    entries.sort(key=lambda entry: (entry.type != "directory", natural_key(entry.name)))
    return Listing(
        path=path,
        real_path=told.facts.real_path,
        entries=entries,
        is_complete=status == b"status 0",
        hidden=hidden,
        via=told.via,
        detour=told.detour,
    )


def _entry(directory: str, head: bytes, name: str, leads_to: str) -> Entry:
    types, size, seconds = head.decode("ascii").split(" ")
    kind = _TYPES.get(types[0], "special")
    return Entry(
        name=name,
        path=f"{directory.rstrip('/')}/{name}",
        type=kind,
        kind=file_kind(name),
        size=int(size) if kind == "file" else None,
        modified=datetime.fromtimestamp(float(seconds), UTC),
        leads_to=leads_to,
        is_readable_type=types[1] in "fd",
    )


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
