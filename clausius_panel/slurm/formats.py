r"""Formats of `squeue` and `sinfo` that no text can break.

Fields end in \x1f, those that many records share in \x1d. Those that users fill stand last, and a guard that is
new for each poll parts them and ends the record: no name can shift a field or feign a record. A field of width 0
is never cut.
"""

from __future__ import annotations

import re
import secrets
import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat

from ..errors import ParseError
from .columns import Columns
from .dialect import Dialect

__all__ = ["LONG", "Format", "new_guard", "record_end", "refused_fields"]

LONG = "-O"
"""Stands in `Dialect.missing` for a version whose -O knows no suffix: it is asked by -o and its letters."""

_PART, _RECORD, _FIELD = "\x1d", "\x1e", "\x1f"
_SHARED = "*"  # the column of the shared fields, not yet taken apart
_REFUSED = re.compile(r"Invalid (?:job|node|sinfo) format specification:\s*([^\s:]+)")


def new_guard() -> str:
    """What parts the texts of users in one poll.

    Thousands of jobs can bear thousands of guesses each, so there are 52 ** 8 of them.
    """
    return _FIELD + "".join(secrets.choice(string.ascii_letters) for _ in range(8))


def record_end(guard: str) -> str:
    """What ends a record: not the guard itself, after which a name may go on as it likes."""
    return _RECORD + guard.removeprefix(_FIELD).swapcase()


def refused_fields(stderr: str) -> tuple[str, ...]:
    """The fields that this version does not know, in its own words on stderr."""
    return tuple(_REFUSED.findall(stderr))


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What is asked of one command."""

    command: str
    head: tuple[str, ...]  # fields of -O that Slurm fills
    shared: tuple[str, ...] = ()  # the same, but those that many records have in common
    tail: tuple[str, ...]  # fields that people fill with whatever they like
    letters: Mapping[str, str]  # what -o has of them
    first: str  # what the header begins with

    def fields(self, dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The head, shared and tail fields this cluster's version has, as far as we know it."""
        letters = dialect.lacks(self.command, LONG)

        def known(names: tuple[str, ...]) -> tuple[str, ...]:
            if letters:
                return tuple(name for name in names if name in self.letters)
            return tuple(name for name in names if not dialect.lacks(self.command, name))

        return known(self.head), known(self.shared), known(self.tail)

    def words(self, dialect: Dialect, *, guard: str) -> list[str]:
        """The option that asks for the fields, as words of shell."""
        head, shared, tail = self.fields(dialect)
        ends = [_FIELD] * len(head) + [_PART] * len(shared) + [guard] * len(tail)
        ends[len(head) + len(shared) - 1] = guard  # before the first text of a person
        ends[-1] = record_end(guard)
        pairs = list(zip(head + shared + tail, ends, strict=True))
        if dialect.lacks(self.command, LONG):
            return ["-o", shlex.quote("".join(self.letters[field] + end for field, end in pairs))]
        return [LONG, shlex.quote(",".join(f"{field}:0{end}" for field, end in pairs))]

    def take_apart(self, table: Columns, dialect: Dialect) -> tuple[Columns, list[int]]:
        """The shared fields of a table: the distinct ones, and for every record which it has.

        Raises `ParseError`.
        """
        return table.shared(_SHARED, _PART, self.fields(dialect)[1])

    def table(self, text: str, dialect: Dialect, *, guard: str) -> Columns:
        """The records of an answer.

        Raises `ParseError` for anything that does not begin with the header that was asked for and end with a
        whole record: an empty answer is not an empty cluster.
        """
        head, shared, tail = self.fields(dialect)
        if shared:
            head += (_SHARED,)
        end = record_end(guard)
        begin, found, body = text.partition(f"{end}\n")
        header = begin.rpartition("\n")[2]  # a wrapper may have talked before it
        # a guard begins like the end of a field
        width = (header.count(_FIELD) + 1, header.count(_PART))
        expected = (len(head) + len(tail), max(0, len(shared) - 1))
        if not found or not header.startswith(self.first) or width != expected:
            raise ParseError(self.command, 1, header, "not the header that was asked for")
        body = body.rstrip("\n")
        if body and not body.endswith(end):
            line = body.count(end) + 2
            raise ParseError(self.command, line, body[-200:], "the last record is cut off")
        return self._aligned(body, head + tail, guard) or self._by_record(body, head, tail, guard)

    def _aligned(self, body: str, names: tuple[str, ...], guard: str) -> Columns | None:
        r"""The columns by one split of everything; None where a record has another width.

        Ten times as fast as splitting each record. Nobody knows the guard, so only the records' real ends bear it:
        where it stands at each multiple of the width, nobody has put an \x1f into a name.
        """
        if not body:
            return Columns(self.command, 0, {})
        end = record_end(guard)
        flat = f"{body}\n".replace(f"{end}\n", _FIELD + end).replace(guard, _FIELD)
        pieces = f"{end}{flat}".split(_FIELD)
        width, count = len(names), len(pieces) // len(names)
        first = pieces[:-1:width]
        if pieces.pop() != end or len(pieces) != count * width or not all(map(str.startswith, first, repeat(end))):
            return None
        columns = {name: pieces[index::width] for index, name in enumerate(names)}
        columns[names[0]] = [piece[len(end) :] for piece in first]
        return Columns(self.command, count, columns)

    def _by_record(self, body: str, head: tuple[str, ...], tail: tuple[str, ...], guard: str) -> Columns:
        rows = []
        for line, record in enumerate(f"{body}\n".split(f"{record_end(guard)}\n")[:-1], 2):
            first, *rest = record.split(guard)
            if len(rest) != len(tail):
                raise ParseError(self.command, line, record, f"{len(rest)} texts, {len(tail)} are expected")
            rows.append(first.split(_FIELD) + rest)
        return Columns.from_rows(self.command, head + tail, rows)
