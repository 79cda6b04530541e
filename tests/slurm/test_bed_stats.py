"""What jobs use, on a real cluster: sstat, the steps of accounting, and a step inside a running job."""

import time
from collections.abc import Callable, Iterator

import pytest

from clausius_panel.job_stats import ask
from clausius_panel.model import is_final
from clausius_panel.queries import job
from clausius_panel.runtime import Runtime
from clausius_panel.slurm.stats import cpu_seconds
from clausius_panel.store import audit_rows, put_cluster, set_setting

pytestmark = pytest.mark.slurm

Shell = Callable[..., str]

BURN = 'python3 -c "x = bytearray(200 << 20); import time; t = time.time()\nwhile time.time() - t < {s}: pass"'
"""Uses one CPU and 200 MiB for some seconds."""

FAKE = """#!/bin/sh
i=0
for g in $(echo "$CUDA_VISIBLE_DEVICES" | tr , " "); do
  echo "$i, GPU-$SLURMD_NODENAME-$g, NVIDIA A100, 3, 512, 40960, 60.5, 31"
  i=$((i + 1))
done
"""


@pytest.fixture
def mine(bed_runtime: Runtime, bed_cluster: Callable) -> Runtime:
    """A runtime that sees beta as bob, and looks as often as it is asked to."""
    with bed_runtime.store.write() as cur:
        put_cluster(cur, bed_cluster("beta", user="bob", scope="everyone"))
        set_setting(cur, "stats_interval_s", 10)
    return bed_runtime


@pytest.fixture
def submit(bed_shell: Shell) -> Iterator[Callable[..., str]]:
    """Submits a small job of bob's on beta and gives its id; what is left of them at the end is cancelled."""
    ids: list[str] = []

    def sbatch(command: str, options: str = "") -> str:
        script = f"#!/bin/sh\n{command}\n"
        line = f"sbatch --parsable -p interactive --mem=500M -t 5 -o /dev/null {options} <<'EOS'\n{script}EOS\n"
        ids.append(bed_shell("beta", line, user="bob").strip())
        return ids[-1]

    yield sbatch
    if ids:
        bed_shell("beta", f"scancel {' '.join(ids)}", user="bob")


def until(condition: Callable[[], bool], what: str, *, within_s: float = 90) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.5)


def state(runtime: Runtime, job_id: str) -> str:
    runtime.refresh(["beta"], force=True)
    try:
        return job(runtime.store, cluster="beta", job_id=job_id).job.state
    except ValueError:
        return ""


def test_a_running_array_task_is_measured_and_accounting_tells_of_it_afterwards(
    mine: Runtime, submit: Callable, bed_shell: Shell
):
    array = submit(f"srun {BURN.format(s=25)}", "-n 1 -c 1 --array=1-2")
    task = f"{array}_1"
    until(lambda: state(mine, task) == "RUNNING", "the task does not run")
    until(lambda: (ask(mine, "beta", task).rss_mib or 0) >= 200, "sstat tells of no memory")
    live = ask(mine, "beta", task)
    assert 200 <= (live.max_rss_mib or 0) < 500
    assert (live.problems, live.gpus) == ([], 0)
    assert live.source.startswith("sstat")
    until(lambda: is_final(state(mine, task)), "the task does not end")
    until(lambda: ask(mine, "beta", task).source.startswith("sacct"), "accounting tells nothing")
    ended = ask(mine, "beta", task)
    assert ended.max_rss_mib is not None
    assert ended.max_rss_mib >= 200
    assert ended.cpus_used is not None
    told = bed_shell("beta", f"sacct -n -P -j {task} -o TotalCPU,ElapsedRaw", user="bob").split()[0]
    total, elapsed = told.split("|")  # a busy machine gives it less than the whole of a CPU
    assert ended.cpus_used == pytest.approx((cpu_seconds(total) or 0) / int(elapsed), abs=0.05)
    assert 0 < ended.cpus_used <= 1.0


@pytest.fixture
def wide(bed_shell: Shell) -> str:
    """A running job of alice's on alpha with GPUs on several nodes, which the seed left."""
    found = bed_shell("alpha", "squeue -h -t R -u alice -o '%i %D %b'").splitlines()
    jobs = [words[0] for words in map(str.split, found) if int(words[1]) > 1 and "gpu" in words[2]]
    if not jobs:
        pytest.skip("no job of alice's holds GPUs on several nodes at the moment (seed.py submits one)")
    return jobs[0]


def test_gpus_are_seen_by_a_step_on_every_node_of_the_job(
    bed_runtime: Runtime, bed_shell: Shell, bed_cluster: Callable, wide: str
):
    runtime, home = bed_runtime, bed_shell("alpha", "echo $HOME").strip().splitlines()[-1]
    steps = bed_shell("alpha", f"squeue -s -h -j {wide} -o %i").split()
    first = ask(runtime, "alpha", wide, by_step=True)
    assert "its nodes have no nvidia-smi: the GPUs were not measured" in first.problems
    assert (first.gpu_percent, first.devices) == (None, [])

    bed_shell(
        "alpha", f"mkdir -p ~/stats && cat > ~/stats/nvidia-smi <<'EOS'\n{FAKE}EOS\nchmod +x ~/stats/nvidia-smi"
    )
    with runtime.store.write() as cur:
        put_cluster(cur, bed_cluster("alpha", slurm_path=f"{home}/stats"))
    seen = ask(runtime, "alpha", wide, by_step=True, actor="test")
    found = job(runtime.store, cluster="alpha", job_id=wide).job
    assert seen.problems == []
    assert len(seen.devices) == found.gpus
    assert len({gpu.node for gpu in seen.devices}) == found.nodes > 1
    assert {(gpu.percent, gpu.memory_total_mib) for gpu in seen.devices} == {(3.0, 40960)}
    rows = [(row.outcome, row.actor) for row in audit_rows(runtime.store) if row.action == "step"]
    assert rows == [("done", "test"), ("failed", "script")]
    until(
        lambda: bed_shell("alpha", f"squeue -s -h -j {wide} -o %i").split() == steps, "a step is left in the job"
    )


def test_a_job_of_somebody_else_is_not_asked_for(mine: Runtime, bed_shell: Shell):
    mine.refresh(["beta"], force=True)
    others = bed_shell("beta", "squeue -h -t R -u alice -o %i").split()
    assert others, "the seed left alice a running job"
    stats = ask(mine, "beta", others[0])
    assert stats.problems == ["Slurm tells what a running job uses only to its owner (alice)"]
    assert stats.as_of is None
