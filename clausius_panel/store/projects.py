"""The projects: those that people configured, and those that job names told of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import UTC, datetime

from ..errors import InvalidInput
from ..model.project import NameParts, Project, ProjectNames, new_project
from .engines import Cursor
from .store import Store
from .values import arrow_table, naive

__all__ = [
    "get_project",
    "list_projects",
    "put_project",
    "read_projects",
    "register_projects",
    "rename_project",
    "sort_jobs_by_project",
]

_COLUMNS = [field.name for field in fields(Project)]
_PUT = f"""
    MERGE INTO projects t USING (SELECT {", ".join(f"${name} AS {name}" for name in _COLUMNS)}, $now AS now) s
        USING (name)
    WHEN MATCHED THEN UPDATE SET {", ".join(f"{name} = s.{name}" for name in _COLUMNS[1:])}, updated = s.now
    WHEN NOT MATCHED THEN INSERT ({", ".join(_COLUMNS)}, created, updated)
        VALUES ({", ".join(f"s.{name}" for name in _COLUMNS)}, s.now, s.now)
"""
_SORT_JOBS = """
    UPDATE jobs SET project = s.project, campaign = s.campaign FROM sorted_names s
    WHERE jobs.name = s.name AND jobs.run_id IS NOT NULL
        AND (jobs.project IS DISTINCT FROM s.project OR jobs.campaign IS DISTINCT FROM s.campaign)
"""
_SORT_PAST = """
    UPDATE jobs SET project = s.project, campaign = s.campaign FROM sorted_names s
    WHERE jobs.name = s.name AND jobs.run_id IS NULL
        AND (jobs.project IS DISTINCT FROM s.project OR jobs.campaign IS DISTINCT FROM s.campaign)
"""
# an import may bring projects that no name tells of; from all other sources it was a prefix that told, once
_LEAVE_PAST = """
    UPDATE jobs SET project = NULL, campaign = NULL
    WHERE run_id IS NULL AND evidence <> 'import' AND project IS NOT NULL
        AND name NOT IN (SELECT name FROM sorted_names)
"""
_SORT_RUNS = """
    UPDATE runs SET project = s.project, campaign = s.campaign
    FROM (SELECT cluster, run_id, first(project ORDER BY submit_time NULLS LAST, job_id_raw) AS project,
                 first(campaign ORDER BY submit_time NULLS LAST, job_id_raw) AS campaign
          FROM jobs WHERE run_id IS NOT NULL GROUP BY ALL) s
    WHERE runs.cluster = s.cluster AND runs.run_id = s.run_id
"""


def list_projects(store: Store) -> list[Project]:
    """All projects by name, those that were merged into others too."""
    return list(store.remembered("projects", read_projects))


def read_projects(cur: Cursor) -> list[Project]:
    """The same, within a transaction."""
    rows = cur.execute(f"SELECT {', '.join(_COLUMNS)} FROM projects ORDER BY name").fetchall()
    return [Project(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def get_project(store: Store, name: str) -> Project:
    """The project of this name. Raises `InvalidInput`, which names those there are."""
    known = {project.name: project for project in list_projects(store)}
    if name not in known:
        raise InvalidInput("project", name, f"known projects: {', '.join(sorted(known)[:50]) or 'none yet'}")
    return known[name]


def put_project(cur: Cursor, project: Project) -> None:
    """Add a project or replace the one of this name; call `sort_jobs_by_project` where its prefix is new."""
    values = {name: getattr(project, name) for name in _COLUMNS}
    cur.execute(_PUT, values | {"now": naive(datetime.now(UTC))})


def rename_project(cur: Cursor, old: str, new: str) -> None:
    """Give a project another name; its prefix stays, so that its jobs still find it."""
    cur.execute("UPDATE projects SET name = ?, updated = ? WHERE name = ?", [new, naive(datetime.now(UTC)), old])
    cur.execute("UPDATE projects SET merged_into = ? WHERE merged_into = ?", [new, old])
    for table in ("jobs", "runs"):
        cur.execute(f"UPDATE {table} SET project = ? WHERE project = ?", [new, old])


def register_projects(cur: Cursor, names: Iterable[str]) -> dict[str, NameParts]:
    """What these job names say; a project that is not known yet is kept, with a colour and an emoji."""
    known = read_projects(cur)
    teller = ProjectNames(known)
    parts = {name: teller.parts(name) for name in names}
    have = {project.name for project in known}
    for name in sorted({part.project for part in parts.values()} - have - {""}):
        known.append(new_project(name, known))
        put_project(cur, known[-1])
    return parts


def sort_jobs_by_project(cur: Cursor) -> None:
    """Tell the project of every job anew, after prefixes or mergers changed.

    Jobs of runs have the project that their names tell, be it a new one. Those of the past that are in no run go
    by the prefixes of the projects there are; what no prefix claims keeps a project only if an import brought it.
    """
    names = [name for (name,) in cur.execute("SELECT DISTINCT name FROM jobs WHERE run_id IS NOT NULL").fetchall()]
    parts = register_projects(cur, names)
    _write(cur, names, parts, _SORT_JOBS)
    _sort_past(cur)
    cur.execute(_SORT_RUNS)


def _sort_past(cur: Cursor) -> None:
    projects = read_projects(cur)
    teller, known = ProjectNames(projects), {project.name for project in projects}
    names = [name for (name,) in cur.execute("SELECT DISTINCT name FROM jobs WHERE run_id IS NULL").fetchall()]
    parts = {name: part for name in names if (part := teller.parts(name)).project in known}
    _write(cur, list(parts), parts, _SORT_PAST, _LEAVE_PAST)


def _write(cur: Cursor, names: Collection[str], parts: dict[str, NameParts], *statements: str) -> None:
    columns = {
        "name": ("text", list(names)),
        "project": ("text", [parts[name].project for name in names]),
        "campaign": ("text", [parts[name].campaign for name in names]),
    }
    cur.register("sorted_names", arrow_table(columns))  # type: ignore[arg-type]
    try:
        for statement in statements:
            cur.execute(statement)
    finally:
        cur.unregister("sorted_names")
