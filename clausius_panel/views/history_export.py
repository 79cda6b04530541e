"""What the page of history selects as a file that the browser keeps. Bounded: it travels in one piece."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any, cast

from ..errors import InvalidInput
from ..queries.history import count_history
from ..queries.history_export import ExportFormat, export_history
from ..queries.history_filters import HistoryFilters
from ..store import Store

__all__ = ["FORMATS", "MOST_ROWS", "FileKind", "history_file"]

MOST_ROWS = 50_000
"""Rows of a file; more of them the command line writes, without holding them in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """A format that can be chosen."""

    title: str
    suffix: str
    media: str  # MIME type


FORMATS: dict[ExportFormat, FileKind] = {
    "csv": FileKind(title="CSV", suffix="csv", media="text/csv;charset=utf-8"),
    "parquet": FileKind(title="Parquet", suffix="parquet", media="application/vnd.apache.parquet"),
    "arrow": FileKind(title="Arrow", suffix="arrows", media="application/vnd.apache.arrow.stream"),
}


def history_file(store: Store, kind: ExportFormat, *, filters: HistoryFilters) -> tuple[dict[str, Any], int]:
    """The file as the page takes it, and its rows. Raises `InvalidInput` where there are more than `MOST_ROWS`."""
    count = count_history(store, **filters)
    if count > MOST_ROWS:
        raise InvalidInput(
            "number of rows", f"{count:,}", f"narrow the filters to {MOST_ROWS:,}, or use clausius history --csv"
        )
    sink = io.BytesIO()
    rows = export_history(store, cast("Any", sink), format=kind, **filters)
    form = FORMATS[kind]
    name = f"history.{form.suffix}"
    return {"name": name, "type": form.media, "base64": base64.b64encode(sink.getvalue()).decode()}, rows
