import os
import signal
import subprocess
import sys
from pathlib import Path

from clausius_panel.imports import load, open_source
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


def test_others_jobs_are_in_no_run(store, dump):
    list(load(store, open_source(dump(HEADER, JOB), cluster="gauss")))
    assert job_rows(store, "run_id", "evidence") == [(None, "import")]


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
