"""Files of the demo's user beside the logs: a directory for each project, and what jobs leave in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from .catalogue import ClusterSpec
from .job import SimJob
from .log_text import STEPS_AN_EPOCH, losses, metric_lines, steps_done
from .pictures import curve_png
from .scripts import project_of, work_directory

__all__ = ["products", "project_files"]

_SHARDS = 12


def project_files(spec: ClusterSpec, home: Path) -> Iterator[tuple[Path, str]]:
    """What stands in the directories of the projects of the demo's user, as paths and text."""
    names = {
        f"{campaign.project}_{campaign.campaign}": campaign
        for campaign in spec.campaigns
        if any(user == "demo" for user, _ in campaign.users)
    }
    for name, campaign in names.items():
        directory = Path(work_directory(name, str(home)))
        yield (
            directory / "README.md",
            f"# {campaign.project}\n\nJobs are submitted from here, on {spec.name} ({spec.description}).\n\n"
            "- `configs/` one file for each campaign\n- `outputs/` what jobs leave, a directory for each\n",
        )
        yield directory / "configs" / f"{campaign.campaign}.yaml", _config(campaign.campaign, campaign.limits_h[0])
        yield directory / "data" / "shards.csv", _shards(campaign.project)


def products(job: SimJob, now: float) -> Iterator[tuple[Path, bytes]]:
    """What a job has left in its project by the moment `now`.

    These are metrics, and at a good end a report, a table and a picture. Tasks of arrays leave nothing.
    """
    if job.array_id or job.start is None:
        return
    directory = Path(job.work_dir) / "outputs" / f"{Path(job.name).name}-{job.job_id}"
    metrics = "".join(metric_lines(job, now))
    if metrics:
        yield directory / f"metrics-{job.job_id}.jsonl", metrics.encode()
    if job.end is not None and (job.outcome or job.state) == "COMPLETED":
        values = losses(job, steps_done(job, now))
        yield directory / f"report-{job.job_id}.md", _report(job, values).encode()
        yield directory / f"results-{job.job_id}.csv", _results(values).encode()
        yield directory / f"loss-{job.job_id}.png", curve_png(values)


def _config(campaign: str, limit_h: float) -> str:
    return (
        f"campaign: {campaign}\nlimit_h: {limit_h:g}\noptimizer:\n  name: adamw\n  lr: 3.0e-4\n"
        f"  weight_decay: 0.1\nbatch_size: 256\nsteps_per_epoch: {STEPS_AN_EPOCH}\nseed: 7\n"
    )


def _shards(project: str) -> str:
    rows = (
        f"{shard},{project}-{shard:05}.tar,{20_000 + 137 * shard},{1_250 + 3 * shard}" for shard in range(_SHARDS)
    )
    return "\n".join(["shard,file,samples,mib", *rows]) + "\n"


def _report(job: SimJob, values: list[float]) -> str:
    project, campaign = project_of(job.name)
    return (
        f"# {job.name}\n\nJob {job.job_id} of {project}, campaign {campaign}, on {', '.join(job.placement)}.\n\n"
        f"| | first | best | last |\n|---|---|---|---|\n"
        f"| loss | {values[0]:.4f} | {min(values):.4f} | {values[-1]:.4f} |\n\n"
        f"![loss](loss-{job.job_id}.png)\n\n- {len(values) - 1} steps\n- numbers: `results-{job.job_id}.csv`\n"
    )


def _results(values: list[float]) -> str:
    rows = (
        f"{step // STEPS_AN_EPOCH},{step},{loss:.4f}"
        for step, loss in islice(enumerate(values), 0, None, STEPS_AN_EPOCH)
    )
    return "\n".join(["epoch,step,loss", *rows]) + "\n"
