"""What somebody submits: a job before it has an id."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from .job import Dependency, Shape, SimJob
from .scripts import project_of, stage_of, submit_line, work_directory

__all__ = ["Request", "new_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A submission; durations in simulated seconds."""

    name: str
    user: str
    account: str
    partition: str
    shape: Shape
    limit_s: float
    run_s: float
    verdict: str = "COMPLETED"
    exit_code: str = "0:0"
    qos: str = "normal"
    boost: float = 0.0  # added to the priority
    dependencies: tuple[Dependency, ...] = ()
    begin_s: float | None = None  # not before so many seconds from now
    held: str = ""
    licence: str = ""
    comment: str = ""
    tasks: tuple[int, ...] = ()  # an array
    array_limit: int = 0
    others: tuple[Shape, ...] = ()  # further components of a heterogeneous job
    requeue: bool = True
    preemptible: bool = False
    command: str = ""
    work_dir: str = ""
    stdout: str = ""
    submit_line: str = ""
    script: str = ""
    habit: str = ""  # see `SimJob.habit`


def new_job(request: Request, job_id: int, shape: Shape, *, now: float, tier: int, home: str) -> SimJob:
    """The waiting job of a request, or with another `shape` of one component.

    `home` is where "demo" lives, beside all others.
    """
    at_home = home if request.user == "demo" else f"{posixpath.dirname(home)}/{request.user}"
    logs = f"{at_home}/logs/{'/'.join(project_of(request.name))}" if request.user == "demo" else f"{at_home}/logs"
    pattern = "%x-%A_%a.out" if request.tasks else "%x-%j.out"
    work_dir = work_directory(request.name, at_home)
    command = request.command or f"{work_dir}/scripts/{stage_of(request.name)}.sh"
    return SimJob(
        job_id=job_id,
        name=request.name,
        user=request.user,
        account=request.account,
        partition=request.partition,
        shape=shape,
        submit=now,
        limit_s=request.limit_s,
        run_s=request.run_s,
        verdict=request.verdict,
        exit_code=request.exit_code,
        qos=request.qos,
        priority=1000.0 * tier + 1000.0 + request.boost,
        dependencies=request.dependencies,
        begin=None if request.begin_s is None else now + request.begin_s,
        held=request.held,
        licence=request.licence,
        comment=request.comment,
        requeue=request.requeue and not request.others,  # components end together
        array_id=job_id if request.tasks else 0,
        waiting=list(request.tasks),
        array_limit=request.array_limit,
        command=command,
        work_dir=request.work_dir or work_dir,
        stdout=request.stdout or f"{logs}/{pattern}",
        submit_line=request.submit_line
        or submit_line(
            request.name,
            command,
            account=request.account,
            partition=request.partition,
            dependencies=request.dependencies,
            tasks=len(request.tasks),
        ),
        script=request.script,
        habit=request.habit,
        preemptible=request.preemptible,
    )
