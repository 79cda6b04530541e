from __future__ import annotations

import csv
import io
from datetime import date

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history_export import export_history, export_history_file, guarded
from tests.queries.history_kit import add
from tests.stores import filled

FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
    for i, name in enumerate((*FORMULAS, 'plain, "quoted"\nin two lines', "ünïcode")):
        add(store, i, f"01-{i + 1:02} 00:00", 1.5, name=name, gpus=2)


def test_csv_has_every_job_and_no_formula(past):
    sink = io.BytesIO()
    assert export_history(past, sink, format="csv") == 8
    rows = list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline="")))
    assert [row["name"] for row in rows] == [
        *(f"'{name}" for name in FORMULAS),
        'plain, "quoted"\nin two lines',
        "ünïcode",
    ]
    assert rows[0]["start_time"] == "2026-01-01T00:00:00Z"
    assert float(rows[0]["gpu_hours"]) == 3.0


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_columnar_formats_keep_values_as_they_are(past, format):
    sink = io.BytesIO()
    assert export_history(past, sink, format=format, text="plain") == 1
    sink.seek(0)
    table = pyarrow.parquet.read_table(sink) if format == "parquet" else pyarrow.ipc.open_stream(sink).read_all()
    [row] = table.to_pylist()
    assert (row["name"], row["gpu_hours"]) == ('plain, "quoted"\nin two lines', 3.0)


def test_nothing_selected_is_a_file_with_columns_only(past):
    sink = io.BytesIO()
    assert export_history(past, sink, format="csv", text="nosuch") == 0
    assert sink.getvalue().startswith(b'"cluster","job_id"')


def test_a_format_that_is_none_is_refused(past):
    with pytest.raises(InvalidInput, match="parquet"):
        export_history(past, io.BytesIO(), format="xls")


@given(some.text(max_size=20))
def test_no_guarded_text_begins_like_a_formula(text):
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert guarded(text).endswith(text)


def test_a_file_is_there_when_it_is_whole_and_only_then(past, tmp_path):
    path = tmp_path / "jobs.csv"
    assert export_history_file(past, path) == 8
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    for wrong in ({"users": "nobody"}, {"text": 5}):
        with pytest.raises(InvalidInput):
            export_history_file(past, path, **wrong)
    with pytest.raises(InvalidInput, match="parquet"):
        export_history_file(past, tmp_path / "jobs.xls")
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".jobs")] == []


def test_times_in_reverse_make_no_empty_file(past, tmp_path):
    moments = {"since": date(2026, 1, 2), "until": date(2026, 1, 1)}
    with pytest.raises(InvalidInput, match="until"):
        export_history(past, io.BytesIO(), format="csv", **moments)
    with pytest.raises(InvalidInput, match="until"):
        export_history_file(past, tmp_path / "jobs.csv", **moments)
    assert not list(tmp_path.iterdir())
