"""A made-up year of ended jobs for each cluster of the demo, so that history and usage have something to show.

They are written into the store and not simulated: nothing of them can be asked of the simulated Slurm.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..model.history_job import HistoryJob
from ..store import Store
from ..store.history_rows import merge_history
from .catalogue import ClusterSpec, catalogue
from .hardware import PartitionSpec
from .job import Shape
from .workload import HOUR, Campaign, fate

__all__ = ["PAST_DAYS", "PAST_JOBS", "past_jobs", "write_past"]

PAST_DAYS = 365
"""How many days the past goes back."""

PAST_JOBS = 2_400
"""Jobs of each cluster in it."""

_GAP_DAYS = 1  # all of it ended before: what the simulated Slurm tells of, the board shows alone
_LONGEST_WAIT_S = 24 * HOUR
_DAYS_BEFORE = 3  # a day to be submitted, one to wait and one to run
_FIRST_ID = 1_000_001
_MONTHS = (0.7, 0.8, 1.0, 1.0, 1.1, 0.9, 0.6, 0.5, 1.0, 1.2, 1.3, 0.6)  # how busy each is


def past_jobs(spec: ClusterSpec, *, seed: int, now: datetime, jobs: int = PAST_JOBS) -> list[HistoryJob]:
    """Ended jobs, oldest first; the same `seed` gives the same jobs, moved to the days before `now` (aware)."""
    rng = random.Random(f"past of {spec.name} {seed}")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    weights = [campaign.weight for campaign in spec.campaigns]
    numbers: dict[str, int] = {}
    found = []
    for submitted in _submissions(rng, midnight - timedelta(days=_GAP_DAYS), jobs):
        campaign = rng.choices(spec.campaigns, weights)[0]
        stem = f"{campaign.project}_{campaign.campaign}"
        numbers[stem] = numbers.get(stem, 0) + 1
        rest = rng.choice(campaign.rests).format(n=numbers[stem], k=numbers[stem] % 5 + 1)
        found.append(_job(rng, spec, campaign, f"{stem}_{rest}", submitted))
    found.sort(key=lambda job: job.submit_time or midnight)
    return [_numbered(job, _FIRST_ID + i) for i, job in enumerate(found)]


def write_past(store: Store, *, seed: int, now: datetime) -> None:
    """Put the past of all clusters into a store, as an import would."""
    found = [job for spec in catalogue() for job in past_jobs(spec, seed=seed, now=now)]
    with store.write() as cur:
        merge_history(cur, found, evidence="import", at=now)


def _submissions(rng: random.Random, end: datetime, jobs: int) -> Iterator[datetime]:
    """Moments of a year: busier months, fewer at weekends, most in working hours. Jobs end before `end`."""
    for _ in range(jobs):
        while True:
            day = rng.randrange(_DAYS_BEFORE, PAST_DAYS)
            if rng.random() < _MONTHS[day * 12 // PAST_DAYS] / max(_MONTHS):
                break
        hour = min(23.0, max(0.0, rng.gauss(14.0, 4.0)))
        early = rng.random() < 0.6
        moment = end - timedelta(days=day) + timedelta(hours=hour, minutes=rng.uniform(0, 59))
        if early and moment.weekday() >= 5:  # what would run over a weekend is mostly submitted before it
            moment -= timedelta(days=2)
        yield moment.replace(microsecond=0)


def _job(rng: random.Random, spec: ClusterSpec, campaign: Campaign, name: str, submitted: datetime) -> HistoryJob:
    user, account = rng.choice(campaign.users)
    shape, limit_s = rng.choice(campaign.shapes), rng.choice(campaign.limits_h) * HOUR
    run_s, state, exit_code = fate(rng, limit_s, campaign.fraction)
    median_h = 0.1 if campaign.boost > 0 else 0.3 + 0.15 * shape.nodes * (1 + shape.gpus)
    waited = min(_LONGEST_WAIT_S, rng.lognormvariate(math.log(median_h * HOUR), 1.3))
    started = submitted + timedelta(seconds=int(waited))
    elapsed = int(run_s)
    gpus, cpus = shape.nodes * shape.gpus, shape.nodes * shape.cpus
    used: dict[str, Any] = _used(rng, campaign, shape, elapsed, started)
    return HistoryJob(
        cluster=spec.name,
        job_id="",
        job_id_raw="",
        submit_time=submitted,
        eligible_time=submitted,
        start_time=started,
        end_time=started + timedelta(seconds=elapsed),
        name=name,
        user=user,
        account=account,
        partition=campaign.partition,
        qos=campaign.qos,
        state=state,
        exit_code=exit_code,
        nodes=shape.nodes,
        cpus=cpus,
        memory_mib=shape.nodes * shape.memory_mib,
        gpus=gpus,
        gpu_type=shape.gpu_type,
        tres=_tres(shape, cpus, gpus),
        elapsed_s=elapsed,
        time_limit_s=int(limit_s),
        project=campaign.project,
        campaign=campaign.campaign,
        node_list=_nodes(rng, spec, campaign.partition, shape),
        **used,
    )


def _used(
    rng: random.Random, campaign: Campaign, shape: Shape, elapsed: int, started: datetime
) -> dict[str, float | int | datetime | None]:
    """What it used: each campaign has its habits, some of them wasteful."""
    habit = random.Random(f"{campaign.project} {campaign.campaign}").random()
    busy = min(1.0, max(0.02, rng.gauss(0.35 + 0.55 * habit, 0.12)))
    return {
        "total_cpu_s": round(elapsed * shape.nodes * shape.cpus * busy, 1),
        "max_rss_mib": int(shape.memory_mib * min(0.98, max(0.03, rng.gauss(0.15 + 0.6 * habit, 0.1)))),
        "gpu_util": round(100 * min(0.99, max(0.0, rng.gauss(0.2 + 0.75 * habit, 0.1))), 1)
        if shape.gpus
        else None,
        "used_at": started + timedelta(seconds=elapsed),
    }


def _nodes(rng: random.Random, spec: ClusterSpec, partition: str, shape: Shape) -> str:
    names = _partition(spec, partition).nodes
    first = rng.randrange(max(1, len(names) - shape.nodes + 1))
    return ",".join(names[first : first + shape.nodes])


def _partition(spec: ClusterSpec, name: str) -> PartitionSpec:
    return next(one for one in spec.partitions if one.name == name)


def _tres(shape: Shape, cpus: int, gpus: int) -> str:
    plain = f"cpu={cpus},mem={shape.nodes * shape.memory_mib}M,node={shape.nodes}"
    return f"{plain},gres/gpu={gpus},gres/gpu:{shape.gpu_type}={gpus}" if gpus else plain


def _numbered(job: HistoryJob, number: int) -> HistoryJob:
    return replace(job, job_id=str(number), job_id_raw=str(number))
