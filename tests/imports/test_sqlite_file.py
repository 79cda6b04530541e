import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.imports.batch import RunMark
from clausius_panel.imports.sqlite_file import SqliteFile

JOB = {
    "cluster": "eos",
    "job_id": "100",
    "job_name": "hle_mpsf_run1_train",
    "state": "CANCELLED by 7",
    "exit_code": "0:15",
    "elapsed": "1-01:00:00",
    "nodes": "2",
    "gres": "gpu:8",
    "partition": "batch",
    "submitted": "2026-07-01T12:00:00",
    "started": "2026-07-01T12:30:00",
    "ended_at": "2026-07-02T13:30:00",
    "account": "lab",
    "log_path": "/logs/100.out",
}


def read(path, *, cluster="", zone=UTC):
    [batch] = SqliteFile(path, cluster=cluster, zone=zone).read()
    return batch


def test_a_row_of_the_board_is_a_job(board):
    [job] = read(board([JOB]), zone=ZoneInfo("Europe/Berlin")).table.to_pylist()
    assert (job["cluster"], job["job_id"], job["state"], job["elapsed_s"]) == ("eos", "100", "CANCELLED", 90000)
    assert (job["nodes"], job["gpus"], job["stdout_path"]) == (2, 16, "/logs/100.out")
    assert job["submit_time"] == datetime(2026, 7, 1, 10)


def test_the_running_time_is_told_from_start_and_end_where_it_is_missing(board):
    [job] = read(board([{**JOB, "elapsed": None}])).table.to_pylist()
    assert job["elapsed_s"] == 90000


def test_rows_of_other_programs_and_without_submission_are_left_out(board):
    batch = read(board([JOB, {**JOB, "job_id": "sdk-1"}, {**JOB, "job_id": "9", "submitted": None}]))
    assert batch.table.num_rows == 1
    assert [(bad.place, bad.reason) for bad in batch.bad] == [
        ("history.db row 2", "not a job id: 'sdk-1'"),
        ("history.db row 3", "no time of submission: ''"),
    ]


def test_runs_with_a_star_or_notes_are_told(board):
    path = board([JOB], runs=[("eos", "100", 1, ""), ("eos", "101", 0, "mine"), ("eos", "102", 0, None)])
    assert list(SqliteFile(path, cluster="", zone=UTC).marks()) == [
        RunMark(cluster="eos", job_id="100", starred=True, notes=""),
        RunMark(cluster="eos", job_id="101", starred=False, notes="mine"),
    ]


def test_the_file_is_not_changed(board):
    path = board([JOB])
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.glob("history.db*")] == ["history.db"]


def test_it_says_what_it_ignores(board):
    assert "board_visible" in SqliteFile(board([JOB]), cluster="", zone=UTC).ignored


def test_another_sqlite_file_and_a_damaged_one_are_refused(tmp_path):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    with pytest.raises(InvalidInput, match="no table job_history"):
        SqliteFile(other, cluster="", zone=UTC)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(InvalidInput, match="SQLite says"):
        SqliteFile(damaged, cluster="", zone=UTC)


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
ROW = "SELECT x AS rowid, x AS job_id, 'COMPLETED' AS state, '2026-01-01' AS submitted FROM c"
MARK = "SELECT x AS cluster, x AS root_job_id, 1 AS starred, '' AS notes FROM c"


def test_a_view_without_an_end_is_never_read(board, tmp_path):
    path = tmp_path / "endless.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE VIEW job_history AS {ENDLESS}{ROW}")
    with pytest.raises(InvalidInput, match="no table job_history"):
        SqliteFile(path, cluster="", zone=UTC)
    good = board([JOB])
    with closing(sqlite3.connect(good)) as connection:
        connection.execute("DROP TABLE IF EXISTS runs")
        connection.execute(f"CREATE VIEW runs AS {ENDLESS}{MARK}")
    assert list(SqliteFile(good, cluster="", zone=UTC).marks()) == []


def test_a_value_of_gigabytes_is_refused_and_a_long_number_is_cut(board):
    path = board([{**JOB, "nodes": "9" * 5000}])
    assert read(path).rows == 1
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE job_history SET job_name = zeroblob(50000000)")
    with pytest.raises(InvalidInput, match="too big"):
        read(path)
