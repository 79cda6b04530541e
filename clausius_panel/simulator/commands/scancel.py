"""scancel(1): by job id, or all of somebody's."""

from __future__ import annotations

from ..job import SimJob
from .context import Answer, Context, uid_of, user_of
from .job_ids import JobId, read_job_id
from .options import Option, UsageError, parse
from .squeue_fields import CODES

__all__ = ["scancel"]

_N, _R = "no", "required"
_OPTIONS = {
    "account": Option("account", _R),
    "batch": Option("batch", _N),
    "full": Option("full", _N),
    "hurry": Option("hurry", _N),
    "jobname": Option("name", _R),
    "me": Option("me", _N),
    "name": Option("name", _R),
    "partition": Option("partition", _R),
    "qos": Option("qos", _R),
    "quiet": Option("quiet", _N),
    "state": Option("state", _R),
    "user": Option("user", _R),
    "verbose": Option("verbose", _N),
    "version": Option("version", _N),
}
_LETTERS = {
    "A": "account",
    "b": "batch",
    "f": "full",
    "H": "hurry",
    "n": "name",
    "p": "partition",
    "Q": "quiet",
    "q": "qos",
    "t": "state",
    "u": "user",
    "v": "verbose",
    "V": "version",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_FILTERS = ("account", "name", "partition", "qos", "state", "user", "me")
_DENIED = 210  # what scancel exits with after "Access/permission denied"


def scancel(argv: list[str], context: Context) -> Answer:
    """Answer a command line. As the real one: an unknown id is an answer of 0, and only -v says more."""
    try:
        options, words = parse(argv, _SHORTS, _OPTIONS)
    except UsageError as error:
        text = f'scancel: {error.message}\nTry "scancel --help" for more information\n'
        return Answer(stderr=text, exit_status=1)
    if "version" in options:
        return Answer(stdout=f"{context.sim.spec.version}\n")
    if not words and not any(name in options for name in _FILTERS):
        return Answer(stderr="scancel: error: No job identification provided\n", exit_status=1)
    ids: list[JobId] = []
    for word in ",".join(words).split(",") if words else ():
        wanted = read_job_id(word)
        if wanted is None:
            return Answer(stderr=f"scancel: error: Invalid job id {word}\n", exit_status=1)
        ids.append(wanted)
    if "user" in options and uid_of(options["user"]) is None:
        return Answer(stderr=f"scancel: error: Invalid user name: {options['user']}\n", exit_status=1)
    if not ids:
        own = [job for job in _matching(options, context) if job.user == context.user]
        _cancel(own, None, context)
        return Answer()
    stderr, exit_status = "", 0
    for wanted in ids:
        more, status = _one(wanted, options, context)
        stderr, exit_status = stderr + more, status or exit_status
    return Answer(stderr=stderr, exit_status=exit_status)


def _matching(options: dict[str, str], context: Context) -> list[SimJob]:
    by_code = {code: state for state, code in CODES.items()}
    wanted = {
        name: options[name] for name in ("account", "name", "partition", "qos", "user", "state") if name in options
    }
    if "me" in options:
        wanted["user"] = context.user
    elif "user" in wanted:
        wanted["user"] = user_of(uid_of(wanted["user"]))
    if "state" in wanted:
        wanted["state"] = by_code.get(wanted["state"].upper(), wanted["state"].upper())
    jobs = (job for job in context.sim.jobs.values() if job.is_open)
    return [job for job in jobs if all(getattr(job, name) == value for name, value in wanted.items())]


def _one(wanted: JobId, options: dict[str, str], context: Context) -> tuple[str, int]:
    name = f"{wanted.number}"
    if wanted.tasks is not None:
        name += "_" + ",".join(map(str, sorted(wanted.tasks)))
    verbose = f"scancel: Terminating job {name}\n" * ("verbose" in options)
    known = [job for job in context.sim.jobs.values() if wanted.matches(job)]
    if not known:
        return _quiet(verbose, f"Kill job error on job id {name}: Invalid job id specified", options)
    jobs = [
        job for job in known if job.is_open and job.state != "COMPLETING" and job in _matching(options, context)
    ]
    if not jobs:
        return _quiet(
            verbose, f"Kill job error on job id {name}: Job/step already completing or completed", options
        )
    if any(job.user != context.user for job in jobs):
        return f"{verbose}scancel: error: Kill job error on job id {name}: Access/permission denied\n", _DENIED
    _cancel(jobs, wanted, context)
    return verbose, 0


def _quiet(verbose: str, message: str, options: dict[str, str]) -> tuple[str, int]:
    """Trouble that is told only to those who ask for it."""
    return verbose + f"scancel: error: {message}\n" * ("verbose" in options), 0


def _cancel(jobs: list[SimJob], wanted: JobId | None, context: Context) -> None:
    for job in jobs:
        tasks = wanted.tasks if wanted is not None and job.is_array_rest else None
        if job.is_open:  # a heterogeneous job goes as a whole
            context.sim.cancel(job, context.uid, tasks)
