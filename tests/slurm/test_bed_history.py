"""The history of two real clusters, against what their own sacct says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel import backfill
from clausius_panel.runtime import Runtime
from clausius_panel.slurm import PollRequest
from tests.history_kit import job_rows

pytestmark = pytest.mark.slurm

FIELDS = "JobIDRaw,Submit,State,ElapsedRaw,AllocCPUS"
STATES = "BF,CA,CD,DL,F,NF,OOM,PR,RQ,RV,TO"  # without -s sacct leaves out what was cancelled while it was held


@pytest.mark.parametrize("cluster", ["alpha", "beta"])
def test_every_job_that_ended_comes_as_accounting_has_it(
    bed_runtime: Runtime, bed_shell: Callable[..., str], cluster: str
):
    until = datetime.now(UTC).replace(microsecond=0)
    steps = list(
        backfill.run(bed_runtime, cluster, since=until - timedelta(days=3), until=until, all_users=True, pause_s=0)
    )
    script = (
        "export TZ=UTC0 SLURM_TIME_FORMAT=standard; "
        f"sacct -a -D -X -n -P -S now-3days -E {until:%FT%T} -s {STATES} -o {FIELDS},End"
    )
    told = [line.split("|") for line in bed_shell(cluster, script).splitlines() if line.count("|") == 5]
    wanted = {
        (raw, submit, state.partition(" ")[0], elapsed, cpus)
        for raw, submit, state, elapsed, cpus, end in told
        if state not in ("RUNNING", "PENDING") and end != "Unknown" and end <= f"{until:%FT%T}"
    }
    rows = job_rows(
        bed_runtime.store,
        "job_id_raw",
        "submit_time",
        "state",
        "elapsed_s",
        "cpus",
        where=f"cluster = '{cluster}'",
    )
    found = {
        (raw, f"{submit:%FT%T}", state, str(elapsed), str(cpus)) for raw, submit, state, elapsed, cpus in rows
    }
    # a job that never started has no CPUs but asked for some
    never_ran = {row for row in wanted if row[3] == "0"}
    assert {row[:3] for row in wanted} == {row[:3] for row in found}
    assert wanted - never_ran <= found
    assert sum(step.new for step in steps) == len(found) > 20


def test_what_steps_used_comes_with_the_jobs(bed_runtime: Runtime):
    list(
        backfill.run(bed_runtime, "alpha", since=datetime.now(UTC) - timedelta(days=3), all_users=True, pause_s=0)
    )
    used = job_rows(bed_runtime.store, "total_cpu_s", "max_rss_mib", "used_at", where="elapsed_s > 3")
    assert used
    assert all(at is not None for _, _, at in used)
    assert any(cpu for cpu, _, _ in used)
    assert any(rss for _, rss, _ in used)


def test_a_poll_brings_the_usage_of_the_jobs_it_is_asked_for(bed_runtime: Runtime):
    list(backfill.run(bed_runtime, "beta", since=datetime.now(UTC) - timedelta(days=3), all_users=True, pause_s=0))
    ids = tuple(raw for (raw,) in job_rows(bed_runtime.store, "job_id_raw", where="elapsed_s > 0"))[:3]
    snapshot = bed_runtime.client("beta").poll(PollRequest(unused=ids))
    assert snapshot.problems == ()
    assert snapshot.used is not None
    assert {job.job_id_raw for job in snapshot.used} == set(ids)
