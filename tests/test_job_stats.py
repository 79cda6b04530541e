from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly, UnknownAttempt, UnknownCluster, UnknownJob
from clausius_panel.job_stats import ask, known_stats, step_refusal, step_warning
from clausius_panel.model import Job
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime
from tests.stats_kit import calls, give, quiet_queue


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    return tmp_path / "slurm"


@pytest.fixture
def runtime(tmp_path: Path, slurm: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        quiet_queue(slurm)
        give(slurm)
        yield runtime


def put(runtime: Runtime, key: str, value: object) -> None:
    with runtime.store.write() as cur:
        st.set_setting(cur, key, value)


def test_a_running_job_of_ones_own_is_told_by_sstat(runtime):
    stats = ask(runtime, CLUSTER, "1")
    assert stats.source.startswith("sstat")
    assert stats.cpus_used == pytest.approx(2.0, rel=0.01)
    assert (stats.rss_mib, stats.max_rss_mib, stats.memory_percent) == (1024, 1024, 25.0)
    assert stats.gpu_percent is None
    assert "a step inside the job can measure it" in stats.unmeasured
    assert stats.problems == []
    assert {verdict.topic for verdict in stats.verdicts} == {"cpu", "memory"}


def test_gpu_use_that_slurm_samples_is_told_as_the_mean_of_the_gpus(runtime, slurm):
    give(slurm, gpu="gres/gpumem=2147483648,gres/gpuutil=150,")
    stats = ask(runtime, CLUSTER, "1")
    assert (stats.gpu_percent, stats.gpu_memory_mib, stats.unmeasured) == (75.0, 2048, "")


def test_the_cluster_is_asked_at_most_once_an_interval_whoever_looks(runtime, slurm):
    first = ask(runtime, CLUSTER, "1")
    give(slurm, cpu="06:00:00")
    assert ask(runtime, CLUSTER, "1").as_of == first.as_of
    assert calls(slurm, "sstat") == 1
    assert known_stats(runtime.store, CLUSTER, "1").as_of == first.as_of


def test_a_look_in_vain_counts_as_a_look_too(runtime, slurm):
    give(slurm, fails="sstat: error: No steps running for job 1")
    stats = ask(runtime, CLUSTER, "1")
    assert (stats.as_of, stats.problems) == (None, ["none of its steps was sampled yet"])
    ask(runtime, CLUSTER, "1")
    assert calls(slurm, "sstat") == 1


def test_no_step_is_ever_started_without_being_asked_for(runtime, slurm):
    ask(runtime, CLUSTER, "1")
    known_stats(runtime.store, CLUSTER, "1")
    assert calls(slurm, "srun") == 0


def test_a_step_measures_each_gpu_and_is_audited(runtime, slurm):
    stats = ask(runtime, CLUSTER, "1", by_step=True, actor="cli")
    assert [(gpu.index, gpu.percent, gpu.memory_mib) for gpu in stats.devices] == [(0, 2.0, 1000), (1, 4.0, 3000)]
    assert (stats.gpu_percent, stats.gpu_memory_mib, stats.gpu_memory_total_mib) == (3.0, 4000, 160_000)
    assert any(verdict.text == "2 GPUs: 3 % used at this moment" for verdict in stats.verdicts)
    [row] = [row for row in st.audit_rows(runtime.store) if row.action == "step"]
    assert (row.actor, row.cluster, row.target, row.outcome) == ("cli", CLUSTER, "1", "done")
    assert (calls(slurm, "srun"), calls(slurm, "sstat")) == (1, 1)


def test_a_step_that_fails_is_told_and_audited_as_failed(runtime, slurm):
    give(slurm, seen="")
    stats = ask(runtime, CLUSTER, "1", by_step=True)
    assert "told of no GPU" in stats.problems[0]
    [row] = [row for row in st.audit_rows(runtime.store) if row.action == "step"]
    assert row.outcome == "failed"


def test_read_only_mode_refuses_the_step_and_nothing_else(runtime, slurm):
    put(runtime, "read_only", True)
    with pytest.raises(ReadOnly):
        ask(runtime, CLUSTER, "1", by_step=True)
    assert calls(slurm, "srun") == 0
    assert ask(runtime, CLUSTER, "1").as_of is not None


@pytest.mark.parametrize(("job_id", "why"), [("2", "PENDING"), ("3", "no GPU"), ("7", "COMPLETED")])
def test_a_step_that_cannot_be_is_refused_with_the_reason(runtime, slurm, job_id, why):
    with pytest.raises(InvalidInput, match=why):
        ask(runtime, CLUSTER, job_id, by_step=True)
    assert calls(slurm, "srun") == 0


def test_who_may_start_a_step_is_told_by_the_job_alone():
    job = Job(
        cluster="a", job_id="1", job_id_raw="1", submit_time=None, state="RUNNING", user="bob", gpus=8, nodes=2
    )
    assert step_refusal(job, user="bob") == ""
    assert step_refusal(job, user="") == ""
    assert "only its owner (bob)" in step_refusal(job, user="alice")
    assert "inside job 1: nvidia-smi runs once on each of its 2 nodes" in step_warning(job)


@pytest.mark.parametrize(("job_id", "why"), [("2", "it has not started"), ("3", "only to its owner (bob)")])
def test_nobody_is_asked_where_no_answer_can_be_had(runtime, slurm, job_id, why):
    stats = ask(runtime, CLUSTER, job_id)
    assert why in stats.problems[0]
    assert known_stats(runtime.store, CLUSTER, job_id).problems == stats.problems
    assert calls(slurm, "sstat") == 0


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "FAILED", "start_time": datetime(2026, 1, 1, tzinfo=UTC)}, "it ran for less than a second"),
        ({"state": "FAILED", "start_time": None}, "it never ran"),
        ({"state": "CANCELLED", "start_time": datetime(2026, 1, 1, tzinfo=UTC)}, "it never ran"),
    ],
)
def test_a_job_that_ended_at_once_has_run_if_it_started(runtime, facts, words):
    at = datetime.now(UTC)
    ended = Job(cluster=CLUSTER, job_id="77", job_id_raw="77", submit_time=at, end_time=at, **facts)
    with runtime.store.write() as cur:
        st.merge_ended(cur, CLUSTER, [ended], at=at)
    assert known_stats(runtime.store, CLUSTER, "77").problems == [words]


def test_an_ended_job_is_told_by_accounting_once_and_for_all(runtime, slurm):
    stats = ask(runtime, CLUSTER, "7")
    assert stats.source.startswith("sacct")
    assert (stats.cpus_used, stats.max_rss_mib, stats.rss_mib, stats.cpu_now_percent) == (1.0, 1024, None, None)
    asked = calls(slurm, "sacct")
    put(runtime, "stats_interval_s", 10)
    assert ask(runtime, CLUSTER, "7").as_of == stats.as_of
    assert calls(slurm, "sacct") == asked


def test_a_cluster_that_cannot_be_asked_leaves_what_was_known(runtime, slurm):
    before = ask(runtime, CLUSTER, "1")
    with runtime.store.write() as cur:
        cur.execute("UPDATE job_stats SET at_time = at_time - INTERVAL 5 MINUTE")
    (slurm / "sstat").write_text("#!/bin/sh\nexit 127\n")
    stats = ask(runtime, CLUSTER, "1")
    assert stats.max_rss_mib == before.max_rss_mib
    assert stats.age_s is not None
    assert stats.age_s >= 300
    assert "sstat was not found" in stats.problems[0]


def test_what_was_kept_goes_after_its_time(runtime):
    ask(runtime, CLUSTER, "7")
    put(runtime, "stats_kept_days", 1)
    with runtime.store.write() as cur:
        cur.execute("UPDATE job_stats SET at_time = at_time - INTERVAL 2 DAY")
    ask(runtime, CLUSTER, "1")
    with runtime.store.read() as cur:
        assert cur.execute("SELECT DISTINCT job_id_raw FROM job_stats").fetchall() == [("1",)]


def test_each_look_counts_among_what_the_cluster_is_asked(runtime):
    def commands() -> float:
        return queries.cluster_status(runtime.store)[0].commands_per_min

    runtime.refresh([CLUSTER])
    before = commands()
    ask(runtime, CLUSTER, "1")
    assert commands() > before


def test_jobs_and_clusters_that_are_none_are_refused(runtime):
    for wrong in ("1; id", "", "99"):
        with pytest.raises(InvalidInput):
            ask(runtime, CLUSTER, wrong)
    with pytest.raises(UnknownCluster):
        ask(runtime, "nosuch", "1")
    with pytest.raises(UnknownJob, match=r"looked up in its queue .*; if it was submitted just now, try again in"):
        ask(runtime, CLUSTER, "99")


ATTEMPTS = """\
JobID|JobIDRaw|NTasks|TotalCPU|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot|Submit
1|1||00:10.000||||||2026-01-01T00:00:00
1.batch|1.batch|1|00:10.000|00:00:10|1|2147483648|||2026-01-01T00:00:00
1|1||00:20.000||||||2026-01-02T03:04:05
"""


def test_an_older_attempt_of_a_requeued_job_is_told_by_itself(runtime, slurm):
    first = datetime(2026, 1, 1, tzinfo=UTC)
    newest = ask(runtime, CLUSTER, "1")
    assert (newest.attempt, newest.attempts) == (1, 1)
    job = replace(queries.job(runtime.store, cluster=CLUSTER, job_id="1").job, submit_time=first, elapsed_s=30)
    with runtime.store.write() as cur:
        st.merge_ended(cur, CLUSTER, [replace(job, state="REQUEUED")], at=datetime.now(UTC))
    give(slurm, ended=ATTEMPTS)
    older = ask(runtime, CLUSTER, "1", submitted=first)
    assert (older.attempt, older.attempts, older.state) == (1, 2, "REQUEUED")
    assert ask(runtime, CLUSTER, "1", attempt=1).state == "REQUEUED"
    assert ask(runtime, CLUSTER, "1", attempt=2).state == "RUNNING"
    assert (older.max_rss_mib, older.problems, older.source[:5]) == (2048, [], "sacct")
    assert known_stats(runtime.store, CLUSTER, "1", submitted=first).max_rss_mib == 2048
    newest = known_stats(runtime.store, CLUSTER, "1")
    assert (newest.attempt, newest.attempts, newest.max_rss_mib) == (2, 2, 1024)


@pytest.mark.parametrize("attempt", [0, 2, -1])
def test_an_attempt_that_is_not_there_is_unknown(runtime, attempt):
    with pytest.raises(
        UnknownAttempt, match=f"attempt: {attempt} is unknown; of job 1 on here 1 attempt is known"
    ):
        ask(runtime, CLUSTER, "1", attempt=attempt)


def test_an_attempt_that_accounting_has_forgotten_is_told_in_words(runtime, slurm):
    ask(runtime, CLUSTER, "1")
    first = datetime(2025, 12, 31, tzinfo=UTC)
    job = replace(queries.job(runtime.store, cluster=CLUSTER, job_id="1").job, submit_time=first, elapsed_s=30)
    with runtime.store.write() as cur:
        st.merge_ended(cur, CLUSTER, [replace(job, state="REQUEUED")], at=datetime.now(UTC))
    give(slurm, ended=ATTEMPTS)
    assert "no record of this attempt" in ask(runtime, CLUSTER, "1", submitted=first).problems[0]
