"""The tasks of a job and where each of them writes: the store knows, else the controller, else accounting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import TransportError, UnknownJob
from ..slurm.log_paths import log_path
from ..store import Store, get_cluster
from ..transport import Transport
from .show_job import JobOutput, ShownJob, show_job

__all__ = ["MOST_TASKS", "ArrayTask", "Stream", "Task", "array_tasks", "find_tasks"]

Stream = Literal["stdout", "stderr", "both", ""]
"""What of a job's output a file holds; "" is a file that only lies beside."""

MOST_TASKS = 2000
"""How many tasks of an array are looked at."""

# accounting tells of a task that has just ended by its raw id alone for some seconds
_TASK_ID = "if(try_cast(array_task_id AS BIGINT) IS NULL, job_id, array_job_id || '_' || array_task_id)"

_JOBS = f"""
    SELECT {_TASK_ID} AS task_id, job_id_raw, array_job_id, array_task_id, name, user_name, work_dir, stdout_path,
           stderr_path, node_list
    FROM jobs
    WHERE cluster = $cluster AND (job_id = $id OR job_id_raw = $id OR array_job_id = $id OR het_job_id = $id
                                  OR {_TASK_ID} = $id)
    QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY submit_time DESC NULLS LAST) = 1
    ORDER BY try_cast(array_task_id AS BIGINT) NULLS LAST, task_id LIMIT $most
"""


_ARRAY = f"""
    SELECT {_TASK_ID} AS task_id, state FROM jobs
    WHERE cluster = $cluster AND array_job_id <> '' AND try_cast(array_task_id AS BIGINT) IS NOT NULL
        AND array_job_id IN (SELECT array_job_id FROM jobs
                             WHERE cluster = $cluster AND $id IN (job_id_raw, array_job_id, {_TASK_ID}))
    QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY submit_time DESC NULLS LAST) = 1
    ORDER BY try_cast(array_task_id AS BIGINT) LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A job or an array task, as far as its logs go. Texts are "" where nobody knows."""

    job_id: str
    raw: str
    array: str
    task: str
    name: str
    user: str
    work_dir: str
    stdout: str
    stderr: str
    nodes: str

    @property
    def paths(self) -> dict[str, Stream]:
        """The files that Slurm names."""
        both: Stream = "both" if self.stderr == self.stdout else "stdout"
        named: dict[str, Stream] = {self.stderr: "stderr", self.stdout: both}
        return {path: named[path] for path in (self.stdout, self.stderr) if path}

    @property
    def is_known(self) -> bool:
        """Whether all paths are told, and expanded."""
        return bool(self.stdout) and "%" not in self.stdout + self.stderr


@dataclass(frozen=True, slots=True)
class ArrayTask:
    """A task of an array, for choosing one."""

    job_id: str
    state: str


def array_tasks(store: Store, cluster: str, job_id: str, *, limit: int = 500) -> list[ArrayTask]:
    """The tasks of the array that a job is, or belongs to, the first `limit`; none for any other job."""
    with store.read() as cur:
        rows = cur.execute(_ARRAY, {"cluster": cluster, "id": job_id, "most": limit}).fetchall()
    return [ArrayTask(*row) for row in rows]


def find_tasks(store: Store, transport: Transport, cluster: str, job_id: str, problems: list[str]) -> list[Task]:
    """The job, or all tasks of the array, with where each writes; what could not be asked goes into `problems`.

    The controller and accounting are asked only where the store does not know. Raises `InvalidInput` for a job
    that nobody knows, `TransportError` where only the cluster could know and does not answer.
    """
    with store.read() as cur:
        rows = cur.execute(_JOBS, {"cluster": cluster, "id": job_id, "most": MOST_TASKS}).fetchall()
    tasks = [Task(*row) for row in rows]
    if tasks and all(task.is_known for task in tasks if task.task or not task.array):
        return tasks
    try:
        output = show_job(transport, get_cluster(store, cluster), job_id)
    except TransportError as error:
        if not tasks:
            raise
        problems.append(f"the controller does not tell where the job writes: {error}")
        output = JobOutput(shown=[], stdout_pattern="", stderr_pattern="")
    tasks = _completed(tasks, output.shown)
    if not tasks:
        looked = "looked up in the history kept here; its controller does not know it either, nor its accounting"
        raise UnknownJob("job id", job_id, cluster, hint=looked)
    return [_expanded(task, output) for task in tasks]


def _completed(tasks: Sequence[Task], shown: Iterable[ShownJob]) -> list[Task]:
    """The tasks with the paths that the controller told, and those that only the controller knows."""
    told = {(each.array_job_id or each.job_id_raw, each.array_task_id): each for each in shown}
    done = []
    for task in tasks:
        if (found := told.pop((task.array or task.raw, task.task), None)) is not None and not task.is_known:
            task = replace(
                task, work_dir=found.work_dir or task.work_dir, stdout=found.stdout_path, stderr=found.stderr_path
            )
        done.append(task)
    for (main, task_id), each in told.items():
        job_id = f"{main}_{task_id}" if task_id else main
        paths = (each.work_dir, each.stdout_path, each.stderr_path)
        done.append(Task(job_id, each.job_id_raw, each.array_job_id, task_id, "", each.user, *paths, ""))
    return done


def _expanded(task: Task, output: JobOutput) -> Task:
    """The task with what sbatch was told, else with Slurm's default, where the controller has forgotten it."""
    if task.is_known or not task.work_dir or (task.array and not task.task):
        return task
    facts = {"work_dir": task.work_dir, "job_id_raw": task.raw, "name": task.name, "user": task.user}
    facts |= {"array_job_id": task.array, "array_task_id": task.task, "node_list": task.nodes}
    stdout = log_path(output.stdout_pattern or ("slurm-%A_%a.out" if task.array else "slurm-%j.out"), **facts)
    return replace(task, stdout=stdout, stderr=log_path(output.stderr_pattern, **facts) or stdout)
