"""What simulated jobs write: their logs, and the metrics beside them. More time only adds lines."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import pairwise

from .job import SimJob
from .scripts import project_of, stage_of

__all__ = ["STEPS_AN_EPOCH", "log_lines", "losses", "metric_lines", "steps_done"]

STEPS_AN_EPOCH = 50
"""After so many steps an epoch ends: the log says how it went, and a line is added to the metrics."""

_STEPS = 600  # of a run that uses all of its limit
_BAR = 20
_TRACEBACKS = (
    ("data/shards.py", 88, "__next__", "KeyError: \"shard 17 has no field 'labels'\""),
    ("train.py", 229, "training_step", "RuntimeError: NCCL error: unhandled system error"),
    (
        "model/attention.py",
        141,
        "forward",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of "
        "79.11 GiB of which 1.06 GiB is free.",
    ),
    (
        "checkpoint.py",
        57,
        "load",
        "FileNotFoundError: [Errno 2] No such file or directory: 'checkpoints/last/model.pt'",
    ),
    ("train.py", 264, "check_finite", "ValueError: loss is not finite at step {step}: nan"),
)


def steps_done(job: SimJob, now: float) -> int:
    """How many steps the job has made by the moment `now`."""
    return 0 if job.habit == "idle" else int(job.elapsed_s(now) / job.limit_s * _STEPS)


def losses(job: SimJob, steps: int) -> list[float]:
    """The loss before the first step and after each of them; it always goes the same way."""
    rng = random.Random(job.job_id)
    found = [rng.uniform(3.0, 9.0)]
    for _ in range(steps):
        found.append(found[-1] * rng.uniform(0.985, 1.009))
    return found


def log_lines(job: SimJob, now: float) -> list[str]:
    """What the job has written to its log by the moment `now`."""
    steps = steps_done(job, now)
    lines = [*_head(job), *_progress(job, steps)]
    return lines if job.end is None else [*lines, "\n", *_last_words(job, steps)]


def metric_lines(job: SimJob, now: float) -> list[str]:
    """A line of JSON for each epoch that has ended by the moment `now`."""
    steps = steps_done(job, now)
    values = losses(job, steps)
    pace = job.limit_s / _STEPS
    return [
        json.dumps(
            {
                "step": step,
                "epoch": step // STEPS_AN_EPOCH,
                "loss": round(values[step], 4),
                "lr": _rate(step // STEPS_AN_EPOCH),
                "elapsed_s": round(step * pace, 1),
            }
        )
        + "\n"
        for step in range(STEPS_AN_EPOCH, steps + 1, STEPS_AN_EPOCH)
    ]


def _rate(epoch: int) -> float:
    return float(f"{3e-4 / (1 + epoch):.2e}")


def _head(job: SimJob) -> list[str]:
    host, project = next(iter(job.placement), ""), project_of(job.name)[0]
    run = f"{random.Random(f'wandb/{job.job_id}').getrandbits(32):08x}"
    lines = [f"[{host}] job {job.job_id} {job.name}\n"]
    if job.shape.gpus:
        lines += [
            f"wandb: Tracking run with wandb version 0.19.8, run {job.name}\n",
            f"wandb: View run at https://wandb.ai/{job.account}-lab/{project}/runs/{run}\n",
            f"devices: {job.shape.nodes} x {job.shape.gpus} {job.shape.gpu_type}\n",
        ]
    if job.habit == "idle":
        return [*lines, "jupyter: serving notebooks at http://127.0.0.1:8888/lab\n"]
    return [*lines, f"loading config {job.work_dir}/configs/{project_of(job.name)[1]}.yaml\n"]


def _progress(job: SimJob, steps: int) -> Iterator[str]:
    """A bar as tqdm draws it, over and over, and a line for each epoch."""
    values = losses(job, steps)
    total = (
        max(1, int(min(job.run_s, job.limit_s) / job.limit_s * _STEPS)) if job.verdict == "COMPLETED" else _STEPS
    )
    pace, label = job.limit_s / _STEPS, stage_of(job.name)
    for step, (before, loss) in enumerate(pairwise(values)):
        if step % STEPS_AN_EPOCH == 0:
            epoch = step // STEPS_AN_EPOCH
            yield "\n" * bool(step) + f"epoch {epoch:3d} | loss {before:.4f} | lr {_rate(epoch):.2e}\n"
        done = min(step + 1, total)
        bar = "#" * (done * _BAR // total)
        spans = f"{_clock(done * pace)}<{_clock((total - done) * pace)}, {pace:5.2f}s/it, loss={loss:.3f}"
        yield f"\r{label}: {100 * done // total:3d}%|{bar:<{_BAR}}| {done}/{total} [{spans}]"


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def _last_words(job: SimJob, steps: int) -> list[str]:
    """How it ended, in the words of the program or of Slurm."""
    host = next(iter(job.placement), "")
    step = f"slurmstepd: error: *** JOB {job.job_id} ON {host} CANCELLED"
    match job.outcome or job.state:
        case "COMPLETED":
            return [f"saved outputs below {job.work_dir}/outputs\n", "saved checkpoint, done\n"]
        case "FAILED" if job.exit_code.endswith(":11"):
            return [
                f"/var/spool/slurmd/job{job.job_id}/slurm_script: line 24: {job.job_id % 30000 + 2000} "
                "Segmentation fault      (core dumped) python -m train\n"
            ]
        case "FAILED":
            return _traceback(job, steps)
        case "OUT_OF_MEMORY":
            return [
                f"slurmstepd: error: Detected 1 oom_kill event in StepId={job.job_id}.batch. "
                "Some of the step tasks have been OOM Killed.\n"
            ]
        case "TIMEOUT":
            return [f"{step} DUE TO TIME LIMIT ***\n"]
        case "NODE_FAIL":
            return [f"{step} DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***\n"]
        case "PREEMPTED":
            return [f"{step} DUE TO PREEMPTION ***\n"]
        case _:
            return [f"{step} ***\n"]


def _traceback(job: SimJob, steps: int) -> list[str]:
    path, line, function, message = random.Random(f"error/{job.job_id}").choice(_TRACEBACKS)
    source = f"{job.work_dir}/{project_of(job.name)[0]}"
    return [
        "Traceback (most recent call last):\n",
        f'  File "{source}/train.py", line 412, in <module>\n',
        "    main(parse_args())\n",
        f'  File "{source}/{path}", line {line}, in {function}\n',
        f"{message.format(step=steps)}\n",
    ]
