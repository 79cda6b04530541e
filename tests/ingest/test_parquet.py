import io
from contextlib import suppress
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import BodyRefused
from clausius_panel.ingest import parquet
from clausius_panel.ingest.parquet import parquet_rows
from tests.ingest.kit import a_job


def a_file(*jobs, **options):
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(jobs)), file, **options)
    file.seek(0)
    return file


def test_rows_come_with_the_columns_that_we_know():
    assert list(parquet_rows(a_file(a_job() | {"SubmitYear": 2026}))) == [a_job()]


def test_rows_of_a_file_without_ids_get_some():
    first, second = parquet_rows(a_file({"User": "alice"}, {"User": "alice"}))
    assert len({first["JobID"], second["JobID"]}) == 2


def test_times_of_pandas_are_times():
    frame = pd.DataFrame([a_job(Submit=pd.Timestamp("2026-01-31 10:00"), Start=pd.NaT)])
    file = io.BytesIO()
    frame.to_parquet(file)
    [row] = parquet_rows(file)
    assert row["Submit"] == datetime(2026, 1, 31, 10)
    assert row["Start"] is None


@settings(max_examples=50)
@given(some.data())
def test_a_file_that_is_cut_or_changed_is_read_or_refused(data):
    content = bytearray(a_file(*(a_job(str(n)) for n in range(50))).getvalue())
    if data.draw(some.booleans()):
        content = content[: data.draw(some.integers(0, len(content) - 1))]
    else:
        content[data.draw(some.integers(0, len(content) - 1))] ^= data.draw(some.integers(1, 255))
    with suppress(BodyRefused):
        assert len(list(parquet_rows(io.BytesIO(bytes(content))))) == 50


def test_no_changed_byte_of_the_footer_loses_rows_unsaid():
    content = a_file(*(a_job(str(n)) for n in range(50))).getvalue()
    for place in range(len(content) - 1500, len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        with suppress(BodyRefused):
            assert len(list(parquet_rows(io.BytesIO(bytes(changed))))) == 50


def test_too_many_rows_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(parquet, "MAX_ROWS", 2)
    with pytest.raises(BodyRefused) as caught:
        next(parquet_rows(a_file(*(a_job(str(n)) for n in range(3)))))
    assert caught.value.status == 413


def test_a_group_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(parquet, "MAX_GROUP_BYTES", 100_000)
    bomb = a_file(*(a_job(str(n), User="x" * 1000) for n in range(1000)), use_dictionary=False, compression="zstd")
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(BodyRefused) as caught:
        next(parquet_rows(bomb))
    assert caught.value.status == 413


def test_older_names_and_other_spellings_of_columns_are_known():
    [row] = parquet_rows(a_file({"JobID": "1", "CPU-hours": 2.0, "nodes": 3, "TotalCPU": "01:00"}))
    assert row == {"JobID": "1", "CPUHours": 2.0, "AllocNodes": 3, "TotalCPU": "01:00"}
