"""SQL over the history for notebooks and agents: one SELECT over views, bounded in time, memory and rows.

It runs in a process of its own (see `store.sealed`), so that what runs wild ends alone.
"""

from __future__ import annotations

import base64
import json
import shlex
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandFailed, CommandTimeout, InvalidInput, StoreBusy, StoreError
from ..store import Store, clean
from ..store.values import first_line
from ..transport.local import LocalTransport
from .history_rows import ROW_SQL
from .history_views import VIEWS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["ViewColumn", "history_schema", "history_sql"]

MAX_ROWS = 100_000
MAX_SECONDS = 20.0
MAX_SQL = 50_000
MEMORY_MIB = 512

_PARALLEL = threading.BoundedSemaphore(2)
"""Each takes memory and processors from the collector and the board."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """One column that SQL may name."""

    view: str
    column: str
    type: str
    meaning: str  # "" where the name says it


def history_schema(store: Store) -> list[ViewColumn]:
    """The views and columns that `history_sql` knows. Times are in UTC, without a zone."""
    found = []
    with store.read() as cur:
        for name, view in VIEWS.items():
            rows = cur.execute(f"DESCRIBE {_sql(name)}").fetchall()
            found += [
                ViewColumn(view=name, column=column, type=kind, meaning=view.meanings.get(column, ""))
                for column, kind, *_ in rows
            ]
    return found


def history_sql(store: Store, sql: str, *, rows: int = 10_000, seconds: float = 10.0) -> pd.DataFrame:
    """The answer to one SELECT over the views of `history_schema`; times are UTC-aware.

    At most `rows` rows: `frame.attrs["more"]` says whether there were more. Raises `InvalidInput` for what is no
    such SELECT, takes too long or too much memory, and `StoreBusy`, `StoreError`.
    """
    if not 1 <= rows <= MAX_ROWS:
        raise InvalidInput("rows", rows, f"use 1 to {MAX_ROWS}")
    if not 0.1 <= seconds <= MAX_SECONDS:
        raise InvalidInput("seconds", seconds, f"use 0.1 to {MAX_SECONDS:g}")
    if len(sql) > MAX_SQL or "\x00" in sql:
        raise InvalidInput("sql", sql[:80], f"use at most {MAX_SQL} characters, and no NUL")
    question = {
        "path": str(store.path),
        "views": {name: _sql(name) for name in VIEWS},
        "sql": clean(sql),
        "rows": rows,
        "seconds": seconds,
        "memory_mib": MEMORY_MIB,
    }
    with _PARALLEL:
        answer = _ask(store, question, sql)
    try:
        return _frame(answer)
    except (ValueError, OverflowError, NotImplementedError) as error:  # Arrow's errors are some of these
        why = f"pandas cannot hold its answer, cast it to text: {first_line(error)[:200]}"
        raise InvalidInput("sql", sql[:200], why) from error


def _sql(name: str) -> str:
    return VIEWS[name].sql.replace("{ROW_SQL}", ROW_SQL)


def _ask(store: Store, question: dict[str, Any], sql: str) -> dict[str, Any]:
    package = Path(__file__).resolve().parents[2]
    command = (
        f"PYTHONPATH={shlex.quote(str(package))}${{PYTHONPATH:+:$PYTHONPATH}} "
        f"exec {shlex.quote(sys.executable)} -P -m clausius_panel.store.sealed"
    )
    seconds = question["seconds"]
    here = LocalTransport()
    try:
        # a second more than the question has, to start in
        done = here.run(command, stdin=json.dumps(question), timeout_s=seconds + 1.0, max_bytes=64 * 1024 * 1024)
    except CommandTimeout as error:
        raise InvalidInput("sql", sql[:200], f"it took longer than {seconds:g} s; select less") from error
    except CommandFailed as error:
        raise InvalidInput("sql", sql[:200], "its answer is too large; select less") from error
    finally:
        here.close()
    if done.exit_status != 0 or not done.stdout:
        if done.exit_status < 0 or "MemoryError" in done.stderr or "bad_alloc" in done.stderr:
            raise InvalidInput("sql", sql[:200], "it was ended for what it took of memory or time; select less")
        raise StoreError(f"{store.path}: {done.stderr.strip()[-300:] or 'no answer'}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer.get("kind") == "busy":
        raise StoreBusy(store.path, seconds)
    if "error" in answer:
        raise InvalidInput("sql", sql[:200], answer["error"])
    return answer


def _frame(answer: dict[str, Any]) -> pd.DataFrame:
    import pyarrow as pa

    with pa.ipc.open_stream(base64.b64decode(answer["arrow"])) as reader:
        table = reader.read_all()
    frame: pd.DataFrame = _plain(table).to_pandas()
    for name in frame.columns[frame.dtypes.map(lambda kind: getattr(kind, "kind", "") == "M")]:
        if getattr(frame[name].dt, "tz", None) is None:
            frame[name] = frame[name].dt.tz_localize("UTC")
    frame.attrs["more"] = answer["more"]
    return frame


def _plain(table: pa.Table) -> pa.Table:
    """DuckDB's sums of whole numbers are wider than any number of pandas: as whole numbers where they fit."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            try:
                column = table.column(i).cast(pa.int64() if field.type.scale == 0 else pa.float64())
            except pa.ArrowInvalid:
                column = table.column(i).cast(pa.float64())
            table = table.set_column(i, field.name, column)
    return table
