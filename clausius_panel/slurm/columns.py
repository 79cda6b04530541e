"""Answers as columns: each distinct text of a column is read once.

A queue repeats its users, times and resources, so ten thousand jobs become a matter of milliseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from itertools import repeat
from typing import Any, TypeVar

from ..errors import ParseError

__all__ = ["Columns", "build"]

T = TypeVar("T")


class Columns:
    """The records of one answer by field. A field that the cluster's version lacks reads as ""."""

    def __init__(
        self,
        command: str,
        count: int,
        columns: Mapping[str, Sequence[str]],
        *,
        lines: Mapping[int, int] | None = None,
    ) -> None:
        """`lines` tells on which line a record stood; without it the first stood on line 2, after the header."""
        self.command, self.count = command, count
        self._columns, self._lines = columns, lines or {}

    @classmethod
    def from_rows(
        cls,
        command: str,
        names: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        lines: Mapping[int, int] | None = None,
    ) -> Columns:
        """The columns of rows. Raises `ParseError` for a row that has more or fewer fields than `names`."""
        for index, row in enumerate(rows):
            if len(row) != len(names):
                line = (lines or {}).get(index, index + 2)
                raise ParseError(command, line, "|".join(row), f"{len(row)} fields, {len(names)} are expected")
        columns = zip(*rows, strict=True) if rows else repeat((), len(names))
        return cls(command, len(rows), dict(zip(names, columns, strict=True)), lines=lines)

    def shared(self, name: str, separator: str, names: Sequence[str]) -> tuple[Columns, list[int]]:
        """The distinct texts of one field, each taken apart into `names`, and for every record which it has.

        What many records share word for word is so read once. Raises `ParseError` where a text has another number
        of parts.
        """
        places: dict[str, int] = {}
        lines: dict[int, int] = {}
        which: list[int] = []
        for line, text in enumerate(self.texts(name), 2):
            place = places.get(text)
            if place is None:
                place = places[text] = len(places)
                lines[place] = line
            which.append(place)
        rows = [text.split(separator) for text in places]
        return Columns.from_rows(self.command, names, rows, lines=lines), which

    def texts(self, name: str) -> Sequence[str]:
        """One field of every record, as it was printed."""
        return self._columns.get(name) or ("",) * self.count

    def read(self, name: str, reader: Callable[[str], T]) -> list[T]:
        """One field of every record through a reader.

        Raises `ParseError` naming the command and the line, which counts records, the header being the first.
        """
        column = self.texts(name)
        return self._map(reader, column)

    def combine(self, reader: Callable[..., T], *names: str) -> list[T]:
        """Several fields of every record through one reader, in the order of `names`. Raises `ParseError`."""
        rows = list(zip(*map(self.texts, names), strict=True))
        return self._map(lambda texts: reader(*texts), rows)

    def _map(self, reader: Callable[[Any], T], column: Sequence[Any]) -> list[T]:
        known = _Known(reader)
        try:
            return list(map(known.__getitem__, column))
        except ParseError as error:
            index = column.index(known.last)
            line = self._lines.get(index, index + 2)
            raise ParseError(self.command, line, error.text, error.why) from error


class _Known(dict[Any, Any]):
    """What has been read already; reads the rest when it is asked for."""

    def __init__(self, reader: Callable[[Any], Any]) -> None:
        super().__init__()
        self._reader, self.last = reader, None

    def __missing__(self, text: Any) -> Any:
        self.last = text
        value = self[text] = self._reader(text)
        return value


def build(kind: type[T], count: int, columns: Mapping[str, Sequence[Any]]) -> list[T]:
    """`count` values of a frozen slots dataclass from columns named like its fields; the rest takes its defaults.

    The slots are filled column by column: a third of the time that calling `kind` for each row takes.
    """
    made: list[T] = [object.__new__(kind) for _ in range(count)]
    for field in fields(kind):  # type: ignore[arg-type]
        fill = getattr(kind, field.name).__set__
        if field.name in columns:
            values: Any = columns[field.name]
            if len(values) != count:
                raise ValueError(f"{field.name}: {len(values)} values for {count} rows")
        elif field.default is MISSING:
            raise ValueError(f"{field.name}: no column and no default")
        else:
            values = repeat(field.default)
        deque(map(fill, made, values), maxlen=0)
    return made
