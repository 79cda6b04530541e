"""The verbs for our own records: runs, projects, what the board shows, what is kept of the past.

The guards live here and not in the faces: all of them are refused in read-only mode. What changes many records or
how jobs are sorted leaves a row in the audit; a star, a note or a pin does not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, SupportsIndex

from . import store as st
from .errors import InvalidInput, UnknownJob
from .guards import checked_job_ids, refuse_when_read_only
from .model import FINAL_STATES, state_family
from .model.project import Project, new_project
from .run_rules import set_rules
from .slurm import SlurmClient
from .slurm.provenance import Provenance
from .store import Cursor, Store
from .store.cleanup import count_old, delete_old
from .store.flags import (
    FlaggedRow,
    count_shown,
    hide_jobs,
    hide_states,
    pin_jobs,
    put_flags,
    show_jobs,
    shown_rows,
    unseen_jobs,
)
from .store.projects import get_project, list_projects, put_project, rename_project, sort_jobs_by_project
from .store.run_rows import put_run_metadata, read_runs, run_work_dir, set_run_notes, set_run_star
from .store.runs import find_run

__all__ = [
    "CleanupOutcome",
    "Cleared",
    "Clearing",
    "add_project",
    "capture_run_metadata",
    "cleanup_history",
    "clear",
    "clear_completed",
    "clear_failed",
    "clearable",
    "dismiss",
    "edit_project",
    "merge_projects",
    "pin",
    "rename",
    "restore",
    "set_notes",
    "set_rules",
    "star",
    "update_project",
]

MAX_NOTES = 100_000

ACCOUNTING_LAG = timedelta(minutes=5)
"""How long after its submission a job may be unknown to accounting."""

Clearing = Literal["failed", "completed"]
"""What can be cleared from the board."""

FAILED_STATES = tuple(sorted(state for state in FINAL_STATES if state_family(state) in ("failed", "cancelled")))
"""What `clear_failed` hides: whatever did not complete."""

_CLEARED: Mapping[Clearing, tuple[str, ...]] = {"failed": FAILED_STATES, "completed": ("COMPLETED",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What a clearing hid."""

    what: Clearing
    count: int
    rows: list[FlaggedRow]  # for `restore`


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupOutcome:
    """What a cleanup forgot, or would forget."""

    jobs: int
    before: datetime  # UTC; what ended earlier goes
    dry_run: bool


def star(store: Store, cluster: str, run_id: str, *, starred: bool = True) -> str:
    """Mark a run, named by its id or any of its jobs', or take the mark away; gives the run's id.

    Raises `ReadOnly`, `InvalidInput` for a run that was never seen.
    """
    refuse_when_read_only(store, "star")
    with store.write() as cur:
        found = find_run(cur, cluster, run_id)
        set_run_star(cur, cluster, found, starred=starred)
    return found


def set_notes(store: Store, cluster: str, run_id: str, notes: str) -> str:
    """Replace what is written about a run; gives the run's id. Raises `ReadOnly`, `InvalidInput`."""
    refuse_when_read_only(store, "notes")
    if len(notes) > MAX_NOTES:
        raise InvalidInput("notes", f"{len(notes)} characters", f"write at most {MAX_NOTES}")
    with store.write() as cur:
        found = find_run(cur, cluster, run_id)
        set_run_notes(cur, cluster, found, notes=notes)
    return found


def clear_failed(store: Store, *, clusters: Collection[str] = (), project: str = "", actor: str = "script") -> int:
    """Hide jobs that ended otherwise than well from the board, until their state changes; how many.

    Raises `ReadOnly`, `UnknownCluster`.
    """
    return clear(store, "failed", clusters=clusters, project=project, actor=actor).count


def clear_completed(
    store: Store, *, clusters: Collection[str] = (), project: str = "", actor: str = "script"
) -> int:
    """Hide completed jobs from the board; how many. Raises `ReadOnly`, `UnknownCluster`."""
    return clear(store, "completed", clusters=clusters, project=project, actor=actor).count


def clear(
    store: Store, what: Clearing, *, clusters: Collection[str] = (), project: str = "", actor: str = "script"
) -> Cleared:
    """Hide what failed or what completed from the board, in a way that `restore` takes back.

    Raises `ReadOnly`, and `InvalidInput` also for a project or cluster that nobody knows.
    """
    states, names = _states_to_clear(store, what, project), _checked_clusters(store, clusters)
    action = f"clear {what}"
    refuse_when_read_only(store, action)
    with store.write() as cur:
        rows = shown_rows(cur, states, clusters=names, project=project)
        count = hide_states(cur, states, clusters=names, project=project)
        _note(cur, actor, action, project or "all jobs", f"{count} hidden", names)
    return Cleared(what=what, count=count, rows=rows)


def clearable(store: Store, what: Clearing, *, clusters: Collection[str] = (), project: str = "") -> int:
    """How many jobs `clear` would hide. Raises `InvalidInput` as it does."""
    states, names = _states_to_clear(store, what, project), _checked_clusters(store, clusters)
    with store.read() as cur:
        return count_shown(cur, states, clusters=names, project=project)


def _states_to_clear(store: Store, what: Clearing, project: str) -> tuple[str, ...]:
    if what not in _CLEARED:
        raise InvalidInput("what to clear", what, f"use one of {', '.join(_CLEARED)}")
    if project:
        get_project(store, project)
    return _CLEARED[what]


def restore(store: Store, cleared: Cleared, *, actor: str = "script") -> int:
    """Show again what a `clear` hid, pinned as it was; how many jobs. Raises `ReadOnly`."""
    action = f"show {cleared.what} again"
    refuse_when_read_only(store, action)
    with store.write() as cur:
        count = put_flags(cur, cleared.rows)
        _note(cur, actor, action, "cleared jobs", f"{count} shown")
    return count


def dismiss(store: Store, cluster: str, job_ids: Collection[str], *, dismissed: bool = True) -> int:
    """Hide single jobs from the board until their state changes, or show them again; how many rows.

    Ids as for `pin`, and raises as it does.
    """
    refuse_when_read_only(store, "dismiss")
    ids = checked_job_ids(job_ids)
    with store.write() as cur:
        _refuse_unseen(cur, cluster, ids)
        return hide_jobs(cur, cluster, ids) if dismissed else show_jobs(cur, cluster, ids)


def pin(store: Store, cluster: str, job_ids: Collection[str], *, pinned: bool = True) -> int:
    """Keep jobs on the board until they are dismissed, however long ago they ended; how many rows.

    An array's id is all of its tasks. Raises `ReadOnly`, `InvalidInput`, and `UnknownJob` for an id that was never
    seen; then nothing is changed.
    """
    refuse_when_read_only(store, "pin")
    ids = checked_job_ids(job_ids)
    with store.write() as cur:
        _refuse_unseen(cur, cluster, ids)
        return pin_jobs(cur, cluster, ids, pinned=pinned)


def cleanup_history(
    store: Store,
    *,
    days: SupportsIndex,
    clusters: Collection[str] = (),
    dry_run: bool = True,
    actor: str = "script",
) -> CleanupOutcome:
    """Forget jobs that ended more than `days` days ago; a dry run only counts them.

    Pinned jobs stay, and those of runs with a star or notes. Only records go, never a file. Raises `ReadOnly` (not
    for a dry run), `InvalidInput`, `UnknownCluster`.
    """
    if not isinstance(days, SupportsIndex) or isinstance(days, bool) or not 1 <= days.__index__() <= 36_500:
        raise InvalidInput("days", days, "use a whole number, 1 or more")
    names = _checked_clusters(store, clusters)
    before = datetime.now(UTC) - timedelta(days=days.__index__())
    if dry_run:
        with store.read() as cur:
            return CleanupOutcome(jobs=count_old(cur, before, clusters=names), before=before, dry_run=True)
    refuse_when_read_only(store, "cleanup")
    with store.write() as cur:
        jobs = delete_old(cur, before, clusters=names)
        _note(cur, actor, "cleanup", f"older than {days} days", f"{jobs} jobs forgotten", names)
    return CleanupOutcome(jobs=jobs, before=before, dry_run=False)


def add_project(store: Store, name: str, *, actor: str = "script", **looks: Any) -> Project:
    """Configure a project by name, and prefix, colour and emoji where they shall not be the usual ones.

    The jobs that it takes are sorted anew. Raises `ReadOnly`, and `InvalidInput` also for a name or a prefix that
    is taken.
    """
    refuse_when_read_only(store, "add project")
    known = list_projects(store)
    if name in {project.name for project in known}:
        raise InvalidInput("project", name, "this name is taken; update it or use another")
    return _put(store, replace(new_project(name, known), **_fields(looks)), "add project", actor)


def update_project(store: Store, name: str, *, actor: str = "script", **looks: Any) -> Project:
    """Change prefix, colour or emoji of a project. Raises `ReadOnly`, `InvalidInput`."""
    refuse_when_read_only(store, "update project")
    return _put(store, replace(get_project(store, name), **_fields(looks)), "update project", actor)


def _fields(looks: Mapping[str, Any]) -> Mapping[str, Any]:
    for field in looks:
        if field not in ("prefix", "colour", "emoji"):
            raise InvalidInput("field", field, "use one of prefix, colour, emoji")
    return looks


def _put(store: Store, project: Project, action: str, actor: str) -> Project:
    for other in list_projects(store):
        if other.name != project.name and other.prefix.lower() == project.prefix.lower():
            raise InvalidInput("prefix", project.prefix, f"project {other.name} has it")
    with store.write() as cur:
        put_project(cur, project)
        sort_jobs_by_project(cur)
        _note(cur, actor, action, project.name, f"prefix {project.prefix}")
    return project


def edit_project(store: Store, name: str, *, new_name: str = "", actor: str = "script", **looks: Any) -> Project:
    """Change prefix, colour or emoji of a project, and its name. Raises `ReadOnly`, `InvalidInput`."""
    refuse_when_read_only(store, "edit project")
    if not (looks or new_name):
        raise InvalidInput("project", name, "say what to change: its name, prefix, colour or emoji")
    if new_name:
        _renamed(store, name, new_name)
    project = update_project(store, name, actor=actor, **looks) if looks else get_project(store, name)
    return rename(store, name, new_name, actor=actor) if new_name else project


def rename(store: Store, old: str, new: str, *, actor: str = "script") -> Project:
    """Give a project another name; its prefix and its jobs stay. Raises `ReadOnly`, `InvalidInput`."""
    refuse_when_read_only(store, "rename project")
    project = _renamed(store, old, new)
    with store.write() as cur:
        rename_project(cur, old, new)
        _note(cur, actor, "rename project", old, f"to {new}")
    return project


def _renamed(store: Store, old: str, new: str) -> Project:
    project = replace(get_project(store, old), name=new)
    if new in {other.name for other in list_projects(store)}:
        raise InvalidInput("project", new, "this name is taken; merge the projects instead")
    return project


def merge_projects(store: Store, name: str, into: str, *, actor: str = "script") -> Project:
    """Let all jobs of one project, past and to come, count to another. `into` "" takes it back.

    Raises `ReadOnly`, and `InvalidInput` also where it would end in a circle.
    """
    refuse_when_read_only(store, "merge projects")
    project, known = get_project(store, name), {one.name: one for one in list_projects(store)}
    if into:
        target = get_project(store, into)
        while target.merged_into and target.name != name:
            target = known[target.merged_into]
        if target.name == name:
            raise InvalidInput("project", into, f"it counts to {name} itself")
    return _put(store, replace(project, merged_into=into), "merge projects", actor)


def capture_run_metadata(store: Store, client: SlurmClient, run_id: str, *, again: bool = False) -> str:
    """Ask the cluster what a run was submitted with, unless that was done; gives the run's id.

    It asks for the first job only, once in the run's life: one round trip over the background lane. Where the
    cluster cannot be asked, or accounting has not heard of a new job yet, the next call asks again. It changes
    nothing on the cluster and is allowed in read-only mode. Raises `InvalidInput` for a run that was never seen,
    and `TransportError`.
    """
    cluster = client.cluster.name
    with store.read() as cur:
        found = find_run(cur, cluster, run_id)
        known = read_runs(cur, cluster, [found])[found]
        sql = "SELECT captured_at FROM runs WHERE cluster = ? AND run_id = ?"
        [(captured_at,)] = cur.execute(sql, [cluster, found]).fetchall()
        work_dir = run_work_dir(cur, cluster, found)
    if captured_at is not None and not again:
        return found
    told = client.provenance(known.root_job_id, work_dir=work_dir)
    is_old = known.first_submit is None or datetime.now(UTC) - known.first_submit > ACCOUNTING_LAG
    with store.write() as cur:
        _keep(cur, cluster, found, told, is_final=is_old or bool(told.batch_script and told.submit_command))
    return found


def _keep(cur: Cursor, cluster: str, run_id: str, told: Provenance, *, is_final: bool) -> None:
    put_run_metadata(
        cur,
        cluster,
        run_id,
        batch_script=told.batch_script,
        submit_command=told.submit_command,
        work_dir=told.work_dir,
        slurm_config="\n".join(f"{name}={value}" for name, value in told.fields.items()),
        environment="\n".join(f"{name}={value}" for name, value in told.environment.items()),
        error=told.error,
        is_final=is_final,
    )


def _refuse_unseen(cur: Cursor, cluster: str, job_ids: Collection[str]) -> None:
    if unseen := unseen_jobs(cur, cluster, job_ids):
        raise UnknownJob("job id", unseen[0], cluster)


def _checked_clusters(store: Store, clusters: Collection[str]) -> list[str]:
    """The names; a single one may stand without a list around it. Raises `UnknownCluster`."""
    names = [clusters] if isinstance(clusters, str) else list(clusters)
    return [st.get_cluster(store, name).name for name in names]


def _note(cur: Cursor, actor: str, action: str, target: str, detail: str, clusters: Collection[str] = ()) -> None:
    st.append_audit(
        cur,
        actor=actor,
        action=action,
        cluster=", ".join(clusters),
        target=target,
        outcome="done",
        detail=detail,
    )
