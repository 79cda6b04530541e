"""Files with one JSON value a line: how many, and any of them without reading the others."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..errors import InvalidInput
from .reading import MAX_PIECE, Page, count_lines, page
from .source import LogSource

__all__ = ["PREVIEW_KEYS", "Record", "Records", "count_records", "parse_records", "preview", "record", "records"]

PREVIEW_KEYS = ("id", "uid", "name", "task", "status", "question", "problem", "prompt", "error")
"""Keys whose values tell one record from the others."""

_PIECE = 1 << 20
_MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the file."""

    offset: int  # byte where it begins
    length: int  # bytes, without the line's end
    number: int | None  # from 1, of the line; None: not known without reading what is before
    value: object  # what JSON says; None where `error` tells why there is none
    error: str = ""  # why it is no JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Some records, and where to go on in both directions."""

    records: list[Record]
    page: Page  # what was read for them
    start: int  # byte of the first record; `before` of the records in front
    end: int  # byte after the last record: `start` of those that follow


def parse_records(data: bytes, *, offset: int = 0, number: int | None = 1) -> list[Record]:
    r"""The records in `data`, which begins at byte `offset` of the file and line `number`; blank lines are none.

    >>> [each.error or each.value for each in parse_records(b'{"a": 1}\n\nnonsense\n')]
    [{'a': 1}, 'Expecting value at character 1']
    """
    found = []
    lines = data.split(b"\n")
    for at, line in enumerate(lines):
        stripped = line.rstrip(b"\r")
        if stripped.strip():
            found.append(_record(stripped, offset, None if number is None else number + at))
        offset += len(line) + 1
    return found


def records(
    source: LogSource,
    path: str,
    *,
    start: int = 0,
    before: int | None = None,
    last: bool = False,
    line: int | None = None,
    count: int = 50,
    max_bytes: int = _PIECE,
) -> Records:
    """At most `count` records from byte `start` on, just before byte `before`, or the last of the file.

    `line` is the number of the line at that byte, where it is known. Records that do not fit into `max_bytes` come
    with the next call. Raises `LogRefused`, `InvalidInput`, `TransportError`.
    """
    if not 1 <= count <= _MAX_COUNT:
        raise InvalidInput("count", count, f"use 1 to {_MAX_COUNT}")
    if last:
        size = page(source, path, max_bytes=1).facts.size
        before, line = size, None
    piece = page(source, path, start=start, before=before, line=line, max_bytes=max_bytes)
    found = parse_records(piece.data, offset=piece.start, number=piece.first_line)
    if piece.cut_end and not piece.at_end and found:
        found[-1] = _incomplete(found[-1])
    chosen = found[:count] if before is None else found[-count:]
    if before is None:
        first = piece.start
        end = chosen[-1].offset + chosen[-1].length + 1 if len(chosen) < len(found) else piece.end
    else:
        end = piece.end
        first = chosen[0].offset if len(chosen) < len(found) else piece.start
    return Records(records=chosen, page=piece, start=first, end=end)


def record(source: LogSource, path: str, *, offset: int, max_bytes: int = MAX_PIECE) -> Record:
    """The record that begins at byte `offset`. One longer than `max_bytes` has no value but an error.

    Raises `InvalidInput` where nothing begins there, and as `records`.
    """
    piece = page(source, path, start=offset, max_bytes=max_bytes)
    found = parse_records(piece.data.partition(b"\n")[0], offset=offset, number=piece.first_line)
    if not found or piece.cut_start:
        raise InvalidInput("offset", offset, "use the offset of a record")
    is_whole = b"\n" in piece.data or piece.at_end
    return found[0] if is_whole else _incomplete(found[0])


def count_records(source: LogSource, path: str, *, max_seconds: int = 5) -> int | None:
    """How many lines of the file have ended; None where counting takes longer. Raises as `records`."""
    return count_lines(source, path, max_seconds=max_seconds)


def preview(value: object, *, keys: tuple[str, ...] = PREVIEW_KEYS, width: int = 120) -> str:
    """One line that tells a record from the others.

    >>> preview({"prompt": "Why?", "id": 7, "logits": [1, 2, 3]})
    'id: 7 · prompt: Why?'
    """
    if isinstance(value, dict):
        chosen = [key for key in keys if key in value] or list(value)[:3]
        text = " · ".join(f"{key}: {_short(value[key])}" for key in chosen)
    else:
        text = _short(value)
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


def _short(value: object) -> str:
    return value[:1000] if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:1000]


def _record(line: bytes, offset: int, number: int | None) -> Record:
    value: object = None
    error = ""
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except json.JSONDecodeError as problem:
        error = f"{problem.msg} at character {problem.pos + 1}"
    except (RecursionError, ValueError) as problem:  # nested too deeply, or a number of thousands of digits
        error = str(problem) or type(problem).__name__
    return Record(offset=offset, length=len(line), number=number, value=value, error=error)


def _incomplete(found: Record) -> Record:
    return Record(
        offset=found.offset,
        length=found.length,
        number=found.number,
        value=None,
        error="the record is longer than what was read of it",
    )
