"""sacct(1): what accounting has of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..job import SimJob
from ..scripts import batch_script
from .context import Answer, Context, uid_of, user_of
from .job_ids import JobId, read_job_id
from .moments import read_time
from .options import Option, UsageError, parse
from .sacct_fields import FIELDS, Entry, Field, shown_id, state
from .squeue_fields import CODES

__all__ = ["sacct"]

_N, _R = "no", "required"
_OPTIONS = {
    "accounts": Option("account", _R),
    "allocations": Option("allocations", _N),
    "allusers": Option("allusers", _N),
    "batch-script": Option("batch-script", _N),
    "brief": Option("brief", _N),
    "delimiter": Option("delimiter", _R),
    "duplicates": Option("duplicates", _N),
    "endtime": Option("endtime", _R),
    "format": Option("format", _R),
    "helpformat": Option("helpformat", _N),
    "jobs": Option("jobs", _R),
    "local": Option("local", _N),
    "name": Option("name", _R),
    "noconvert": Option("noconvert", _N),
    "noheader": Option("noheader", _N),
    "parsable": Option("parsable", _N),
    "parsable2": Option("parsable2", _N),
    "partition": Option("partition", _R),
    "qos": Option("qos", _R),
    "starttime": Option("starttime", _R),
    "state": Option("state", _R),
    "uid": Option("user", _R),
    "user": Option("user", _R),
    "verbose": Option("verbose", _N),
    "version": Option("version", _N),
}
_LETTERS = {
    "A": "accounts",
    "a": "allusers",
    "B": "batch-script",
    "b": "brief",
    "D": "duplicates",
    "e": "helpformat",
    "E": "endtime",
    "j": "jobs",
    "n": "noheader",
    "o": "format",
    "p": "parsable",
    "P": "parsable2",
    "q": "qos",
    "r": "partition",
    "s": "state",
    "S": "starttime",
    "u": "user",
    "v": "verbose",
    "V": "version",
    "X": "allocations",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_FORMAT = "jobid,jobname,partition,account,alloccpus,state,exitcode"
_BRIEF = "jobid,state,exitcode"


def sacct(argv: list[str], context: Context) -> Answer:
    """Answer a command line."""
    try:
        options, words = parse(argv, _SHORTS, _OPTIONS)
        if words:
            names = "".join(f"sacct: error:  {word}\n" for word in words)
            return Answer(stderr=f"sacct: error: Unknown arguments:\n{names}", exit_status=1)
        if "version" in options:
            return Answer(stdout=f"{context.sim.spec.version}\n")
        if "helpformat" in options:
            return Answer(stdout=_help_format(context))
        context = replace(context, noconvert="noconvert" in options)
        if "batch-script" in options:
            return Answer(stdout="".join(_scripts(options, context)))
        columns = _columns(options, context)
        entries = list(_entries(options, context))
    except UsageError as error:
        prefix = "" if error.message.endswith("\n") else "sacct: "
        return Answer(stderr=f"{prefix}{error.message.rstrip()}\n", exit_status=error.exit_status)
    return Answer(stdout="".join(_lines(options, columns, entries, context)))


def _known(name: str, context: Context) -> Field | None:
    field = FIELDS.get(name.lower())
    return field if field is not None and field.since <= context.sim.spec.version else None


def _help_format(context: Context) -> str:
    names = [field.header for field in FIELDS.values() if _known(field.header, context)]
    rows = [names[at : at + 4] for at in range(0, len(names), 4)]
    return "\n" + "".join("".join(f"{name:<20}" for name in row).rstrip() + "\n" for row in rows)


def _columns(options: dict[str, str], context: Context) -> list[tuple[Field, int]]:
    default = _BRIEF if "brief" in options else context.env.get("SACCT_FORMAT", _FORMAT)
    columns: list[tuple[Field, int]] = []
    for token in options.get("format", default).split(","):
        name, _, width = token.partition("%")
        if not name:
            continue
        field = _known(name, context)
        if field is None:
            raise UsageError(f'error: Invalid field requested: "{name}"')
        is_number = width.removeprefix("-").isdecimal()
        columns.append((field, int(width) if is_number else field.width))
    return columns


def _window(options: dict[str, str], context: Context) -> tuple[float, float]:
    """From and until, in simulated seconds."""
    now = context.clock.wall(context.sim.now)
    zone = context.zone()

    def moment(name: str, default: str) -> float:
        word = options.get(name, default)
        wall = read_time(word, now, zone)
        if wall is None:
            raise UsageError(f"Invalid time specification (pos=0): {word}\n")
        return wall

    by_state = "state" in options
    if "starttime" not in options and "jobs" in options and not by_state:
        start = 0.0
    else:
        start = moment("starttime", "now" if by_state else "today")
    # The real one looks at the single moment -S if states are asked for without -E.
    end = start if by_state and "endtime" not in options else moment("endtime", "now")
    if start > end:
        raise UsageError(
            f"error: Start time ({options.get('starttime', 'now')}) requested is after end time "
            f"({options.get('endtime', 'now')})."
        )
    return context.clock.moment(start), context.clock.moment(end + 1.0)


def _states(options: dict[str, str]) -> set[str] | None:
    if "state" not in options:
        return None
    by_code = {code: name for name, code in CODES.items()}
    states = set()
    for word in options["state"].split(","):
        name = by_code.get(word.upper(), word.upper())
        if name not in CODES:
            raise UsageError(f"fatal: unrecognized job state value '{word}'")
        states.add(name)
    return states


def _users(options: dict[str, str], context: Context) -> set[str] | None:
    if "user" in options:
        users = set()
        for name in options["user"].split(","):
            uid = uid_of(name)
            if uid is None:
                raise UsageError(f"error: Invalid user id: {name}")
            users.add(user_of(uid))
        return users
    return None if "allusers" in options or "jobs" in options else {context.user}


def _ids(options: dict[str, str]) -> list[JobId] | None:
    if "jobs" not in options:
        return None
    ids = []
    for word in options["jobs"].split(","):
        wanted = read_job_id(word.partition(".")[0])
        if wanted is None:
            raise UsageError(f"fatal: Bad job/step specified: {word}")
        ids.append(wanted)
    return ids


def _entries(options: dict[str, str], context: Context) -> Iterator[Entry]:
    users, ids, states = _users(options, context), _ids(options), _states(options)
    start, end = _window(options, context)
    fields = {
        option: set(options[option].split(","))
        for option in ("account", "name", "partition", "qos")
        if option in options
    }
    for job in _accounted(context, duplicates="duplicates" in options):
        if users is not None and job.user not in users:
            continue
        if ids is not None and not any(wanted.matches(job) for wanted in ids):
            continue
        if not _in_window(job, states, start, end):
            continue
        if any(getattr(job, name) not in wanted for name, wanted in fields.items()):
            continue
        yield Entry(job)
        if "allocations" not in options and job.start is not None:
            yield from (Entry(job, step) for step in (".batch", ".extern"))


def _scripts(options: dict[str, str], context: Context) -> Iterator[str]:
    """The batch scripts of one's own jobs, one for each record; nothing is said of those of others."""
    if "jobs" not in options:
        raise UsageError(
            "fatal: When requesting job scripts you must also request specific jobs with the '-j' option."
        )
    for entry in _entries({**options, "allocations": ""}, context):
        if entry.job.user == context.user:
            script = batch_script(entry.job, limit_s=context.seconds(entry.job.limit_s))
            yield f"Batch Script for {shown_id(entry)}\n{'-' * 80}\n{script}\n"


def _accounted(context: Context, *, duplicates: bool) -> list[SimJob]:
    """Ended attempts and open jobs, in order of submission; of one id the last attempt, or all."""
    sim = context.sim
    jobs = [*sim.records, *(job for job in sim.jobs.values() if job.is_open)]
    if not duplicates:
        jobs = list({job.job_id: job for job in jobs}.values())
    return sorted(jobs, key=_order)


def _order(job: SimJob) -> tuple[float, int, float, int]:
    """By submission, and in an array by task, with those that wait at the end."""
    index = job.task if job.task is not None else float("inf") if job.is_array_rest else job.het_offset
    return job.submit, job.array_id or job.het_id or job.job_id, index, job.restarts


def _in_window(job: SimJob, states: set[str] | None, start: float, end: float) -> bool:
    if states is None:
        return job.submit < end and (job.end is None or job.end >= start)
    name = state(job).partition(" ")[0]
    if "PENDING" in states and job.submit < end and (job.start is None or job.start >= start):
        return job.end is None or job.start is not None
    if "RUNNING" in states and job.start is not None and job.start < end and (job.end is None or job.end >= start):
        return True
    return name in states and job.end is not None and start <= job.end < end


def _lines(
    options: dict[str, str], columns: list[tuple[Field, int]], entries: list[Entry], context: Context
) -> Iterator[str]:
    table = [[field.get(entry, context) for field, _ in columns] for entry in entries]
    headers = [field.header for field, _ in columns]
    if "parsable" in options or "parsable2" in options:
        delimiter = options.get("delimiter", "|")
        tail = delimiter * ("parsable2" not in options)
        for row in ([headers] if "noheader" not in options else []) + table:
            yield f"{delimiter.join(row)}{tail}\n"
        return
    widths = [width for _, width in columns]
    if "noheader" not in options:
        yield "".join(_cell(name, width, header=True) for name, width in zip(headers, widths, strict=True)) + "\n"
        yield "".join(f"{'-' * abs(width)} " for width in widths) + "\n"
    for row in table:
        yield "".join(_cell(value, width) for value, width in zip(row, widths, strict=True)) + "\n"


def _cell(value: str, width: int, *, header: bool = False) -> str:
    """A value in its column; one that is cut ends in "+"."""
    size = abs(width)
    if len(value) > size:
        value = value[:size] if header else f"{value[: size - 1]}+"
    return (value.ljust(size) if width < 0 else value.rjust(size)) + " "
