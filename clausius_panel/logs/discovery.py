"""Where a job's logs are: what Slurm names, what bears its id beside it, and what the configuration adds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..errors import InvalidInput
from ..model.job_id import valid_job_id
from ..store import Store, cluster_states, get_cluster
from ..transport import Transport
from .access import Access, Root
from .asking import Via
from .configured import log_rules
from .data_host import FileHost, Place
from .kinds import FileKind, file_kind, file_label, label_rank, names_job, natural_key
from .listing import Entry, Listing
from .looking import Seen, look
from .rules import LogRules
from .source import LogSource
from .tasks import MOST_TASKS, Stream, Task, find_tasks

__all__ = ["LogFile", "LogFiles", "access_to", "log_files", "log_source", "place_of"]

_MOST_DIRECTORIES = 32
_MOST_ROOTS = 200

_ROOTS = """
    SELECT DISTINCT user_name, directory FROM (
        SELECT user_name, unnest([regexp_replace(stdout_path, '/[^/]*$', ''),
                                  regexp_replace(stderr_path, '/[^/]*$', ''), work_dir]) AS directory
        FROM jobs WHERE cluster = ?)
    WHERE directory IN (SELECT unnest(?)) LIMIT ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One file of a job."""

    label: str  # "stdout", "task 4 stderr", or what its name tells
    path: str
    job_id: str  # of the task, where it belongs to one
    stream: Stream
    kind: FileKind
    size: int | None  # bytes; None: it is not there (yet), or was not looked at
    modified: datetime | None  # UTC
    place: Place
    leads_to: str = ""  # of a symbolic link
    problem: str = ""  # why it cannot be read, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFiles:
    """The files of a job, those that Slurm names first."""

    cluster: str
    job_id: str
    files: list[LogFile]
    directories: list[str]  # to browse in
    access: Access  # what may be read on their account
    source: LogSource  # the way to them
    problems: list[str]  # what could not be looked at, in words
    is_complete: bool = True  # there may be more: too many tasks, or directories that are too large
    place: Place = "login node"  # where what is read by scripts is read


def log_files(
    store: Store,
    transport: Transport,
    *,
    cluster: str,
    job_id: str,
    rules: LogRules | None = None,
    host: FileHost | None = None,
) -> LogFiles:
    """The log files of a job; for an array's id those of all tasks, for a task's id its own.

    The controller is asked only where the store does not know the paths. `rules` are those that are configured,
    where none are given. Raises `InvalidInput` for a job that nobody knows, `UnknownCluster`, and `TransportError`
    where the files cannot be looked at at all.
    """
    rules = rules or log_rules(store)
    host = host or FileHost(transport, has_data_host=bool(get_cluster(store, cluster).data_host))
    if not valid_job_id(job_id):
        raise InvalidInput("job id", job_id, "use forms such as 123 or 123_4")
    problems: list[str] = []
    tasks = find_tasks(store, transport, cluster, job_id, problems)
    roots = _roots(tasks, _me(store, cluster), rules, cluster)
    access = Access.to(roots, hidden_shown=rules.hidden_shown)
    source = LogSource(transport=transport, access=access, mounts=rules.mounts_of(cluster), host=host)
    directories = _directories(tasks, rules, cluster)
    seen, place = look(source, directories, tasks, problems), host.place()
    return LogFiles(
        cluster=cluster,
        job_id=job_id,
        files=_files(tasks, seen, place),
        directories=[path for path in directories if path in seen.listings],
        access=access,
        source=source,
        problems=problems,
        is_complete=len(tasks) < MOST_TASKS and len(directories) < _MOST_DIRECTORIES and seen.is_complete,
        place=place,
    )


def access_to(store: Store, *, cluster: str, path: str, rules: LogRules | None = None) -> Access:
    """What may be read around `path`, by all jobs that are known: for links that name a file and no job."""
    rules = rules or log_rules(store)
    me = _me(store, cluster)
    with store.read() as cur:
        rows = cur.execute(_ROOTS, [cluster, _above(path), _MOST_ROOTS]).fetchall()
    fitting = [Root(path=directory, owner="" if user == me else user) for user, directory in rows]
    return Access.to(
        [*fitting, *(Root(path=root) for root in rules.roots_of(cluster))], hidden_shown=rules.hidden_shown
    )


def _above(path: str) -> list[str]:
    """The directories that hold `path`, and `path` itself."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]


def log_source(
    store: Store,
    transport: Transport,
    *,
    cluster: str,
    path: str,
    rules: LogRules | None = None,
    host: FileHost | None = None,
) -> LogSource:
    """A way to read `path`, and what lies beside it, if a known job or the configuration allows it."""
    rules = rules or log_rules(store)
    access = access_to(store, cluster=cluster, path=path, rules=rules)
    return LogSource(transport=transport, access=access, mounts=rules.mounts_of(cluster), host=host)


def _me(store: Store, cluster: str) -> str:
    """Our login name on the cluster; "" while it is not known."""
    state = cluster_states(store).get(cluster)
    return state.user_name if state else ""


def _roots(tasks: Sequence[Task], me: str, rules: LogRules, cluster: str) -> list[Root]:
    roots: dict[Root, None] = {}
    for task in tasks:
        owner = "" if task.user == me else task.user
        places = [posixpath.dirname(path) for path in task.paths] + [
            task.work_dir,
            *_searched(task, rules, cluster),
        ]
        roots |= {Root(path=place, owner=owner): None for place in places if place.startswith("/")}
    return [*list(roots)[:_MOST_ROOTS], *(Root(path=path) for path in rules.roots_of(cluster))]


def _searched(task: Task, rules: LogRules, cluster: str) -> list[str]:
    values = {
        "{user}": task.user,
        "{name}": task.name,
        "{job_id}": task.job_id,
        "{array_job_id}": task.array or task.raw,
        "{work_dir}": task.work_dir,
    }
    return [
        path for rule in rules.search_paths if rule.cluster in ("", cluster) and (path := rule.expanded(values))
    ]


def _directories(tasks: Sequence[Task], rules: LogRules, cluster: str) -> list[str]:
    """The directories to look into, those of the logs first."""
    found = dict.fromkeys(posixpath.dirname(path) for task in tasks for path in task.paths)
    for task in tasks:
        found |= dict.fromkeys([*_searched(task, rules, cluster), task.work_dir])
    return [path for path in found if path.startswith("/")][:_MOST_DIRECTORIES]


def _files(tasks: Sequence[Task], seen: Seen, place: Place) -> list[LogFile]:
    files: list[LogFile] = []
    taken: set[str] = set()
    for task in tasks:
        for path, stream in task.paths.items():
            if path in taken or ("%" in path and path not in seen.files):
                continue
            taken.add(path)
            label = _label(task, stream)
            entry, listing = seen.files.get(path, (None, None))
            spot = place if listing is None else place_of(listing.via, place)
            problem = "" if entry else seen.lacking(path)
            files.append(
                _file(
                    entry, label=label, path=path, job_id=task.job_id, stream=stream, place=spot, problem=problem
                )
            )
    beside = [item for path, item in seen.files.items() if path not in taken and item[0].type in ("file", "link")]
    return files + _beside(beside, tasks, place)


def _beside(found: Iterable[tuple[Entry, Listing]], tasks: Sequence[Task], place: Place) -> list[LogFile]:
    """Files that bear the id of the job, whole, and that Slurm does not name."""
    files = []
    ids = {task.raw: task.job_id for task in tasks} | {task.array: "" for task in tasks}
    for entry, listing in found:
        if _is_anothers(entry.name, tasks):
            continue
        owner = next((job_id for number, job_id in ids.items() if names_job(entry.name, number)), None)
        if owner is not None:
            facts = {"label": file_label(entry.name), "path": entry.path, "job_id": owner, "problem": ""}
            files.append(_file(entry, **facts, stream="", place=place_of(listing.via, place)))
    return sorted(files, key=lambda each: (label_rank(each.label), natural_key(each.path)))


def _is_anothers(name: str, tasks: Sequence[Task]) -> bool:
    """Whether a name tells of a task of the array that is not asked for, as `12_3` does."""
    if any(not task.task for task in tasks):
        return False
    known = {(task.array, task.task) for task in tasks}
    told = [found for array in {task.array for task in tasks} for found in _task_ids(array, name)]
    return bool(told) and not any(each in known for each in told)


def _task_ids(array: str, name: str) -> list[tuple[str, str]]:
    found = re.findall(rf"(?<![0-9]){re.escape(array)}_([0-9]+)(?![0-9])", name)
    return [(array, task) for task in found]


def place_of(via: Via, place: Place) -> Place:
    """Where something came from; `place` is which host of the cluster answers scripts about files."""
    places: dict[Via, Place] = {"mount": "mount", "sftp": "data host", "login": "login node"}
    return places.get(via, place)


def _label(task: Task, stream: Stream) -> str:
    name = "stdout and stderr" if stream == "both" else stream
    return f"task {task.task} {name}" if task.task else name


def _file(
    entry: Entry | None, *, label: str, path: str, job_id: str, stream: Stream, place: Place, problem: str
) -> LogFile:
    if entry is not None and (entry.type in ("special", "directory") or not entry.is_readable_type):
        problem = "a link that leads to no file" if entry.type == "link" else "not a regular file"
    return LogFile(
        label=label,
        path=path,
        job_id=job_id,
        stream=stream,
        kind=file_kind(path),
        size=entry.size if entry else None,
        modified=entry.modified if entry else None,
        place=place,
        leads_to=entry.leads_to if entry else "",
        problem=problem,
    )
