"""What every source of an import gives, and readers that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ParseError
from ..model.durations import parse_time

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH", "BadRow", "Batch", "RunMark", "Source", "text_of", "time_reader"]

BATCH = 50_000
"""Rows that are held in memory at a time."""

_NOTHING = frozenset({"", "(null)", "n/a", "nan", "nat", "none", "not_set", "null", "unknown"})
"""Words for "not known", in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that is left out."""

    place: str  # "jobs.txt line 17", "jobs_2024.parquet row 3"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of a source."""

    table: pa.Table  # columns of store.history_rows.HISTORY_COLUMNS
    rows: int  # that were read, the bad ones and steps included
    bad: tuple[BadRow, ...] = ()
    places: Sequence[str] = field(default=())  # of the rows of `table`


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMark:
    """What somebody noted about a run, which is found by one of its jobs."""

    cluster: str
    job_id: str
    starred: bool
    notes: str


class Source(Protocol):
    """A file, or several, in one format."""

    @property
    def format(self) -> str:
        """What it is, in words."""
        ...

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that are understood."""
        ...

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that are not."""
        ...

    @property
    def own_jobs(self) -> bool:
        """Whether they are one person's by their very format, who wants to see them as runs."""
        ...

    @property
    def clusters_known(self) -> bool:
        """Whether the data say which cluster each row is of."""
        ...

    def marks(self) -> Iterator[RunMark]:
        """Stars and notes."""
        ...

    def read(self) -> Iterator[Batch]:
        """All rows, from the beginning, each time."""
        ...


def text_of(value: Any) -> str:
    """A text, "" where there is none; lists, which some files keep nodes in, with commas.

    >>> text_of("None"), text_of(None), text_of(12.0), text_of(["n1", "n2"])
    ('', '', '12', 'n1,n2')
    """
    if isinstance(value, list):
        return ",".join(filter(None, map(text_of, value)))
    if isinstance(value, float):
        value = int(value) if value == value and value.is_integer() else "" if value != value else value
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in _NOTHING else text


def time_reader(zone: tzinfo) -> Callable[[Any], datetime | None]:
    """Reads times, as text or as times; one without a zone is of `zone`. Raises `ParseError`."""

    def read(value: Any) -> datetime | None:
        if isinstance(value, datetime):
            when = value
        elif not (text := text_of(value)):
            return None
        else:
            try:
                when = datetime.fromisoformat(text)
            except ValueError:
                return parse_time(text)  # for its words of complaint
        try:
            return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise ParseError("time", 1, str(value), "outside the calendar") from error

    return read
