"""What the board shows of two real clusters, against what their own commands say."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from clausius_panel import actions, queries
from clausius_panel.collector import FLOOR_S
from clausius_panel.model import Job
from clausius_panel.runtime import Runtime

pytestmark = pytest.mark.slurm

Shell = Callable[..., str]


@pytest.fixture
def submit(bed_shell: Shell) -> Iterator[Callable[..., str]]:
    """Submits a job of bob's on beta and gives its id; what is left of them at the end is cancelled."""
    ids: list[str] = []

    def sbatch(options: str, command: str = "sleep 600") -> str:
        said = bed_shell(
            "beta", f"sbatch --parsable -p batch -t 5 -o /dev/null {options} --wrap '{command}'", user="bob"
        )
        ids.append(said.strip())
        return ids[-1]

    yield sbatch
    if ids:
        bed_shell("beta", f"scancel {' '.join(ids)}", user="bob")


def jobs_of(runtime: Runtime, name: str) -> dict[str, Job]:
    """By job id: the jobs of beta with that name."""
    found = queries.jobs(runtime.store, clusters=["beta"], text=name, limit=1000).jobs
    return {job.job_id: job for job in found if job.name == name}


def refresh(runtime: Runtime) -> None:
    """A look at beta that must succeed, accounting included."""
    [answer] = runtime.refresh(["beta"])
    assert (answer.error, answer.source) == ("", "live")
    [status] = queries.cluster_status(runtime.store, clusters=["beta"])
    assert status.warning == ""


def test_the_board_shows_what_squeue_and_sinfo_say_of_both_clusters(
    bed: dict, bed_runtime: Runtime, bed_shell: Shell
):
    answers = bed_runtime.refresh()
    assert [(each.cluster, each.error, each.source) for each in answers] == [
        ("alpha", "", "live"),
        ("beta", "", "live"),
    ]
    status = {each.cluster: each for each in queries.cluster_status(bed_runtime.store)}
    for name in ("alpha", "beta"):
        states = Counter(bed_shell(name, "squeue -h -a -t R,PD -o %T").split())
        assert status[name].jobs["running"] == states["RUNNING"]
        assert status[name].jobs["pending"] == states["PENDING"]
        assert status[name].nodes == len(bed["clusters"][name]["nodes"])
        assert status[name].slurm_version.startswith("22.05")
        assert status[name].accounting == "yes"
        assert status[name].warning == ""
    assert status["alpha"].gpus_total == 32
    assert status["beta"].gpus_total == 16


def test_an_array_a_het_job_and_a_dependent_job_are_told_apart(bed_runtime: Runtime, submit: Callable[..., str]):
    name = f"kinds_{time.time_ns()}"
    array = submit(f"-J {name} --hold --array=1-20%3 -c 1")
    first = submit(f"-J {name} --hold -c 1")
    dependent = submit(f"-J {name} -d afterok:{first} -c 1")
    het = submit(f"-J {name} --hold -c 1 : -c 2")
    refresh(bed_runtime)
    found = jobs_of(bed_runtime, name)
    assert set(found) == {f"{array}_[1-20%3]", first, dependent, f"{het}+0", f"{het}+1"}
    assert found[f"{array}_[1-20%3]"].array_job_id == array
    assert found[f"{array}_[1-20%3]"].array_task_id == "1-20%3"
    assert found[dependent].reason == "Dependency"
    assert first in found[dependent].dependency
    assert {found[f"{het}+{offset}"].het_offset for offset in (0, 1)} == {0, 1}
    assert {found[f"{het}+{offset}"].het_job_id for offset in (0, 1)} == {het}
    assert {job.user for job in found.values()} == {"bob"}


def test_the_end_of_a_job_is_known_from_evidence(
    bed_runtime: Runtime, submit: Callable[..., str], bed_shell: Shell
):
    name = f"ends_{time.time_ns()}"
    job_id = submit(f"-J {name} -p interactive -c 1 --mem=100M", "exit 3")
    waited_until = time.monotonic() + 60
    while "FAILED" not in bed_shell("beta", f"sacct -n -X -P -j {job_id} -o state"):
        assert time.monotonic() < waited_until, "the job did not end"
        time.sleep(0.5)
    refresh(bed_runtime)
    job = jobs_of(bed_runtime, name)[job_id]
    assert (job.state, job.exit_code) == ("FAILED", "3:0")
    detail = queries.job(bed_runtime.store, cluster="beta", job_id=job_id)
    assert detail.evidence in ("sacct", "squeue")
    assert [event.state for event in detail.events] == ["FAILED"]


def test_cancelling_ends_what_is_ours_and_says_why_the_rest_was_not_cancelled(
    bed_runtime: Runtime, bed_cluster: Callable, submit: Callable[..., str], bed_shell: Shell
):
    mine = submit("--hold -c 1")
    array = submit("--hold --array=1-4 -c 1")
    theirs = bed_shell("beta", "squeue -h -u alice -t PD -o %A | head -n 1").strip()
    bob = bed_cluster("beta", user="bob")
    actions.update_cluster(
        bed_runtime.store, "beta", config=bed_runtime.config, user=bob.user, key_file=bob.key_file, actor="test"
    )
    ids = [mine, f"{array}_2", "999", theirs]
    outcome = actions.cancel_jobs(bed_runtime.store, bed_runtime.client("beta"), ids, actor="test")
    assert set(outcome.cancelled) == {mine, f"{array}_2"}
    assert set(outcome.failed) == {"999", theirs}
    assert all(outcome.failed.values())
    left = bed_shell("beta", f"squeue -h -r -j {mine},{array} -t PD -o %i", user="bob").split()
    assert left == [f"{array}_{task}" for task in (1, 3, 4)]


def test_a_cancelled_job_shows_as_cancelled_at_the_next_look(
    bed_runtime: Runtime, submit: Callable[..., str], bed_shell: Shell
):
    name = f"cancelled_{time.time_ns()}"
    job_id = submit(f"-J {name} --hold -c 1")
    refresh(bed_runtime)
    assert jobs_of(bed_runtime, name)[job_id].state == "PENDING"
    looked = time.monotonic()
    bed_shell("beta", f"scancel {job_id}", user="bob")
    while jobs_of(bed_runtime, name)[job_id].state != "CANCELLED":
        assert time.monotonic() < looked + 3 * FLOOR_S, "it never showed"
        bed_runtime.refresh(["beta"], force=True)
        time.sleep(0.5)
    detail = queries.job(bed_runtime.store, cluster="beta", job_id=job_id)
    assert [event.state for event in detail.events] == ["PENDING", "CANCELLED"]
