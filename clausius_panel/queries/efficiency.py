"""Questions about how well resources were used, over jobs that have ended.

CPU        CPU seconds used / (seconds it ran x CPUs it held)        as `seff` has it (Slurm, contribs/seff)
memory     greatest RSS of a task / memory it held                   as `seff` has it, for jobs of one task; for
                                                                     others a lower bound: one task's is known
GPU        mean utilisation of its GPUs, from accounting (gres/gpuutil) or from our own samples
time       seconds it ran / its time limit

A group's figure is weighted by what was held: hours used / hours held, over jobs for which use is known. `known`
says how much of the group's hours that is. Waste is what was held and not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Unpack, get_args

from ..errors import InvalidInput
from ..store import Store, naive
from .history_filters import history_where
from .usage_days import DayFilters, days_of
from .usage_selection import GROUPS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Advice", "EfficiencyGroup", "efficiency", "right_sizing"]

EfficiencyGroup = Literal["", "user", "account", "partition", "cluster", "qos", "project", "state"]

MARGIN = 1.2
"""Advice leaves a fifth above what 95 of 100 jobs needed."""

# least() passes over NULL: what is not known must not become all of it
_JOBS = """
    SELECT *, elapsed_s * cpus / 3600.0 AS cpu_hours, elapsed_s * gpus / 3600.0 AS gpu_hours,
           elapsed_s * memory_mib / 1024.0 / 3600.0 AS memory_hours,
           CASE WHEN total_cpu_s >= 0 THEN least(total_cpu_s, elapsed_s * cpus) / 3600.0 END AS cpu_used,
           CASE WHEN gpu_util >= 0 THEN least(gpu_util, 100) / 100 * elapsed_s * gpus / 3600.0 END AS gpu_used,
           CASE WHEN max_rss_mib >= 0 AND memory_mib > 0
                THEN least(max_rss_mib, memory_mib) * elapsed_s / 1024.0 / 3600.0 END AS memory_used
    FROM jobs
    WHERE NOT in_queue AND elapsed_s > 0 AND end_time >= $e_start AND end_time < $e_end AND {condition}
"""
_GROUPED = """
    SELECT {column} AS "group", count(*) AS jobs, sum(cpu_hours) AS cpu_hours, sum(gpu_hours) AS gpu_hours,
           100 * sum(cpu_used) / nullif(sum(cpu_hours) FILTER (cpu_used IS NOT NULL), 0) AS cpu_percent,
           100 * sum(memory_used) / nullif(sum(memory_hours) FILTER (memory_used IS NOT NULL), 0)
               AS memory_percent,
           100 * sum(gpu_used) / nullif(sum(gpu_hours) FILTER (gpu_used IS NOT NULL), 0) AS gpu_percent,
           100 * sum(elapsed_s) FILTER (time_limit_s > 0)
               / nullif(sum(time_limit_s) FILTER (time_limit_s > 0), 0)::DOUBLE AS time_percent,
           sum(cpu_hours - cpu_used) AS cpu_hours_wasted, sum(gpu_hours - gpu_used) AS gpu_hours_wasted,
           100 * sum(cpu_hours) FILTER (cpu_used IS NOT NULL) / nullif(sum(cpu_hours), 0) AS cpu_known_percent,
           100 * sum(gpu_hours) FILTER (gpu_used IS NOT NULL) / nullif(sum(gpu_hours), 0) AS gpu_known_percent,
           100.0 * count(*) FILTER (memory_used IS NOT NULL) / count(*) AS memory_known_percent
    FROM ({jobs}) GROUP BY ALL ORDER BY gpu_hours_wasted DESC NULLS LAST, cpu_hours_wasted DESC NULLS LAST, 1
"""
# numbers at the end of a part of a name tell runs of the same work apart: eval-r17-rs2 is like eval-r#-rs#, but
# llm7b is not like llm13b. Letters that are not a pattern anywhere, as "*" would be in a shell
_KIND = r"regexp_replace(name, '[0-9]+([^0-9A-Za-z]|$)', '#\1', 'g')"
_SIZES = f"""
    SELECT cluster, user_name, partition, {_KIND} AS kind,
           CASE WHEN min(name) = max(name) THEN min(name) END AS only_name, count(*) AS jobs,
           sum(cpu_hours) AS cpu_hours, sum(memory_hours) AS memory_hours,
           sum(gpu_hours) AS gpu_hours, median(cpus) AS cpus, median(gpus) AS gpus,
           median(memory_mib) AS memory_mib,
           median(time_limit_s) AS time_limit_s,
           quantile_cont(total_cpu_s / elapsed_s, 0.95) AS cpus_used,
           quantile_cont(max_rss_mib, 0.95) AS memory_used,
           quantile_cont(elapsed_s, 0.95) AS time_used, avg(gpu_util) AS gpu_util,
           count(*) FILTER (state IN ('TIMEOUT', 'OUT_OF_MEMORY')) AS cut_off,
           count(total_cpu_s) AS cpu_known, count(max_rss_mib) AS memory_known, count(gpu_util) AS gpu_known
    FROM ({{jobs}}) WHERE state IN ('COMPLETED', 'TIMEOUT', 'OUT_OF_MEMORY')
    GROUP BY ALL HAVING count(*) >= $e_least ORDER BY gpu_hours DESC, cpu_hours DESC LIMIT 2000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What jobs of one kind could ask for instead, and from which figures that follows.

    `used` is what 95 of 100 of them needed (of GPUs: how much of one, on average); `asked` and `advised` are of
    one job, in `unit`. `hours_saved` are CPU hours, for GPUs GPU hours, for memory GiB hours, in the span that was
    looked at; a shorter time limit saves none.
    """

    cluster: str
    user: str
    partition: str
    jobs_like: str  # their name; with "#" for the numbers by which their names differ
    jobs: int
    resource: Literal["cpus", "memory", "gpus", "time"]
    unit: str
    asked: float
    used: float
    advised: float
    hours_saved: float
    why: str


def efficiency(
    store: Store,
    *,
    group: EfficiencyGroup = "user",
    **asked: Unpack[DayFilters],
) -> pd.DataFrame:
    """A row for each group, the greatest waste first, over jobs that ended from `start` to `end` (42 days).

    Columns: group, jobs, cpu_hours, gpu_hours; cpu_percent, memory_percent, gpu_percent, time_percent;
    cpu_hours_wasted, gpu_hours_wasted; cpu_known_percent, gpu_known_percent, memory_known_percent. NaN is
    not known. Raises `InvalidInput`.
    """
    if group not in get_args(EfficiencyGroup):
        raise InvalidInput("group", group, f"use one of {', '.join(filter(None, get_args(EfficiencyGroup)))}")
    jobs, values = _jobs(store, asked)
    column = f"coalesce({GROUPS[group]}, '')" if group else "''"
    with store.read() as cur:
        return cur.execute(_GROUPED.format(column=column, jobs=jobs), values).df()


def right_sizing(
    store: Store,
    *,
    least_jobs: int = 5,
    limit: int = 50,
    **asked: Unpack[DayFilters],
) -> list[Advice]:
    """What jobs that are alike (user, partition, name but for its numbers) could ask for less, or more.

    Only kinds of at least `least_jobs` that ended in the span and whose use is known; GPUs, CPUs, memory and time
    limits in this order, each with what saves most first. Raises `InvalidInput`.
    """
    if least_jobs < 1 or not 1 <= limit <= 1000:
        raise InvalidInput("least_jobs or limit", (least_jobs, limit), "use 1 or more; at most 1000 rows")
    jobs, values = _jobs(store, asked)
    with store.read() as cur:
        found = cur.execute(_SIZES.format(jobs=jobs), {**values, "e_least": least_jobs})
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    advice = [one for row in rows for one in (_cpus(row), _memory(row), _gpus(row), _time(row)) if one]
    return sorted(advice, key=_rank)[:limit]


def _rank(advice: Advice) -> tuple[int, float, str]:
    """What saves most of the dearest comes first; of time limits those that are too long by most."""
    order = {"gpus": 0, "cpus": 1, "memory": 2, "time": 3}
    too_much = advice.jobs * (advice.asked - advice.advised) if advice.resource == "time" else advice.hours_saved
    return order[advice.resource], -too_much, advice.jobs_like


def _jobs(store: Store, asked: DayFilters) -> tuple[str, dict[str, Any]]:
    """SQL of the jobs that ended in these days, before `now` where that is said, and its values."""
    span, filters = days_of(asked)
    condition, values = history_where(store, filters)
    end = min(span.end, asked.get("now") or span.end)
    bounds = {"e_start": naive(span.start), "e_end": naive(end)}
    return _JOBS.format(condition=condition), {**values, **bounds}


def _advice(row: dict[str, Any], **facts: Any) -> Advice:
    return Advice(
        cluster=row["cluster"],
        user=row["user_name"],
        partition=row["partition"],
        jobs_like=row["only_name"] or row["kind"],
        jobs=row["jobs"],
        **facts,
    )


def _cpus(row: dict[str, Any]) -> Advice | None:
    """Fewer CPUs, where whole ones stood idle."""
    used = row["cpus_used"]
    if used is None or row["cpus"] <= 1:
        return None
    advised = max(1, -(-used * MARGIN // 1))
    if advised >= row["cpus"]:
        return None
    return _advice(
        row,
        resource="cpus",
        unit="CPUs",
        asked=row["cpus"],
        used=round(used, 2),
        advised=advised,
        hours_saved=row["cpu_hours"] * (1 - advised / row["cpus"]),
        why=f"95 of 100 kept at most {used:.1f} of {row['cpus']:.0f} CPUs busy "
        f"({row['cpu_known']:,} jobs measured)",
    )


def _memory(row: dict[str, Any]) -> Advice | None:
    """Less memory, or more where jobs were killed for it."""
    used, asked = row["memory_used"], row["memory_mib"]
    if used is None or not asked:
        return None
    advised = max(256.0, -(-used * MARGIN // 256) * 256)
    if advised > 0.75 * asked:
        return None
    return _advice(
        row,
        resource="memory",
        unit="MiB",
        asked=asked,
        used=round(used),
        advised=advised,
        hours_saved=row["memory_hours"] * (1 - advised / asked),
        why=f"95 of 100 had at most {_gib(used)} of {_gib(asked)} GiB ({row['memory_known']:,} jobs measured)",
    )


def _gib(mib: float) -> str:
    gib = mib / 1024
    return f"{gib:,.0f}" if gib >= 10 else f"{gib:.2g}"


def _gpus(row: dict[str, Any]) -> Advice | None:
    """Fewer GPUs, where they idled on average more than half of the time."""
    util, asked = row["gpu_util"], row["gpus"]
    if util is None or not asked or util >= 50:
        return None
    advised = max(1.0, -(-asked * util / 100 * MARGIN // 1))
    if advised >= asked and asked > 1:
        return None
    gpus = "its one GPU was" if asked == 1 else f"its {asked:.0f} GPUs were"
    return _advice(
        row,
        resource="gpus",
        unit="GPUs",
        asked=asked,
        used=round(asked * util / 100, 2),
        advised=advised,
        hours_saved=row["gpu_hours"] * (1 - advised / asked),
        why=f"{gpus} busy {util:.0f} % of the time ({row['gpu_known']:,} jobs measured)"
        + ("; feed it better, or share one" if asked == 1 else ""),
    )


def _time(row: dict[str, Any]) -> Advice | None:
    """A shorter limit, with which a job can start earlier in a gap."""
    used, asked = row["time_used"], row["time_limit_s"]
    if used is None or not asked or row["cut_off"]:
        return None
    advised = max(600.0, -(-used * MARGIN // 600) * 600)
    if advised > 0.5 * asked:
        return None
    return _advice(
        row,
        resource="time",
        unit="s",
        asked=asked,
        used=round(used),
        advised=advised,
        hours_saved=0.0,
        why=f"95 of 100 were done in {used / 3600:.1f} of {asked / 3600:.1f} h; shorter jobs start earlier",
    )
