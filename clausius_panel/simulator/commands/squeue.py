"""squeue(1): options, filters, order, formats; what it does not know it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..job import SimJob
from .columns import Column, line, read_long, read_short
from .context import Answer, Context, uid_of, user_of
from .job_ids import JobId, read_job_id
from .options import Option, UsageError, parse
from .squeue_fields import CODES, FIELDS, LETTERS, Field, Row, priority

__all__ = ["squeue"]

_SHORT_FORMAT = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R"
_LONG_FORMAT = "%.18i %.9P %.8j %.8u %.8T %.10M %.9l %.6D %R"
_START_FORMAT = "%.18i %.9P %.8j %.8u %.2t %.19S %.6D %20Y %R"
_USAGE = """\
Usage: squeue [-A account] [--clusters names] [-i seconds] [--job jobid]
              [-n name] [-o format] [-p partitions] [--qos qos]
              [--reservation reservation] [--sort fields] [--start]
              [--step step_id] [-t states] [-u user_name] [--usage]
              [-L licenses] [-w nodes] [--federation] [--local] [--sibling]
\t      [-ahjlrsv]
"""
_N, _R = "no", "required"
_OPTIONS = {
    "account": Option("account", _R),
    "accounts": Option("account", _R),
    "all": Option("all", _N),
    "array": Option("array", _N),
    "array-unique": Option("array-unique", _N),
    "format": Option("format", _R),
    "Format": Option("Format", _R),
    "help": Option("help", _N),
    "hide": Option("hide", _N),
    "job": Option("jobs", _R),
    "jobs": Option("jobs", _R),
    "local": Option("local", _N),
    "licenses": Option("licenses", _R),
    "long": Option("long", _N),
    "me": Option("me", _N),
    "name": Option("name", _R),
    "noconvert": Option("noconvert", _N),
    "node": Option("nodelist", _R),
    "nodelist": Option("nodelist", _R),
    "nodes": Option("nodelist", _R),
    "noheader": Option("noheader", _N),
    "partition": Option("partition", _R),
    "partitions": Option("partition", _R),
    "qos": Option("qos", _R),
    "sort": Option("sort", _R),
    "start": Option("start", _N),
    "states": Option("states", _R),
    "usage": Option("usage", _N),
    "user": Option("user", _R),
    "users": Option("user", _R),
    "verbose": Option("verbose", _N),
    "version": Option("version", _N),
}
_LETTERS = {
    "A": "account",
    "a": "all",
    "h": "noheader",
    "j": "jobs",
    "l": "long",
    "L": "licenses",
    "n": "name",
    "o": "format",
    "O": "Format",
    "p": "partition",
    "q": "qos",
    "r": "array",
    "S": "sort",
    "t": "states",
    "u": "user",
    "v": "verbose",
    "V": "version",
    "w": "nodelist",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_DEFAULT_STATES = frozenset({"PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING", "STAGE_OUT"})
_STATE_ORDER = {state: number for number, state in enumerate(CODES)}


def squeue(argv: list[str], context: Context) -> Answer:
    """Answer a command line."""
    try:
        options, words = parse(argv, _SHORTS, _OPTIONS)
    except UsageError as error:
        return Answer(stderr=f'squeue: {error.message}\nTry "squeue --help" for more information\n', exit_status=1)
    if "version" in options:
        return Answer(stdout=f"{context.sim.spec.version}\n")
    if "usage" in options or "help" in options:
        return Answer(stdout=_USAGE)
    if words:
        text = f"squeue: error: Unrecognized option: {words[0]}\n"
        return Answer(stdout=_USAGE, stderr=text, exit_status=1)
    if "format" in options and "Format" in options:
        text = "squeue: error: -O (--Format) is incompatible with -o (--format)\n"
        return Answer(stderr=text, exit_status=1)
    try:
        return _answer(options, context)
    except UsageError as error:
        return Answer(stderr=error.message, exit_status=error.exit_status)


def _answer(options: dict[str, str], context: Context) -> Answer:
    columns, unknown = _columns(options, context)
    complaints = [f"squeue: error: Invalid job format specification: {name}\n" for name in unknown]
    users, more = _users(options, context)
    jobs = _filtered(options, users, context)
    rows = [row for job in jobs for row in _rows(job, options)]
    _sort(rows, options, context)
    lines = [line(columns, lambda field: field.get(row, context)) for row in rows]  # noqa: B023 (used at once)
    if "noheader" not in options:
        lines[:0] = [context.date()] * ("long" in options) + [line(columns, lambda field: field.header)]
    return Answer(stdout="".join(f"{each}\n" for each in lines), stderr="".join(complaints) + more)


def _columns(options: dict[str, str], context: Context) -> tuple[list[Column[Field]], list[str]]:
    if "Format" in options:
        return read_long(options["Format"], FIELDS)
    text = options.get("format")
    if text is None and "long" not in options and "start" not in options:
        if "SQUEUE_FORMAT2" in context.env:
            return read_long(context.env["SQUEUE_FORMAT2"], FIELDS)
        text = context.env.get("SQUEUE_FORMAT", _SHORT_FORMAT)
    if text is None:
        text = _START_FORMAT if "start" in options else _LONG_FORMAT
    return read_short(text, LETTERS)


def _users(options: dict[str, str], context: Context) -> tuple[set[str] | None, str]:
    """Whose jobs: None is everybody's. Of names that nobody has squeue only complains."""
    if "me" in options:
        return {context.user}, ""
    names = [name for name in options.get("user", "").split(",") if name]
    known = {name: uid_of(name) for name in names}
    complaints = "".join(f"squeue: error: Invalid user: {name}\n\n" for name, uid in known.items() if uid is None)
    users = {user_of(uid) for uid in known.values() if uid is not None}
    return (users or None), complaints


def _states(options: dict[str, str]) -> frozenset[str]:
    if "start" in options:
        return frozenset({"PENDING"})
    if "states" not in options:
        return _DEFAULT_STATES
    by_code = {code: state for state, code in CODES.items()}
    chosen: set[str] = set()
    for word in options["states"].split(","):
        name = word.upper()
        if name == "ALL":
            return frozenset(CODES)
        if name not in CODES and name not in by_code:
            raise UsageError(
                f"squeue: error: Invalid job state specified: {word}\n"
                f"squeue: error: Valid job states include: {','.join(CODES)}\n\n"
            )
        chosen.add(by_code.get(name, name))
    return frozenset(chosen)


def _filtered(options: dict[str, str], users: set[str] | None, context: Context) -> Iterable[SimJob]:
    states, ids = _states(options), _ids(options, context)
    tests: list[Callable[[SimJob], bool]] = [lambda job: job.state in states]
    if users is not None:
        tests.append(lambda job: job.user in users)
    if ids is not None:
        tests.append(lambda job: any(wanted.matches(job) for wanted in ids))
    if "nodelist" in options:
        wanted_nodes = set(options["nodelist"].split(","))
        if strange := sorted(wanted_nodes - context.sim.nodes.keys()):
            raise UsageError(f"squeue: error: Invalid node name {strange[0]}\n")
        tests.append(lambda job: not wanted_nodes.isdisjoint(job.placement))
    for option in ("account", "name", "partition", "qos", "licenses"):
        if option in options:
            attribute = "licence" if option == "licenses" else option
            wanted = set(options[option].split(","))
            tests.append(_among(attribute, wanted))
    return [job for job in context.sim.jobs.values() if all(test(job) for test in tests)]


def _among(attribute: str, wanted: set[str]) -> Callable[[SimJob], bool]:
    return lambda job: getattr(job, attribute) in wanted


def _ids(options: dict[str, str], context: Context) -> list[JobId] | None:
    if "jobs" not in options:
        return None
    ids: list[JobId] = []
    for word in options["jobs"].split(","):
        wanted = read_job_id(word)
        if wanted is None:
            raise UsageError(f"squeue: error: Invalid job id: {word}\n")
        ids.append(wanted)
    if len(ids) == 1 and not any(ids[0].matches(job) for job in context.sim.jobs.values()):
        raise UsageError("slurm_load_jobs error: Invalid job id specified\n")
    return ids


def _rows(job: SimJob, options: dict[str, str]) -> list[Row]:
    if job.is_array_rest:
        if "array" in options:
            return [Row(job, task) for task in job.waiting]
        if "jobs" in options:
            named = [read_job_id(word) for word in options["jobs"].split(",")]
            tasks = {task for wanted in named if wanted is not None for task in wanted.tasks or ()}
            if tasks:
                return [Row(job, task) for task in job.waiting if task in tasks]
    return [Row(job)]


def _index(row: Row) -> float:
    """The place of a task within its array; what has not started comes last."""
    if row.task is not None:
        return row.task
    if row.job.task is not None:
        return row.job.task
    return row.job.het_offset if row.job.het_id else float("inf")


_SORT_KEYS: dict[str, Callable[[Row, Context], object]] = {
    "i": lambda row, context: (row.job.array_id or row.job.het_id or row.job.job_id, _index(row)),
    "j": lambda row, context: row.job.name,
    "l": lambda row, context: row.job.limit_s,
    "M": lambda row, context: row.job.elapsed_s(context.sim.now),
    "P": lambda row, context: row.job.partition,
    "p": lambda row, context: priority(row.job, context.sim.now),
    "Q": lambda row, context: priority(row.job, context.sim.now),
    "S": lambda row, context: row.job.start or row.job.estimate or float("inf"),
    "t": lambda row, context: _STATE_ORDER[row.job.state],
    "u": lambda row, context: row.job.user,
    "V": lambda row, context: row.job.submit,
}


def _sort(rows: list[Row], options: dict[str, str], context: Context) -> None:
    order = options.get("sort", "S" if "start" in options else "P,t,-p")
    for key in reversed([key for key in order.split(",") if key]):
        descending, letter = key.startswith("-"), key.lstrip("+-")
        if letter not in _SORT_KEYS:
            raise UsageError(f"squeue: error: Invalid sort specification: {letter}\n")
        get = _SORT_KEYS[letter]
        rows.sort(key=lambda row: get(row, context), reverse=descending)  # type: ignore[arg-type, return-value]
