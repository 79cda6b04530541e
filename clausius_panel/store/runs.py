"""Which run each job is in: told when jobs come in, and kept.

`assign_runs` looks at new jobs and at jobs with new dependencies, together with the runs that these can touch,
and groups them anew (see `model.grouping`). A run keeps its id, which is its first job's, while that job is in it;
where two runs turn out to be one, the older id stays; what was wrongly joined comes apart, and the part with the
first job keeps the id. A star and notes go where the first job goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..errors import UnknownJob
from ..model.grouping import base_id, explicit_run, group_jobs
from ..model.project import NameParts
from ..model.run import RunRules, run_keys, without_stages
from .dependencies import LINKS_SQL, note_dependencies
from .engines import Cursor
from .projects import register_projects
from .rules import read_run_rules
from .run_identity import Member, name_groups, possible_ids
from .run_rows import RunRecord, delete_runs, put_runs, read_runs
from .values import arrow_table, aware, clean, naive

__all__ = ["BASE_SQL", "MAX_NEW", "assign_runs", "find_run", "forget_grouping", "jobs_in_queue"]

MAX_NEW = 20_000
"""How many jobs are grouped in one transaction, the newest first; the next one takes up the rest."""

BASE_SQL = "coalesce(nullif(array_job_id, ''), nullif(het_job_id, ''), job_id_raw)"
"""SQL for `model.grouping.base_id`."""


_OF_POLLS = (
    "{t}.run_id IS NULL AND ({t}.run_key IS NOT NULL OR {t}.evidence NOT IN ('backfill', 'import', 'ingest'))"
)
"""SQL for the jobs to group. Years of history are grouped as they come in, or not at all: polls pass them over."""

_MEMBERS = f"""
    SELECT j.job_id_raw, j.submit_time, array_job_id, het_job_id, name, user_name, comment, run_id, run_key,
           project, campaign, coalesce(d.links, ''), j.cluster
    FROM jobs j LEFT JOIN ({LINKS_SQL}) d
        ON j.cluster = d.cluster AND j.job_id_raw = d.job_id_raw
            AND j.submit_time IS NOT DISTINCT FROM d.submit_time
    WHERE j.cluster = $cluster
"""

_INHERIT = """
    UPDATE jobs SET run_id = o.run_id, run_key = o.run_key, project = o.project, campaign = o.campaign
    FROM (SELECT {base} AS base, user_name, name, min(run_id) AS run_id, min(run_key) AS run_key,
                 min(project) AS project, min(campaign) AS campaign
          FROM jobs WHERE cluster = $cluster AND run_id IS NOT NULL AND {base} IN (
              SELECT {base} FROM jobs WHERE cluster = $cluster AND {new})
          GROUP BY ALL HAVING count(DISTINCT run_id) = 1) o
    WHERE jobs.cluster = $cluster AND {new} AND {base} = o.base
        AND jobs.user_name = o.user_name AND jobs.name = o.name
"""

_TOUCHED = f"""
    SELECT run_id FROM jobs WHERE cluster = $cluster AND {BASE_SQL} IN (SELECT unnest($bases))
    UNION SELECT run_id FROM jobs SEMI JOIN
        (SELECT * FROM job_dependencies WHERE cluster = $cluster AND on_base IN (SELECT unnest($bases))) d
        USING (cluster, job_id_raw, submit_time)
    UNION SELECT run_id FROM jobs JOIN near_keys k
        ON jobs.user_name = k.user_name AND jobs.run_key = k.run_key AND jobs.submit_time BETWEEN k.low AND k.high
        WHERE cluster = $cluster
    UNION SELECT run_id FROM runs WHERE cluster = $cluster
        AND (explicit IN (SELECT unnest($explicit)) OR root_job_id IN (SELECT unnest($bases)))
"""

_FIND = f"""
    SELECT run_id FROM (
        SELECT run_id, 0 AS rank, NULL AS submit_time FROM runs
        WHERE cluster = $cluster AND run_id = $id
        UNION ALL SELECT run_id, 1, submit_time FROM jobs
        WHERE cluster = $cluster AND run_id IS NOT NULL AND (job_id = $id OR job_id_raw = $id OR {BASE_SQL} = $id))
    ORDER BY rank, submit_time DESC NULLS LAST LIMIT 1
"""
_ASSIGN = """
    UPDATE jobs SET run_id = s.run_id, run_key = s.run_key, project = s.project, campaign = s.campaign
    FROM assigned s
    WHERE jobs.cluster = $cluster AND jobs.job_id_raw = s.job_id_raw
        AND jobs.submit_time IS NOT DISTINCT FROM s.submit_time
"""


def assign_runs(cur: Cursor, cluster: str, *, at: datetime, history: bool = False) -> int:
    """Group the jobs that a merge at `at` brought or changed; how many of them had no run before.

    To be called after `merge_queue`, `merge_ended` and `mark_left`, in the same transaction; with `history` after
    `merge_history`, whose jobs no other call groups. At most `MAX_NEW` are grouped: call it again where it tells
    of more.
    """
    changed = note_dependencies(cur, cluster, at=at)
    new_jobs = f"{{t}}.run_id IS NULL AND {{t}}.updated = TIMESTAMP '{naive(at)}'" if history else _OF_POLLS
    where = new_jobs.format(t="jobs")
    [(new,)] = cur.execute(f"SELECT count(*) FROM jobs WHERE cluster = ? AND {where}", [cluster]).fetchall()
    if not new and not changed:
        return 0
    cur.execute(_INHERIT.format(base=BASE_SQL, new=where), {"cluster": cluster})
    seeds = _seeds(cur, cluster, changed, new_jobs.format(t="j"))
    if not seeds:
        return int(new)
    rules = read_run_rules(cur)
    touched = _touched(cur, cluster, seeds, rules)
    members = {(seed.job_id_raw, seed.submit_time): seed for seed in seeds}
    for member in _members(cur, cluster, "AND run_id IN (SELECT unnest($ids))", {"ids": list(touched)}):
        members[member.job_id_raw, member.submit_time] = member
    _regroup(cur, cluster, list(members.values()), rules)
    return int(new)


def find_run(cur: Cursor, cluster: str, run_id: str) -> str:
    """The run of this id, or that a job of this id is in. Raises `InvalidInput`."""
    row = cur.execute(_FIND, {"cluster": clean(cluster), "id": clean(run_id)}).fetchone()
    if row is None:
        raise UnknownJob("run", run_id, cluster)
    return str(row[0])


def jobs_in_queue(cur: Cursor, cluster: str, run_id: str) -> list[str]:
    """The ids of a run's jobs that are in the queue: of arrays and het jobs the number in front."""
    sql = f"SELECT DISTINCT {BASE_SQL} FROM jobs WHERE cluster = ? AND run_id = ? AND in_queue ORDER BY ALL"
    return [job_id for (job_id,) in cur.execute(sql, [cluster, run_id]).fetchall()]


def forget_grouping(cur: Cursor, *, clusters: Collection[str] = ()) -> None:
    """Have all jobs grouped anew from the next merges on, `MAX_NEW` at a time; stars and notes stay."""
    where = "WHERE cluster IN (SELECT unnest($clusters))" if clusters else ""
    cur.execute(f"UPDATE jobs SET run_id = NULL {where}", {"clusters": list(clusters)} if clusters else {})


def _members(cur: Cursor, cluster: str, where: str, values: dict[str, Any]) -> list[Member]:
    rows = cur.execute(f"{_MEMBERS} {where}", {"cluster": cluster, **values}).fetchall()
    return [Member(row[0], aware(row[1]), *row[2:]) for row in rows]


def _seeds(cur: Cursor, cluster: str, changed: Iterable[tuple[str, datetime | None]], new: str) -> list[Member]:
    """The jobs without a run, the newest of them, and those with new conditions."""
    found = _members(cur, cluster, f"AND {new} ORDER BY j.submit_time DESC LIMIT $most", {"most": MAX_NEW})
    wanted = set(changed) - {(seed.job_id_raw, seed.submit_time) for seed in found}
    if not wanted:
        return found
    ids = sorted({raw for raw, _ in wanted})
    others = _members(cur, cluster, "AND j.job_id_raw IN (SELECT unnest($ids))", {"ids": ids})
    return found + [one for one in others if (one.job_id_raw, one.submit_time) in wanted]


def _touched(cur: Cursor, cluster: str, seeds: Sequence[Member], rules: RunRules) -> set[str]:
    """The runs that can gain or lose by these jobs."""
    bases = {base_id(seed) for seed in seeds}
    waited_for = (
        "SELECT DISTINCT on_base FROM job_dependencies WHERE cluster = ? AND job_id_raw IN (SELECT unnest(?))"
    )
    raw_ids = [seed.job_id_raw for seed in seeds]
    bases |= {base for (base,) in cur.execute(waited_for, [cluster, raw_ids]).fetchall() if base}
    explicit = {explicit_run(seed.comment, rules) for seed in seeds} - {""}
    earlier = {seed.run_id for seed in seeds if seed.run_id}
    cur.register("near_keys", _near_keys(seeds, rules))
    try:
        values = {"cluster": cluster, "bases": list(bases), "explicit": list(explicit)}
        rows = cur.execute(_TOUCHED, values).fetchall()
    finally:
        cur.unregister("near_keys")
    return {run_id for (run_id,) in rows if run_id} | earlier


def _near_keys(seeds: Sequence[Member], rules: RunRules) -> Any:
    """For each owner and key the span of time in which other jobs can belong to these."""
    keys = run_keys((seed.name for seed in seeds), rules)
    spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for seed in seeds:
        if (when := seed.submit_time) is not None:
            low, high = spans.get((seed.user, keys[seed.name]), (when, when))
            spans[seed.user, keys[seed.name]] = min(low, when), max(high, when)
    gap = timedelta(seconds=rules.gap_s)
    return arrow_table(
        {
            "user_name": ("text", [user for user, _ in spans]),
            "run_key": ("text", [key for _, key in spans]),
            "low": ("time", [low - gap for low, _ in spans.values()]),
            "high": ("time", [high + gap for _, high in spans.values()]),
        }
    )


def _regroup(cur: Cursor, cluster: str, members: Sequence[Member], rules: RunRules) -> None:
    """Group jobs with all that belongs to them, and write what changed."""
    groups = group_jobs(members, rules=rules)
    ids = {member.run_id for member in members if member.run_id}
    ids |= {run_id for group in groups for run_id in possible_ids(group[0])}
    known = read_runs(cur, cluster, ids)
    names = name_groups(groups, known)
    keys = run_keys((member.name for member in members), rules)
    parts = register_projects(cur, {member.name for member in members})
    _write_jobs(cur, cluster, groups, names, keys, parts)
    records = [
        _record(group, run_id, known.get(run_id), keys, parts, rules)
        for group, run_id in zip(groups, names, strict=True)
    ]
    lost = {member.run_id for member in members if member.run_id} - set(names)
    heirs = {run.run_id: run for run in records}
    where = {base_id(member): run_id for group, run_id in zip(groups, names, strict=True) for member in group}
    for run_id in sorted(lost & known.keys()):
        old = known[run_id]
        if (heir := heirs.get(where.get(old.root_job_id, ""))) is not None:
            notes = "\n\n".join(text for text in dict.fromkeys((heir.notes, old.notes)) if text)
            heirs[heir.run_id] = replace(heir, starred=heir.starred or old.starred, notes=notes)
    put_runs(cur, list(heirs.values()))
    delete_runs(cur, cluster, [run_id for run_id in lost if run_id])


def _record(
    group: Sequence[Member],
    run_id: str,
    old: RunRecord | None,
    keys: dict[str, str],
    parts: dict[str, NameParts],
    rules: RunRules,
) -> RunRecord:
    root = group[0]
    return RunRecord(
        cluster=root.cluster,
        run_id=run_id,
        root_job_id=base_id(root),
        name=without_stages(root.name, rules) or root.name,
        run_key=keys[root.name],
        explicit=next(filter(None, (explicit_run(member.comment, rules) for member in group)), ""),
        user=root.user,
        project=parts[root.name].project,
        campaign=parts[root.name].campaign,
        first_submit=root.submit_time,
        starred=old.starred if old else False,
        notes=old.notes if old else "",
    )


def _write_jobs(
    cur: Cursor,
    cluster: str,
    groups: Sequence[Sequence[Member]],
    names: Sequence[str],
    keys: dict[str, str],
    parts: dict[str, NameParts],
) -> None:
    rows = [
        (member.job_id_raw, member.submit_time, run_id, keys[member.name], told.project, told.campaign)
        for group, run_id in zip(groups, names, strict=True)
        for member in group
        for told in (parts[member.name],)
        if (member.run_id, member.run_key, member.project, member.campaign)
        != (run_id, keys[member.name], told.project, told.campaign)
    ]
    if not rows:
        return
    titles = ("job_id_raw", "submit_time", "run_id", "run_key", "project", "campaign")
    columns = [
        (title, ("time" if title == "submit_time" else "text", list(values)))
        for title, values in zip(titles, zip(*rows, strict=True), strict=True)
    ]
    cur.register("assigned", arrow_table(dict(columns)))  # type: ignore[arg-type]
    try:
        cur.execute(_ASSIGN, {"cluster": cluster})
    finally:
        cur.unregister("assigned")
