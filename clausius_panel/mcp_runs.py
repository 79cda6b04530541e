"""Tools for agents about what jobs belong to: runs and projects. `mcp_server` serves them beside its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from mcp.types import ToolAnnotations
from pydantic import Field

from . import answers
from .answers import ClusterAge
from .model import Job
from .model.run import RunRow
from .queries.projects import ProjectSummary, project_jobs, projects
from .queries.runs import RunSummary
from .runtime import Runtime

__all__ = ["RunTools"]

MAX_ROWS = 200
MAX_SCRIPT = 16_000

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)

Limit = Annotated[int, Field(ge=1, le=MAX_ROWS, description="At most this many jobs.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJobLine:
    """A job, or a whole array, of a run; `parents` are the jobs that it goes on from."""

    job_id: str
    name: str
    state: str  # SKIPPED: a backup that was not needed
    tasks: int
    gpus: int
    reason: str
    parents: list[str]
    is_blocked: bool  # it waits for what can never happen
    submit_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    exit_code: str


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """One run. `total` counts its jobs; `batch_script` and `submit_command` are "" while nobody captured them.

    Slurm keeps no quotes of a submit command: check it before it is used again.
    """

    run: RunSummary
    jobs: list[RunJobLine]
    total: int
    earlier: list[str]  # ids of earlier runs of the same, newest first
    batch_script: str
    submit_command: str
    parameters: dict[str, str]  # what script and command tell its programs
    environment: dict[str, str]
    clusters: list[ClusterAge]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """A project; `tasks` and `gpus` are by state family."""

    name: str
    tasks: dict[str, int]
    gpus: dict[str, int]
    runs: int
    last_submit: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProjectList:
    """Projects, those with jobs in the queue first."""

    projects: list[ProjectLine]
    clusters: list[ClusterAge]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectJob:
    """A job of a project; get_job has the rest."""

    cluster: str
    job_id: str
    name: str
    state: str
    reason: str
    user: str
    gpus: int
    submit_time: datetime | None
    end_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProjectJobs:
    """`total` counts all jobs of the project; ask with `offset` for those after these."""

    jobs: list[ProjectJob]
    total: int
    clusters: list[ClusterAge]


class RunTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        return [(self.get_run_info, _READS), (self.list_projects, _READS), (self.get_project_jobs, _READS)]

    def get_run_info(self, cluster: str, run_or_job: str) -> RunInfo:
        """The run that a job belongs to: the jobs that one piece of work was cut into, parents first."""
        found, ages = answers.run(self._runtime, cluster, run_or_job)
        return RunInfo(
            run=found.summary,
            jobs=[_line(row) for row in found.rows[:MAX_ROWS]],
            total=len(found.rows),
            earlier=[run_id for run_id, _ in found.earlier[:20]],
            batch_script=found.metadata.batch_script[:MAX_SCRIPT],
            submit_command=found.metadata.submit_command[:MAX_SCRIPT],
            parameters=found.metadata.parameters,
            environment=found.metadata.environment,
            clusters=ages,
        )

    def list_projects(self) -> ProjectList:
        """The projects that the names of jobs tell of, with what each has in the queue."""
        ages = self._looked()
        return ProjectList(projects=[_project(each) for each in projects(self._runtime.store)], clusters=ages)

    def get_project_jobs(
        self,
        project: str,
        campaign: str = "",
        limit: Limit = 50,
        offset: Annotated[int, Field(ge=0)] = 0,
    ) -> ProjectJobs:
        """The jobs of a project, or of one campaign of it: those in the queue first, then the newest."""
        ages = self._looked()
        page = project_jobs(self._runtime.store, project, campaign=campaign, limit=limit, offset=offset)
        return ProjectJobs(jobs=[_job(job) for job in page.jobs], total=page.total, clusters=ages)

    def _looked(self) -> list[ClusterAge]:
        """Ask what is due; how old each cluster's data are."""
        return answers.cluster_ages(self._runtime.refresh())


def _line(row: RunRow) -> RunJobLine:
    job = row.job
    return RunJobLine(
        job_id=job.job_id,
        name=job.name,
        state=row.state,
        tasks=job.tasks,
        gpus=job.gpus,
        reason=job.reason,
        parents=list(row.parents),
        is_blocked=row.is_blocked,
        submit_time=job.submit_time,
        start_time=job.start_time,
        end_time=job.end_time,
        exit_code=job.exit_code,
    )


def _project(each: ProjectSummary) -> ProjectLine:
    return ProjectLine(
        name=each.project.name,
        tasks=each.tasks,
        gpus=each.gpus,
        runs=each.runs,
        last_submit=each.last_submit,
    )


def _job(job: Job) -> ProjectJob:
    known = asdict(job)
    return ProjectJob(**{name: known[name] for name in ProjectJob.__slots__})
