"""What the page of history selects, as a file."""

from __future__ import annotations

import base64
import io

import pyarrow.parquet as pq
import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.runtime import Runtime
from clausius_panel.views import history_export
from clausius_panel.views.history_export import FORMATS, history_file
from tests.views.past_kit import fill_recent

__all__: list[str] = []


def test_a_file_holds_what_is_selected(runtime: Runtime) -> None:
    fill_recent(runtime, 300)
    file, rows = history_file(runtime.store, "parquet", filters={"partitions": ["gpu"]})
    table = pq.read_table(io.BytesIO(base64.b64decode(file["base64"])))
    assert rows == table.num_rows > 0
    assert set(table["partition"].to_pylist()) == {"gpu"}


@pytest.mark.parametrize("kind", list(FORMATS))
def test_every_format_bears_its_name(runtime: Runtime, kind: history_export.ExportFormat) -> None:
    fill_recent(runtime, 10)
    file, rows = history_file(runtime.store, kind, filters={})
    assert rows == 10
    assert file["name"] == f"history.{FORMATS[kind].suffix}"
    assert file["type"] == FORMATS[kind].media


def test_a_file_that_would_be_too_long_is_refused_with_the_way_to_get_it(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_recent(runtime, 30)
    monkeypatch.setattr(history_export, "MOST_ROWS", 10)
    with pytest.raises(InvalidInput, match="clausius history"):
        history_file(runtime.store, "csv", filters={})
