import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.imports import load, open_source, sacct_dump
from clausius_panel.ingest.verbs import ingest_parquet
from clausius_panel.keys import add_key
from tests.benchmarks.history_data import history_sql
from tests.history_kit import job_rows
from tests.imports.test_sacct_dump import HEADER, JOB
from tests.imports.test_sqlite_file import JOB as BOARD_JOB

ROOT = Path(__file__).resolve().parents[2]


def test_all_jobs_are_written_and_a_second_time_changes_nothing(store, dump):
    path = dump(HEADER, JOB, JOB.replace("|7|", "|8|"), JOB.replace("|7|", "|9|").replace("COMPLETED", "RUNNING"))
    [step] = load(store, open_source(path, cluster="gauss"))
    assert (step.rows, step.new, step.unfinished) == (3, 2, 1)
    before = job_rows(store, "*")
    [step] = load(store, open_source(path, cluster="gauss"))
    assert (step.new, step.changed, step.same) == (0, 0, 2)
    assert job_rows(store, "*") == before


SUBMITTED = [datetime(2026, 1, 1, 10) + timedelta(minutes=i) for i in range(4)]
# the columns of a weekly file, and of a yearly one; the second of each has no start, the third never ran
BOTH_WAYS = {
    "weekly": {
        "User": ["a", "b", "b", "a"], "QOS": ["normal"] * 4, "Account": ["lab"] * 4, "Partition": ["gpu"] * 4,
        "Submit": SUBMITTED, "Start": [SUBMITTED[0] + timedelta(hours=1), None, None, SUBMITTED[3]],
        "End": [SUBMITTED[0] + timedelta(hours=3), None, SUBMITTED[2], None],
        "State": ["COMPLETED", "FAILED", "CANCELLED by 7", "COMPLETED"], "WaitingTime [h]": [1.0, 0.5, None, 0.0],
        "Elapsed [h]": [2.0, 1.0, 0.0, 0.25],
        "Nodes": [2, 1, 0, 1], "NodeList": [["n1", "n2"], ["n1"], [], ["n3"]],
        "CPUs": [8, 0, 1, 2], "GPUs": [0, 4, 0, 0], "CPU-hours": [16.0, 4.0, 0.0, 0.5],
        "GPU-hours": [0.0, 4.0, 0.0, 0.0], "AveCPU": ["00:10:00"] * 4,
        "TotalCPU": ["01:00:00"] * 3 + ["00:00:00"],
        "AveDiskRead": ["1M"] * 4, "AveDiskWrite": ["2.5M"] * 4, "MaxRSS": ["102401K", "", None, "0"],
        "Cluster": ["alpha"] * 4,
    },
    "yearly": {
        "JobID": ["1", "2_3", "4+1", "5"], "User": ["a", "b", "b", "a"], "Account": ["unknown"] * 4,
        "Partition": ["p"] * 4, "QOS": [None, "q", "q", "q"],
        "State": ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"],
        "Submit": SUBMITTED, "Start": [SUBMITTED[0], None, None, SUBMITTED[3]],
        "End": [SUBMITTED[0] + timedelta(hours=3), SUBMITTED[1] + timedelta(hours=2), SUBMITTED[2], None],
        "CPUHours": [3.0, 2.0, 0.0, 1.0], "GPUHours": [3.0, 0.0, 0.0, 0.0], "CPUs": [1, 2, 0, 4],
        "GPUs": [1, 0, 0, 0], "Nodes": [1] * 4, "NodeList": ["gpu[01-04]", "n1", "None assigned", "n2"],
        "WaitingTimeHours": [0.0, 1.0, None, 0.0], "ElapsedHours": [3.0, 1.0, None, 0.25],
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", BOTH_WAYS)
@pytest.mark.parametrize("upload_first", [False, True])
def test_a_file_that_comes_by_import_and_by_upload_is_the_same_jobs(store, parquet, layout, upload_first):
    path, key = parquet("a.parquet", BOTH_WAYS[layout]), add_key(store, "alpha").key

    def by_upload():
        with path.open("rb") as file:
            told = ingest_parquet(store, file, key=key)
        return told.new, told.changed, told.refused

    def by_import():
        [step] = load(store, open_source(path, cluster="alpha"))
        return step.new, step.changed, len(step.bad)

    first, second = (by_upload, by_import) if upload_first else (by_import, by_upload)
    assert first() == (4, 0, 0)
    assert second() == (0, 0, 0)
    used = [row for row in job_rows(store, "total_cpu_s") if row[0]]
    assert len(used) == (3 if layout == "weekly" else 0)


def test_rows_that_the_store_refuses_are_told_by_their_place(store, parquet):
    from tests.imports.test_parquet_files import OLDER

    path = parquet("a.parquet", {**OLDER, "Cluster": ["../evil"]})
    [step] = load(store, open_source(path))
    assert (step.new, [bad.place for bad in step.bad]) == (0, ["a.parquet row 1"])


def test_a_persons_jobs_come_as_runs_with_their_stars_and_notes(store, board):
    second = {**BOARD_JOB, "job_id": "101", "submitted": "2026-07-01T12:01:00"}
    path = board([BOARD_JOB, second], runs=[("eos", "100", 1, "my notes"), ("eos", "999", 1, "of nothing")])
    list(load(store, open_source(path)))
    assert len({run for (run,) in job_rows(store, "run_id")} - {None}) == 1
    with store.read() as cur:
        assert cur.execute("SELECT starred, notes FROM runs").fetchall() == [(True, "my notes")]


def test_notes_that_are_there_stay(store, board):
    path = board([BOARD_JOB], runs=[("eos", "100", 1, "old")])
    list(load(store, open_source(path)))
    with store.write() as cur:
        cur.execute("UPDATE runs SET notes = 'newer'")
    list(load(store, open_source(path)))
    with store.read() as cur:
        assert cur.execute("SELECT notes FROM runs").fetchall() == [("newer",)]


def test_everybodys_jobs_are_in_no_run(store, dump):
    list(
        load(
            store,
            open_source(dump(HEADER, JOB, JOB.replace("|7|", "|8|").replace("alice", "bob")), cluster="gauss"),
        )
    )
    assert job_rows(store, "run_id", "evidence") == [(None, "import")] * 2


def test_a_dump_of_one_users_jobs_comes_as_runs_and_projects(store, dump, monkeypatch):
    monkeypatch.setattr(sacct_dump, "BATCH", 2)
    rows = [JOB.replace("|7|", f"|{i}|").replace("|train|", "|llm_base_train|") for i in (7, 8, 9)]
    steps = list(load(store, open_source(dump(HEADER, *rows), cluster="gauss")))
    assert len(steps) > 1
    [(run, project)] = set(job_rows(store, "run_id", "project"))
    assert (run, project) == ("7", "llm")


PROGRAM = """
import sys
from pathlib import Path
from clausius_panel.imports import load, open_source, parquet_files
from clausius_panel.store import Store
parquet_files.BATCH = 300
for step in load(Store.open(sys.argv[1]), open_source(Path(sys.argv[2]), cluster="gauss")):
    print(step.new, flush=True)
"""


def test_kill_9_in_the_middle_loses_nothing_that_was_told_and_doubles_nothing(store, tmp_path):
    path = tmp_path / "jobs.parquet"
    with store.read() as cur:
        made = history_sql(3000)
        columns = 'job_id AS "JobID", state AS "State", submit_time AS "Submit", start_time AS "Start"'
        cur.execute(f"COPY (SELECT {columns} FROM ({made})) TO '{path}' (FORMAT parquet)")
    words = [sys.executable, "-c", PROGRAM, str(store.path), str(path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        told = sum(int(process.stdout.readline()) for _ in range(3))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    ids = [job_id for (job_id,) in job_rows(store, "job_id")]
    assert told <= len(ids) < 3000
    assert len(set(ids)) == len(ids)
    list(load(store, open_source(path, cluster="gauss")))
    ids = [job_id for (job_id,) in job_rows(store, "job_id")]
    assert len(ids) == len(set(ids)) == 3000
