"""Formats of squeue and sinfo: `-o "%.8i %j"` and `-O "JobID:8,Name:0X"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Column", "Described", "line", "read_long", "read_short"]

_SHORT = re.compile(r"%(\.?)(\d*)(.)([^%]*)", re.DOTALL)
_LONG = re.compile(r"(\.?)(\d*)(.*)", re.DOTALL)
_DEFAULT_WIDTH = 20


class Described(Protocol):
    """A field has a header."""

    @property
    def header(self) -> str:
        """What stands above the column."""
        ...


F = TypeVar("F", bound=Described)


@dataclass(frozen=True, slots=True)
class Column(Generic[F]):
    """A field, its width (0: as wide as it is) and side, and what follows it. No field: `suffix` alone."""

    field: F | None
    width: int = 0
    right: bool = False
    suffix: str = ""

    def cut(self, value: str) -> str:
        """The value in its column."""
        if self.width:
            value = value.encode()[: self.width].decode(errors="ignore")
            value = value.rjust(self.width) if self.right else value.ljust(self.width)
        return value + self.suffix


def read_short(text: str, fields: Mapping[str, F]) -> tuple[list[Column[F]], list[str]]:
    """The columns of -o, and the letters that there are not: they are printed as they stand."""
    columns: list[Column[F]] = [Column(None, suffix=text.partition("%")[0])]
    unknown: list[str] = []
    for match in _SHORT.finditer(text):
        right, width, letter, suffix = match.groups()
        field = fields.get(letter)
        if field is None:
            unknown.append(letter)
            columns.append(Column(None, suffix=match.group()))
        else:
            columns.append(Column(field, int(width or 0), bool(right), suffix))
    return columns, unknown


def read_long(text: str, fields: Mapping[str, F]) -> tuple[list[Column[F]], list[str]]:
    """The columns of -O, and the names that there are not: they are left out."""
    columns: list[Column[F]] = []
    unknown: list[str] = []
    for token in text.split(",") if text else ():
        name, colon, rest = token.partition(":")
        field = fields.get(name.lower())
        if field is None:
            unknown.append(name)
            continue
        match = _LONG.fullmatch(rest)
        right, width, suffix = match.groups() if match else ("", "", rest)
        size = int(width or 0) if colon else _DEFAULT_WIDTH
        columns.append(Column(field, size, bool(right), suffix))
    return columns, unknown


def line(columns: list[Column[F]], value: Callable[[F], str]) -> str:
    """One line of output."""
    return "".join(
        column.suffix if column.field is None else column.cut(value(column.field)) for column in columns
    )
