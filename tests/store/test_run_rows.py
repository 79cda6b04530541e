from dataclasses import replace
from datetime import UTC, datetime

from clausius_panel.store.run_rows import (
    RunRecord,
    delete_runs,
    put_run_metadata,
    put_runs,
    read_runs,
    set_run_notes,
    set_run_star,
)
from tests.store.kit import rows

RUN = RunRecord(
    cluster="alpha",
    run_id="1",
    root_job_id="1",
    name="X",
    run_key="x",
    explicit="",
    user="alice",
    project="p",
    campaign="c",
    first_submit=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_runs_are_kept_and_brought_up_to_date(store):
    with store.write() as cur:
        put_runs(cur, [])
        put_runs(cur, [RUN, replace(RUN, run_id="2", first_submit=None)])
        put_runs(cur, [replace(RUN, name="Y", root_job_id="0")])
    with store.read() as cur:
        found = read_runs(cur, "alpha", ["1", "2", "3"])
    assert found == {
        "1": replace(RUN, name="Y", root_job_id="0"),
        "2": replace(RUN, run_id="2", first_submit=None),
    }


def test_a_star_and_notes_stay_with_their_run(store):
    with store.write() as cur:
        put_runs(cur, [RUN, replace(RUN, run_id="2")])
        set_run_star(cur, "alpha", "1", starred=True)
        set_run_notes(cur, "alpha", "1", notes="line\n<b> \udcff")
    with store.read() as cur:
        found = read_runs(cur, "alpha", ["1", "2"])
    assert (found["1"].starred, found["1"].notes) == (True, "line\n<b> \ufffd")
    assert (found["2"].starred, found["2"].notes) == (False, "")


def test_what_was_captured_stays_when_a_later_look_finds_less(store):
    texts = {"batch_script": "#!/bin/sh", "submit_command": "sbatch x", "work_dir": "/w", "slurm_config": "A=1"}
    sql = "SELECT batch_script, submit_command, work_dir, slurm_config, capture_error FROM runs"
    with store.write() as cur:
        put_runs(cur, [RUN])
        put_run_metadata(cur, "alpha", "1", **texts, error="")
        put_runs(cur, [RUN])
        put_run_metadata(cur, "alpha", "1", **dict.fromkeys(texts, ""), error="gone")
    assert rows(store, sql) == [("#!/bin/sh", "sbatch x", "/w", "A=1", "gone")]
    assert rows(store, "SELECT captured_at IS NOT NULL FROM runs") == [(True,)]


def test_a_run_that_went_into_another_is_forgotten(store):
    with store.write() as cur:
        put_runs(cur, [RUN, replace(RUN, cluster="beta")])
        delete_runs(cur, "alpha", ["1"])
    assert rows(store, "SELECT cluster FROM runs") == [("beta",)]
