from datetime import timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.run_detail import array_tasks, run
from clausius_panel.store.run_rows import put_run_metadata
from tests.queries.run_kit import LONG_AGO, a_job, look
from tests.stores import filled


@filled
def chain(store):
    """prep failed; train waits for its success, rescue for its failure; a sweep waits for rescue."""
    look(
        store,
        a_job(1, "p_prep", state="RUNNING", start_time=LONG_AGO, elapsed_s=1),
        a_job(2, "p_train", 1, dependency="afterok:1(unfulfilled)", reason="Dependency"),
        a_job(3, "p_rescue", 2, dependency="afternotok:1(unfulfilled)", reason="Dependency"),
        a_job("4_[1-5]", "p_sweep", 3, array_job_id="4", array_task_id="1-5", dependency="afterany:3"),
    )
    look(
        store,
        a_job(2, "p_train", 1, reason="DependencyNeverSatisfied"),
        a_job(3, "p_rescue", 2, state="RUNNING", start_time=LONG_AGO + timedelta(minutes=9), elapsed_s=60),
        a_job("4_[1-5]", "p_sweep", 3, array_job_id="4", array_task_id="1-5", dependency="afterany:3"),
        ended=(
            a_job(
                1,
                "p_prep",
                state="FAILED",
                start_time=LONG_AGO,
                elapsed_s=480,
                end_time=LONG_AGO + timedelta(minutes=8),
                exit_code="2:0",
            ),
        ),
    )


def test_jobs_come_parents_first_with_depth_arrows_and_roles(chain):
    rows = {row.job.job_id: row for row in run(chain, cluster="beta", run_id="1").rows}
    assert list(rows) == ["1", "2", "3", "4"]
    assert [row.depth for row in rows.values()] == [0, 1, 1, 2]
    assert rows["4"].parents == ("3",)
    assert [row.role for row in rows.values()] == ["", "dependent", "backup", "dependent"]
    assert [row.is_blocked for row in rows.values()] == [False, True, False, False]
    assert rows["1"].job.exit_code == "2:0"
    assert [term.kind for term in rows["2"].job.terms] == ["afterok"]


def test_an_array_is_one_row_that_opens(chain):
    [row] = [row for row in run(chain, cluster="beta", run_id="1").rows if row.job.is_array]
    assert (row.job.job_id, row.job.tasks, row.job.states) == ("4", 5, {"PENDING": 5})
    look(
        chain,
        a_job("4_[2-5]", "p_sweep", 3, array_job_id="4", array_task_id="2-5"),
        a_job("4_1", "p_sweep", 3, job_id_raw="5", array_job_id="4", array_task_id="1", state="RUNNING"),
    )
    opened = array_tasks(chain, cluster="beta", job_id="4")
    assert ([job.job_id for job in opened.jobs], opened.total) == (["4_1", "4_[2-5]"], 2)
    assert array_tasks(chain, cluster="beta", job_id="4", limit=1, offset=1).jobs[0].job_id == "4_[2-5]"
    assert array_tasks(chain, cluster="beta", job_id="99").total == 0


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "4_[1-5]"])
def test_a_run_is_found_by_each_of_its_jobs(chain, name):
    assert run(chain, cluster="beta", run_id=name).summary.run_id == "1"


def test_what_was_never_seen_is_refused(chain):
    for cluster, name in (("beta", "99"), ("alpha", "1; DROP TABLE runs"), ("nowhere", "1"), ("\udcff", "\udcff")):
        with pytest.raises(InvalidInput):
            run(chain, cluster=cluster, run_id=name)


def test_bars_show_waiting_and_running_attempt_by_attempt(chain):
    look(chain, a_job(3, "p_rescue", 60, state="PENDING"))
    bars = [bar for bar in run(chain, cluster="beta", run_id="1").bars if bar.job_id in ("1", "3")]
    assert [(bar.job_id, bar.attempt, bar.state) for bar in bars] == [
        ("1", 1, "FAILED"),
        ("3", 1, "UNKNOWN"),
        ("3", 2, "PENDING"),
    ]
    assert bars[0].started == LONG_AGO
    assert bars[0].ended == LONG_AGO + timedelta(minutes=8)
    assert bars[2].started is None


def test_a_job_that_failed_within_a_second_has_run(chain):
    when = {"start_time": LONG_AGO, "end_time": LONG_AGO, "elapsed_s": 0}
    look(
        chain,
        ended=(
            a_job(8, "q_crash", 3000, state="FAILED", **when),
            a_job(9, "q_left", 9000, state="CANCELLED", **when),
        ),
    )
    assert [bar.started for bar in run(chain, cluster="beta", run_id="8").bars] == [LONG_AGO]
    assert [bar.started for bar in run(chain, cluster="beta", run_id="9").bars] == [None]


def test_it_names_the_earlier_runs_of_its_key_and_its_project(chain):
    look(chain, a_job(50, "p_prep", 500))
    detail = run(chain, cluster="beta", run_id="50")
    assert detail.earlier == [("1", LONG_AGO)]
    assert detail.project is not None
    assert (detail.project.name, detail.cluster.cluster) == ("p", "beta")


def test_what_was_captured_is_shown_field_by_field(chain):
    assert run(chain, cluster="beta", run_id="1").metadata.captured_at is None
    with chain.write() as cur:
        put_run_metadata(
            cur,
            "beta",
            "1",
            batch_script="#!/bin/sh\n",
            submit_command="sbatch x",
            work_dir="/w",
            slurm_config="JobId=1\nComment=a=b c",
            error="",
        )
    metadata = run(chain, cluster="beta", run_id="1").metadata
    assert metadata.captured_at is not None
    assert metadata.slurm_config == {"JobId": "1", "Comment": "a=b c"}
    assert (metadata.batch_script, metadata.submit_command, metadata.work_dir) == ("#!/bin/sh\n", "sbatch x", "/w")


def test_parts_of_a_het_job_are_one_row(store):
    look(store, *(a_job(f"70+{i}", "h", job_id_raw=str(70 + i), het_job_id="70", het_offset=i) for i in (0, 1)))
    [row] = run(store, cluster="beta", run_id="71").rows
    assert (row.job.job_id, row.job.tasks, row.job.is_array) == ("70", 2, False)
    assert [job.het_offset for job in array_tasks(store, cluster="beta", job_id="70").jobs] == [0, 1]
