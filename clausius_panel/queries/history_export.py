"""The history as a file: CSV, Parquet or Arrow, written as it is read, so that memory does not grow with it."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Unpack, cast, get_args

from ..errors import InvalidInput
from ..store import Store
from .history_filters import HistoryFilters, history_where
from .history_rows import ROW_SQL

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ExportFormat", "export_history", "export_history_file", "guarded"]

ExportFormat = Literal["csv", "parquet", "arrow"]

_BATCH = 20_000

_FORMULA = r"[=+\-@\t\r]"
"""A cell of text that begins so is a formula to spreadsheets, which would run it."""


def export_history(
    store: Store, sink: BinaryIO, *, format: ExportFormat = "csv", **filters: Unpack[HistoryFilters]
) -> int:
    """Write all jobs that the filters select into `sink`, those submitted first first; how many.

    The columns are the fields of `HistoryRow`, times in UTC. In CSV a text that a spreadsheet would take for a
    formula gets an apostrophe in front. Arrow is the streaming format of IPC. Raises `InvalidInput`.
    """
    if format not in get_args(ExportFormat):
        raise InvalidInput("format", format, f"use one of {', '.join(get_args(ExportFormat))}")
    condition, values = history_where(store, filters)
    rows = f"SELECT {ROW_SQL} FROM jobs WHERE {condition} ORDER BY submit_time, cluster, job_id_raw"
    count = 0
    with store.read() as cur:
        if format == "csv":
            rows = _guarded(cur, rows, values)
        reader = cast("Any", cur).sql(rows, params=values).to_arrow_reader(_BATCH)
        with _writer(sink, format, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                count += batch.num_rows
    return count


def export_history_file(store: Store, path: Path, **filters: Unpack[HistoryFilters]) -> int:
    """The same into a file, whose name ends in .csv, .parquet or .arrow; it is there when it is whole.

    A file of this name is replaced; the new one is for its owner only. Raises `InvalidInput`, `OSError`.
    """
    format = path.suffix[1:]
    if format not in get_args(ExportFormat):
        raise InvalidInput("file", str(path), f"use a name that ends in .{', .'.join(get_args(ExportFormat))}")
    with ExitStack() as undo:
        sink = undo.enter_context(NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False))
        undo.callback(Path(sink.name).unlink, missing_ok=True)
        count = export_history(store, cast("BinaryIO", sink), format=cast("ExportFormat", format), **filters)
        sink.flush()
        Path(sink.name).replace(path)
    return count


def guarded(value: Any) -> Any:
    """The same cell, harmless to a spreadsheet.

    >>> guarded("=1+1"), guarded(-5)
    ("'=1+1", -5)
    """
    return f"'{value}" if isinstance(value, str) and re.match(_FORMULA, value) else value


def _writer(sink: BinaryIO, format: ExportFormat, schema: pa.Schema) -> Any:
    if format == "csv":
        from pyarrow.csv import CSVWriter

        return CSVWriter(sink, schema)
    if format == "parquet":
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(sink, schema, compression="zstd")
    from pyarrow.ipc import new_stream

    return new_stream(sink, schema)


def _guarded(cur: Any, rows: str, values: dict[str, Any]) -> str:
    """The same rows with each text made harmless, and times as ISO 8601 with their zone."""
    described = cur.sql(f"{rows} LIMIT 0", params=values)
    columns = []
    for name, kind in zip(described.columns, described.types, strict=True):
        if str(kind) == "VARCHAR":
            columns.append(
                f"CASE WHEN regexp_matches({name}, '^{_FORMULA}') THEN '''' || {name} ELSE {name} END AS {name}"
            )
        elif str(kind) == "TIMESTAMP":
            columns.append(f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ') AS {name}")
        else:
            columns.append(name)
    return f"SELECT {', '.join(columns)} FROM ({rows}) ORDER BY submit_time, cluster, job_id_raw"
