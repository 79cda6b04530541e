"""Runs and job control on a real cluster: what we do is what Slurm says was done."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from clausius_panel import control, records
from clausius_panel.queries.run_detail import run
from clausius_panel.queries.runs import runs
from clausius_panel.runtime import Runtime
from clausius_panel.store import put_cluster
from clausius_panel.store.runs import assign_runs

pytestmark = pytest.mark.slurm

Shell = Callable[..., str]
HOSTILE = "x_$(touch pwned)_'; \"<img onerror=alert(1)> \\ |,%"


@pytest.fixture
def mine(bed_runtime: Runtime, bed_cluster: Callable) -> Runtime:
    """A runtime that sees beta as bob."""
    with bed_runtime.store.write() as cur:
        put_cluster(cur, bed_cluster("beta", user="bob", scope="mine"))
    return bed_runtime


@pytest.fixture
def submit(bed_shell: Shell) -> Iterator[Callable[..., str]]:
    """Submits a small job of bob's on beta and gives its id; what is left of them at the end is cancelled."""
    ids: list[str] = []

    def sbatch(options: str, command: str = "sleep 600") -> str:
        line = f"sbatch --parsable -p interactive -c 1 --mem=50M -t 5 -o /dev/null {options} --wrap '{command}'"
        ids.append(bed_shell("beta", line, user="bob").strip())
        return ids[-1]

    yield sbatch
    if ids:
        bed_shell("beta", f"scancel {' '.join(ids)}", user="bob")


@pytest.fixture
def field(bed_shell: Shell) -> Callable[[str, str], str]:
    """A field of a job, as squeue prints it."""

    def ask(job_id: str, name: str) -> str:
        return bed_shell("beta", f"squeue -h -t all -j {job_id} -O {name}:100", user="bob").strip()

    return ask


def until(condition: Callable[[], bool], what: str, *, within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.5)


def look(runtime: Runtime) -> None:
    """A fresh look at beta, and its jobs in runs."""
    with runtime.store.write() as cur:
        cur.execute("UPDATE cluster_state SET last_attempt = NULL, accounted_until = NULL")
    [fresh] = runtime.refresh(["beta"], force=True)
    assert fresh.error == ""
    with runtime.store.write() as cur:
        assign_runs(cur, "beta", at=datetime.now(UTC))


def test_hold_and_release_are_what_the_owner_could_have_done(mine: Runtime, submit: Callable, field: Callable):
    job, array = submit("--begin=now+1hour"), submit("--begin=now+1hour --array=1-3")
    client = mine.client("beta")
    done = control.hold(mine.store, client, [job, f"{array}_2", "99999999"], actor="test")
    assert done.done == [job, f"{array}_2"]
    assert "not in the queue" in done.failed["99999999"]
    assert field(job, "reason") == "JobHeldUser"
    assert control.release(mine.store, client, [job]).done == [job]
    assert field(job, "reason") != "JobHeldUser"


def test_a_waiting_job_is_changed(mine: Runtime, submit: Callable, field: Callable):
    job = submit("--hold")
    client = mine.client("beta")
    assert control.set_nice(mine.store, client, [job], 123).done == [job]
    assert control.set_time_limit(mine.store, client, [job], "0-00:03:00").done == [job]
    assert control.set_partition(mine.store, client, [job], "batch").done == [job]
    assert [field(job, name) for name in ("nice", "timelimit", "partition")] == ["123", "3:00", "batch"]
    assert "may not" in control.set_nice(mine.store, client, [job], -5).failed[job]
    assert "no such partition" in control.set_partition(mine.store, client, [job], "nosuch").failed[job]
    assert job in control.to_top(mine.store, client, [job]).failed
    theirs = control.hold(mine.store, client, ["1"])
    assert theirs.failed


def test_a_running_job_is_requeued_and_counts_as_one_with_two_attempts(
    mine: Runtime, submit: Callable, field: Callable
):
    job = submit(f"--requeue -J again_{time.time_ns()}")
    until(lambda: field(job, "state") == "RUNNING", "it did not start")
    look(mine)
    time.sleep(1.1)  # Slurm counts submissions in whole seconds
    assert control.requeue(mine.store, mine.client("beta"), [job]).done == [job]
    until(lambda: field(job, "restartcnt") == "1", "it was not requeued")
    look(mine)
    detail = run(mine.store, cluster="beta", run_id=job)
    assert [row.job.attempts for row in detail.rows] == [2]
    assert sum(detail.summary.tasks.values()) == 1
    assert "waits already" in control.requeue(mine.store, mine.client("beta"), [job]).failed.get(
        job, "waits already"
    )


def test_a_chain_whose_first_job_fails_is_one_run_with_a_blocked_job_and_a_backup(
    mine: Runtime, submit: Callable, bed_shell: Shell
):
    name = f"chain_{time.time_ns()}"
    first = submit(f"-J {name}_prep --hold", "exit 3")
    good = submit(f"-J {name}_train -d afterok:{first}")
    rescue = submit(f"-J {name}_rescue -d afternotok:{first} --begin=now+1hour")
    sweep = submit(f"-J {name}_sweep -d afterany:{rescue} --array=1-4")
    look(mine)
    bed_shell("beta", f"scontrol release {first}", user="bob")
    never = "DependencyNeverSatisfied"
    until(lambda: never in bed_shell("beta", f"squeue -h -j {good} -o %r", user="bob"), "it did not fail")
    look(mine)
    detail = run(mine.store, cluster="beta", run_id=sweep)
    assert detail.summary.run_id == first
    rows = {row.job.job_id: row for row in detail.rows}
    assert list(rows) == [first, good, rescue, sweep]
    assert [row.depth for row in rows.values()] == [0, 1, 1, 2]
    assert [row.role for row in rows.values()] == ["", "dependent", "backup", "dependent"]
    assert rows[good].is_blocked
    assert (rows[first].state, rows[first].job.exit_code) == ("FAILED", "3:0")
    assert rows[sweep].job.tasks == 4
    done = control.cancel_run(mine.store, mine.client("beta"), good, actor="test")
    assert set(done.done) == {good, rescue, sweep}
    assert bed_shell("beta", f"squeue -h -j {good},{rescue},{sweep} -t PD -o %i", user="bob") == ""


def test_hostile_names_run_nothing_and_lose_nothing(mine: Runtime, bed_shell: Shell, submit: Callable):
    name = f"{HOSTILE}{time.time_ns()}"
    quoted = "'" + name.replace("'", "'\\''") + "'"
    job = submit(f"--hold -J {quoted} --comment {quoted}")
    look(mine)
    [found] = runs(mine.store, clusters=["beta"], text=name.split()[-1]).runs
    assert (found.run_id, found.name, found.project) == (job, name, "x")
    client = mine.client("beta")
    assert control.set_nice(mine.store, client, [job], 7).done == [job]

    def is_captured() -> bool:
        records.capture_run_metadata(mine.store, client, job)
        return run(mine.store, cluster="beta", run_id=job).metadata.captured_at is not None

    until(is_captured, "accounting did not hear of it")
    metadata = run(mine.store, cluster="beta", run_id=job).metadata
    assert metadata.slurm_config["JobName"] == name
    assert metadata.slurm_config["Comment"] == name
    assert metadata.batch_script.endswith("sleep 600\n")
    assert metadata.submit_command.startswith("sbatch --parsable")
    assert metadata.error == ""
    assert bed_shell("beta", "ls ~", user="bob").find("pwned") < 0


@pytest.mark.parametrize("user", ["bob", "dave"])
def test_a_script_runs_on_the_login_node_even_under_a_shell_that_talks(
    bed_runtime: Runtime, bed_cluster: Callable, user: str
):
    with bed_runtime.store.write() as cur:
        put_cluster(cur, bed_cluster("beta", user=user))
    script = (
        "#!/usr/bin/env python3\nimport getpass, sys\nprint(getpass.getuser())\n"
        "print('oops', file=sys.stderr)\nsys.exit(5)\n"
    )
    client = bed_runtime.client("beta")
    done = control.run_script(bed_runtime.store, client, script, actor="test")
    assert (done.stdout, done.stderr, done.exit_code) == (f"{user}\n", "oops\n", 5)
    slow = control.run_script(bed_runtime.store, client, "sleep 60", interpreter="bash", timeout_s=1)
    assert slow.timed_out
    assert client.test().user == user
