"""Questions about projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from ..model.project import Project, campaign_shade
from ..store import Store, aware, clean
from ..store.projects import get_project, list_projects
from .clusters import freshness
from .filters import FAMILY_SQL, JobFilters, where
from .jobs import JobPage
from .run_sql import JOB_SELECT, TASKS_SQL, job_of, paged

__all__ = ["CampaignSummary", "ProjectSummary", "campaigns", "project", "project_jobs", "projects"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSummary:
    """One project at a glance."""

    project: Project
    tasks: dict[str, int]  # by state family: in the queue, or ended as lately as the filters say
    gpus: dict[str, int]  # the same for GPUs
    runs: int  # ever seen
    last_submit: datetime | None  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSummary:
    """One campaign of a project."""

    name: str  # "" for what belongs to none
    colour: str  # a shade of the project's
    runs: int
    last_submit: datetime | None  # UTC


def projects(
    store: Store, *, merged: bool = False, campaign: str = "", **filters: Unpack[JobFilters]
) -> list[ProjectSummary]:
    """All projects, those with jobs in the queue first, then the newest; `merged` ones on demand.

    With `campaign` only what is of one of that name counts. Raises `InvalidInput`.
    """
    known = list_projects(store)
    condition, values = where(store, JobFilters(**{**filters, "hidden": True}))
    of, chosen = (" AND campaign = ?", [clean(campaign)]) if campaign else ("", [])
    live = f"""
        SELECT project, {FAMILY_SQL}, sum({TASKS_SQL})::BIGINT, sum(gpus * {TASKS_SQL})::BIGINT, bool_or(in_queue)
        FROM jobs WHERE {condition} AND project <> ''{of} GROUP BY ALL
    """
    ever = f"SELECT project, count(*), max(first_submit) FROM runs WHERE project <> ''{of} GROUP BY ALL"
    with store.read() as cur:
        rows = cur.execute(live, values + chosen).fetchall()
        history = {name: (count, aware(last)) for name, count, last in cur.execute(ever, chosen).fetchall()}
    busy = {name for name, *_, in_queue in rows if in_queue}
    found = [
        ProjectSummary(
            project=one,
            tasks={family: tasks for name, family, tasks, *_ in rows if name == one.name},
            gpus={family: gpus for name, family, _, gpus, _ in rows if name == one.name},
            runs=history.get(one.name, (0, None))[0],
            last_submit=history.get(one.name, (0, None))[1],
        )
        for one in known
        if merged or not one.merged_into
    ]
    return sorted(
        found, key=lambda one: (one.project.name not in busy, -_stamp(one.last_submit), one.project.name)
    )


def _stamp(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0


def project(store: Store, name: str, *, campaign: str = "", **filters: Unpack[JobFilters]) -> ProjectSummary:
    """One project, or one campaign of it. Raises `InvalidInput`, which names those there are."""
    get_project(store, name)
    found = projects(store, merged=True, campaign=campaign, **filters)
    return next(one for one in found if one.project.name == name)


def campaigns(store: Store, name: str) -> list[CampaignSummary]:
    """The campaigns of a project, newest first. Raises `InvalidInput`."""
    colour = get_project(store, name).colour
    sql = """
        SELECT campaign, count(*), max(first_submit) FROM runs WHERE project = ?
        GROUP BY ALL ORDER BY 3 DESC NULLS LAST, 1
    """
    with store.read() as cur:
        rows = cur.execute(sql, [name]).fetchall()
    return [
        CampaignSummary(name=one, colour=campaign_shade(colour, one), runs=count, last_submit=aware(last))
        for one, count, last in rows
    ]


def project_jobs(
    store: Store,
    name: str,
    *,
    campaign: str = "",
    limit: int = 500,
    offset: int = 0,
    **filters: Unpack[JobFilters],
) -> JobPage:
    """The jobs of a project, those in the queue first, then the newest. Raises `InvalidInput`."""
    get_project(store, name)
    condition, values = where(store, JobFilters(**{**filters, "hidden": True}))
    condition += " AND project = ?"
    values.append(name)
    if campaign:
        condition += " AND campaign = ?"
        values.append(clean(campaign))
    sql = f"""
        SELECT {JOB_SELECT}, count(*) OVER () FROM jobs WHERE {condition}
        ORDER BY in_queue DESC, submit_time DESC NULLS LAST, cluster, job_id LIMIT ? OFFSET ?
    """
    with store.read() as cur:
        rows = cur.execute(sql, values + paged(limit, offset)).fetchall()
    return JobPage(
        jobs=[job_of(row) for row in rows],
        total=rows[0][-1] if rows else 0,
        clusters=freshness(store, clusters=filters.get("clusters", ())),
    )
