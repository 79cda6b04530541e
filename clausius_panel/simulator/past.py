"""A made-up year of ended jobs for each cluster of the demo, so that history and usage have something to show.

They are written into the store and not simulated: nothing of them can be asked of the simulated Slurm. The last
weeks are as busy as the simulated days that follow them: what was made up for the year is there repeated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ..model.history_job import HistoryJob
from ..store import Store
from ..store.history_rows import history_table, merge_history
from ..store.values import Kind, arrow_table
from .catalogue import ClusterSpec, catalogue
from .hardware import PartitionSpec
from .job import Shape
from .workload import HOUR, Campaign, fate

__all__ = ["PAST_DAYS", "PAST_JOBS", "RECENT_JOBS", "past_jobs", "write_past"]

PAST_DAYS = 365
"""How many days the past goes back."""

PAST_JOBS = 1_800
"""Jobs of each cluster that are spread over it."""

_WEEKS = (1.0,) * 6 + tuple(0.75**back for back in range(1, 11))  # how busy the last weeks are, the latest first
_WEEK_JOBS = 1_700  # of each cluster: about as many jobs and GPU hours as in a simulated week
_USUAL_H = 2.5  # GPU hours of a job that is half as frequent in the last weeks as one that took no time

RECENT_JOBS = sum(round(part * _WEEK_JOBS) for part in _WEEKS)
"""Jobs of each cluster that its last weeks have besides."""

_GAP_DAYS = 1  # all of it ended before: what the simulated Slurm tells of, the board shows alone
_LONGEST_WAIT_S = 24 * HOUR
_DAYS_BEFORE = 3  # a day to be submitted, one to wait and one to run
_FIRST_ID = 1_000_001
_MONTHS = (0.7, 0.8, 1.0, 1.0, 1.1, 0.9, 0.6, 0.5, 1.0, 1.2, 1.3, 0.6)  # how busy each is


def past_jobs(spec: ClusterSpec, *, seed: int, now: datetime, jobs: int = PAST_JOBS) -> list[HistoryJob]:
    """Ended jobs without ids, oldest first, of the year before `now` (aware); the same for the same `seed`."""
    rng = random.Random(f"past of {spec.name} {seed}")
    end = _end(now)
    weights = [campaign.weight for campaign in spec.campaigns]
    numbers: dict[str, int] = {}
    found = []
    for submitted in _submissions(rng, end, jobs):
        campaign = rng.choices(spec.campaigns, weights)[0]
        stem = f"{campaign.project}_{campaign.campaign}"
        numbers[stem] = numbers.get(stem, 0) + 1
        rest = rng.choice(campaign.rests).format(n=numbers[stem], k=numbers[stem] % 5 + 1)
        found.append(_job(rng, spec, campaign, f"{stem}_{rest}", submitted))
    found.sort(key=lambda job: job.submit_time or end)
    return found


def write_past(store: Store, *, seed: int, now: datetime) -> None:
    """Put the past of all clusters into a store: the year as an import would, its repetitions by the store itself.

    What was written before is not written again.
    """
    jobs, ids = list[HistoryJob](), list[str]()
    moves: dict[str, list[Any]] = {name: [] for name in _MOVE}
    for spec in catalogue():
        year = past_jobs(spec, seed=seed, now=now)
        own, again = _again(random.Random(f"weeks of {spec.name} {seed}"), year, now)
        jobs, ids = jobs + year, ids + own
        for name, values in again.items():
            moves[name] += values
    table = history_table(jobs)
    given = arrow_table({"id": ("text", ids)}).column("id")
    for name in ("job_id", "job_id_raw"):
        table = table.set_column(table.schema.get_field_index(name), name, given)
    moved = arrow_table({name: (kind, moves[name]) for name, kind in _MOVE.items()})
    with store.write() as cur:
        if not merge_history(cur, table, evidence="import", at=now).new:
            return
        cur.register("past_moves", moved)
        try:
            cur.execute(_REPEAT)
        finally:
            cur.unregister("past_moves")


_MOVE: dict[str, Kind] = {"cluster": "text", "of_id": "text", "id": "text", "moved_s": "int64"}
_TIMES = ("submit_time", "eligible_time", "start_time", "end_time", "used_at")
_REPEAT = f"""
    INSERT INTO jobs
    SELECT j.* REPLACE (m.id AS job_id, m.id AS job_id_raw,
                        {", ".join(f"j.{name} + to_seconds(m.moved_s) AS {name}" for name in _TIMES)})
    FROM jobs j JOIN past_moves m ON m.cluster = j.cluster AND m.of_id = j.job_id_raw
"""


def _again(rng: random.Random, jobs: list[HistoryJob], now: datetime) -> tuple[list[str], dict[str, list[Any]]]:
    """The ids of a cluster's year, and what is repeated of it, as `_MOVE`; all ids rise with the submission."""
    places, shifts = _recent(rng, jobs, now)
    begun = [job.submit_time.timestamp() if job.submit_time else 0 for job in jobs]
    submits = begun + [begun[place] + shift for place, shift in zip(places, shifts, strict=True)]
    ids = [""] * len(submits)
    for number, at in enumerate(sorted(range(len(submits)), key=submits.__getitem__), _FIRST_ID):
        ids[at] = str(number)
    moves: dict[str, list[Any]] = {
        "cluster": [jobs[place].cluster for place in places],
        "of_id": [ids[place] for place in places],
        "id": ids[len(jobs) :],
        "moved_s": shifts,
    }
    return ids[: len(jobs)], moves


def _recent(rng: random.Random, jobs: list[HistoryJob], now: datetime) -> tuple[list[int], list[int]]:
    """Which jobs are repeated in the last weeks, by place, and by how many seconds; all still end before the gap.

    They move by whole weeks, so that Sunday stays Sunday, and by minutes, so that no two are at the same moment.
    """
    week_s, end = 7 * 86_400, _end(now)
    order = sorted(range(len(jobs)), key=lambda at: (jobs[at].name, jobs[at].elapsed_s))  # the same on any day
    ages = [(end - (job.end_time or end)) // timedelta(seconds=week_s) for job in jobs]
    weights = [1 / (_USUAL_H + _gpu_hours(jobs[at])) for at in order]  # most simulated jobs are small ones
    places, shifts = [], []
    for ago, part in enumerate(_WEEKS):
        for place in rng.choices(order, weights, k=round(part * _WEEK_JOBS)):
            places.append(place)
            shifts.append((ages[place] - ago) * week_s - rng.randrange(60, 3600))
    return places, shifts


def _gpu_hours(job: HistoryJob) -> float:
    """Of a job without GPUs, the CPU hours that are worth as much."""
    return job.elapsed_s * max(job.gpus, job.cpus / 16) / 3600


def _end(now: datetime) -> datetime:
    """All made-up jobs ended before."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_GAP_DAYS)


def _submissions(rng: random.Random, end: datetime, jobs: int) -> Iterator[datetime]:
    """Moments of a year: busier months, fewer at weekends, most in working hours. Jobs end before `end`."""
    for _ in range(jobs):
        while True:
            day = rng.randrange(_DAYS_BEFORE, PAST_DAYS)
            if rng.random() < _MONTHS[day * 12 // PAST_DAYS] / max(_MONTHS):
                break
        hour = min(23.0, max(0.0, rng.gauss(14.0, 4.0)))
        early, weekday = rng.random() < 0.4, rng.randrange(5)  # drawn on any day: the rest must not depend on it
        moment = end - timedelta(days=day) + timedelta(hours=hour, minutes=rng.uniform(0, 59))
        if (
            early and moment.weekday() >= 5
        ):  # much of what would run over a weekend is submitted on the days before
            moment -= timedelta(days=moment.weekday() - weekday)
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
    habit = _habit(f"{campaign.project} {campaign.campaign}")
    busy = min(1.0, max(0.02, rng.gauss(0.35 + 0.55 * habit, 0.12)))
    return {
        "total_cpu_s": round(elapsed * shape.nodes * shape.cpus * busy, 1),
        "max_rss_mib": int(shape.memory_mib * min(0.98, max(0.03, rng.gauss(0.15 + 0.6 * habit, 0.1)))),
        "gpu_util": round(100 * min(0.99, max(0.0, rng.gauss(0.2 + 0.75 * habit, 0.1))), 1)
        if shape.gpus
        else None,
        "used_at": started + timedelta(seconds=elapsed),
    }


@cache
def _habit(campaign: str) -> float:
    return random.Random(campaign).random()


def _nodes(rng: random.Random, spec: ClusterSpec, partition: str, shape: Shape) -> str:
    names = _partition(spec, partition).nodes
    first = rng.randrange(max(1, len(names) - shape.nodes + 1))
    return ",".join(names[first : first + shape.nodes])


def _partition(spec: ClusterSpec, name: str) -> PartitionSpec:
    return next(one for one in spec.partitions if one.name == name)


def _tres(shape: Shape, cpus: int, gpus: int) -> str:
    plain = f"cpu={cpus},mem={shape.nodes * shape.memory_mib}M,node={shape.nodes}"
    return f"{plain},gres/gpu={gpus},gres/gpu:{shape.gpu_type}={gpus}" if gpus else plain
