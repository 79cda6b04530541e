"""Rows that were read and found good, set aside in a file until all of them are there.

So a body is read without holding the store, however slowly it comes, and is then merged as a whole or not at all.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RowRefused
from ..store.history_rows import HISTORY_COLUMNS
from ..store.values import arrow_table
from .refusals import RowRefusal
from .rows import COLUMNS, read_row

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MAX_TOLD", "PIECE", "Staged", "staged"]

PIECE = 4_000
"""Rows that are written at a time: Arrow lets no other thread of ours run while it reads them."""

MAX_TOLD = 100
"""Of how many refused rows the answer tells; all of them are counted."""

_PIECES = 100_000 // PIECE  # of them are merged at a time
_AHEAD = timedelta(days=2)  # what clocks and zones may be off
_PREFIX = "ingest-"
_STALE_S = 86_400
_LONGEST = 80  # of a refused value that is told


@dataclass(slots=True, kw_only=True)
class Staged:
    """What was set aside."""

    received: int = 0
    refused: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)  # the first of them
    path: Path

    def batches(self, *, cluster: str) -> Iterator[pa.Table]:
        """The good rows as `merge_history` takes them."""
        import pyarrow as pa  # late: it costs as much as DuckDB
        import pyarrow.compute as pc

        now = pa.scalar(datetime.now(UTC).replace(tzinfo=None), pa.timestamp("us"))
        if self.received == self.refused:
            return
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_stream(file) as stream:
            while pieces := list(itertools.islice(stream, _PIECES)):
                table = pa.Table.from_batches(pieces)
                used_at = pc.if_else(pc.is_valid(table["total_cpu_s"]), now, pa.scalar(None, now.type))
                table = table.append_column("used_at", used_at)
                yield table.append_column("cluster", pa.repeat(pa.scalar(cluster), len(table)))


@contextmanager
def staged(rows: Iterable[Any], *, zone: tzinfo, directory: Path) -> Iterator[Staged]:
    """Read all rows into a file that is gone afterwards. Raises what `rows` raises."""
    _drop_left(directory)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=directory) as place:
        found = Staged(path=Path(place) / "rows.arrows")
        _write(_good(rows, zone, found), found.path)
        yield found


def _drop_left(directory: Path) -> None:
    """Remove what a process that was killed has left."""
    for left in directory.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left, ignore_errors=True)


def _good(rows: Iterable[Any], zone: tzinfo, found: Staged) -> Iterator[tuple[Any, ...]]:
    latest = datetime.now(UTC).replace(tzinfo=None) + _AHEAD
    for row in rows:
        found.received += 1
        try:
            values = read_row(row, zone=zone, latest=latest)
        except RowRefused as refusal:
            found.refused += 1
            if len(found.refusals) < MAX_TOLD:
                found.refusals.append(_told(refusal, found.received))
        else:
            yield values


def _told(refusal: RowRefused, row: int) -> RowRefusal:
    value = "" if refusal.value is None else str(refusal.value)[:_LONGEST]
    return RowRefusal(row=row, field=refusal.field, value=value, reason=refusal.reason)


def _write(rows: Iterator[tuple[Any, ...]], path: Path) -> None:
    import pyarrow as pa

    writer = None
    while batch := list(itertools.islice(rows, PIECE)):
        columns = zip(COLUMNS, zip(*batch, strict=True), strict=True)
        table = arrow_table({name: (HISTORY_COLUMNS[name], values) for name, values in columns})
        if writer is None:
            writer = pa.ipc.new_stream(str(path), table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
