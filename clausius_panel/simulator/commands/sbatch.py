"""sbatch(1): enough of it to submit a job from a command line, a script or standard input."""

from __future__ import annotations

import random
import re
import shlex
from dataclasses import replace
from pathlib import Path

from ..job import Dependency, Shape
from ..request import Request
from ..workload import fate
from .context import Answer, Context
from .job_ids import read_job_id
from .moments import read_limit_s, read_time
from .options import Option, UsageError, parse

__all__ = ["sbatch"]

_N, _R = "no", "required"
_OPTIONS = {
    "account": Option("account", _R),
    "array": Option("array", _R),
    "begin": Option("begin", _R),
    "chdir": Option("chdir", _R),
    "comment": Option("comment", _R),
    "cpus-per-task": Option("cpus", _R),
    "dependency": Option("dependency", _R),
    "error": Option("error", _R),
    "gpus-per-node": Option("gres", _R),
    "gres": Option("gres", _R),
    "hold": Option("hold", _N),
    "job-name": Option("name", _R),
    "licenses": Option("licence", _R),
    "mem": Option("mem", _R),
    "nodes": Option("nodes", _R),
    "ntasks": Option("ntasks", _R),
    "output": Option("output", _R),
    "parsable": Option("parsable", _N),
    "partition": Option("partition", _R),
    "qos": Option("qos", _R),
    "requeue": Option("requeue", _N),
    "test-only": Option("test-only", _N),
    "time": Option("time", _R),
    "version": Option("version", _N),
    "wrap": Option("wrap", _R),
}
_LETTERS = {
    "A": "account",
    "a": "array",
    "b": "begin",
    "c": "cpus-per-task",
    "D": "chdir",
    "d": "dependency",
    "e": "error",
    "H": "hold",
    "J": "job-name",
    "L": "licenses",
    "N": "nodes",
    "n": "ntasks",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
    "V": "version",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_BAD_OPTION = 255
_UNITS = {"": 1, "M": 1, "G": 1024, "T": 1048576}
_QOS = ("normal", "high", "scavenger")
_MAX_ARRAY = 10001


def sbatch(argv: list[str], context: Context) -> Answer:
    """Answer a command line."""
    try:
        options, words = parse(argv, _SHORTS, _OPTIONS)
    except UsageError as error:
        text = f'sbatch: {error.message}\nTry "sbatch --help" for more information\n'
        return Answer(stderr=text, exit_status=_BAD_OPTION)
    if "version" in options:
        return Answer(stdout=f"{context.sim.spec.version}\n")
    try:
        script = _script(options, words, context)
        options = {**_directives(script), **options}
        request = replace(_request(options, words, shlex.join(["sbatch", *argv]), context), script=script)
    except UsageError as error:
        return Answer(stderr=f"{error.message}\n", exit_status=error.exit_status)
    if "test-only" in options:
        return Answer(stderr="sbatch: allocation success\n")
    job_id = context.sim.submit(request)
    context.sim.settle()
    return Answer(stdout=f"{job_id}\n" if "parsable" in options else f"Submitted batch job {job_id}\n")


def _script(options: dict[str, str], words: list[str], context: Context) -> str:
    """What is submitted: a file, standard input, or the command of --wrap."""
    if "wrap" in options and words:
        raise UsageError("sbatch: error: Script arguments not permitted with --wrap option")
    if "wrap" in options:
        return f"#!/bin/sh\n# This script was created by sbatch --wrap.\n\n{options['wrap']}\n"
    script = context.stdin
    if words:
        path = Path(context.env.get("PWD", "/"), words[0])
        try:
            script = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"sbatch: error: Unable to open file {words[0]}") from error
    if not script.startswith("#!"):
        raise UsageError(
            "sbatch: error: This does not look like a batch script.  The first\n"
            "sbatch: error: line must start with #! followed by the path to an interpreter.\n"
            "sbatch: error: For instance: #!/bin/sh"
        )
    return script


def _directives(script: str) -> dict[str, str]:
    """The `#SBATCH` lines of the script."""
    argv = [
        word for line in re.findall(r"(?m)^#SBATCH\s+(.*)$", script) for word in shlex.split(line, comments=True)
    ]
    try:
        return parse(argv, _SHORTS, _OPTIONS)[0]
    except UsageError as error:
        raise UsageError(f"sbatch: {error.message}", _BAD_OPTION) from error


def _failed(why: str) -> UsageError:
    return UsageError(f"sbatch: error: Batch job submission failed: {why}")


def _request(options: dict[str, str], words: list[str], line: str, context: Context) -> Request:
    spec = context.sim.spec
    partition = options.get("partition") or next(own.name for own in spec.partitions if own.default)
    if partition not in context.sim.partitions:
        raise UsageError(
            f"sbatch: error: invalid partition specified: {partition}\n"
            f"{_failed('Invalid partition name specified').message}"
        )
    accounts = {account for own in spec.campaigns for user, account in own.users if user == context.user}
    account = options.get("account", "nlp")
    if account not in accounts | {"nlp"}:
        raise _failed("Invalid account or account/partition combination specified")
    qos = options.get("qos", "normal")
    if qos not in _QOS:
        raise _failed("Invalid qos specification")
    shape = _shape(options, context)
    if not any(context.sim.nodes[name].could_fit(shape) for name in context.sim.partitions[partition].nodes):
        raise _failed("Requested node configuration is not available")
    reported_s = _limit_s(options)
    limit_s = reported_s * context.clock.speed  # the limit is meant in real seconds
    rng = random.Random(f"{context.sim.seed}/sbatch/{len(context.sim.outcomes)}/{len(context.sim.jobs)}")
    run_s, verdict, exit_code = fate(rng, limit_s, (0.2, 0.8))
    tasks, array_limit = _array(options.get("array"))
    directory = options.get("chdir", context.env.get("PWD", ""))
    pattern = "slurm-%A_%a.out" if tasks else "slurm-%j.out"
    return Request(
        name=options.get("name") or ("wrap" if "wrap" in options else Path(words[0]).name if words else "sbatch"),
        user=context.user,
        account=account,
        partition=partition,
        shape=shape,
        limit_s=limit_s,
        run_s=run_s,
        verdict=verdict,
        exit_code=exit_code,
        qos=qos,
        dependencies=_dependencies(options.get("dependency", "")),
        begin_s=_begin_s(options, context),
        held="user" if "hold" in options else "",
        licence=options.get("licence", "").partition(":")[0],
        comment=options.get("comment", ""),
        tasks=tasks,
        array_limit=array_limit,
        command="" if not words else str(Path(directory, words[0])),
        work_dir=directory,
        stdout=str(Path(directory, options.get("output", pattern))),
        submit_line=line,
    )


def _whole(options: dict[str, str], name: str, default: int) -> int:
    word = options.get(name, str(default)).partition("-")[0]
    if not word.isdecimal() or not int(word):
        raise UsageError(f'sbatch: error: Invalid numeric value "{word}" for {name}.', _BAD_OPTION)
    return int(word)


def _shape(options: dict[str, str], context: Context) -> Shape:
    match = re.fullmatch(r"(\d+)([MGT]?)B?", options.get("mem", "4G"), re.IGNORECASE)
    if match is None:
        raise UsageError("sbatch: error: Invalid --mem specification", _BAD_OPTION)
    gres = re.fullmatch(r"(?:gpu:)?(?:([a-z]\w*|\d+g\.\d+gb):)?(\d+)|gpu|", options.get("gres", ""))
    if gres is None:
        raise _failed("Invalid generic resource (gres) specification")
    gpus = int(gres[2] or bool(gres[0]))
    return Shape(
        nodes=_whole(options, "nodes", 1),
        cpus=_whole(options, "cpus", 1) * _whole(options, "ntasks", 1),
        memory_mib=int(match[1]) * _UNITS[match[2].upper()],
        gpus=gpus,
        gpu_type=gres[1] or context.sim.spec.gpu_type.lower() if gpus else "",
    )


def _limit_s(options: dict[str, str]) -> float:
    limit = read_limit_s(options.get("time", "60"))
    if not limit:
        raise UsageError("sbatch: error: Invalid --time specification", _BAD_OPTION)
    return limit


def _array(text: str | None) -> tuple[tuple[int, ...], int]:
    if text is None:
        return (), 0
    indices, _, limit = text.partition("%")
    wanted = read_job_id(f"1_[{indices}]")
    if wanted is None or not wanted.tasks or max(wanted.tasks) >= _MAX_ARRAY or (limit and not limit.isdecimal()):
        raise _failed("Invalid job array specification")
    return tuple(sorted(wanted.tasks)), int(limit or 0)


def _dependencies(text: str) -> tuple[Dependency, ...]:
    terms: list[Dependency] = []
    for term in text.split(",") if text else ():
        kind, *ids = term.split(":")
        if kind == "singleton" and not ids:
            terms.append(Dependency("singleton"))
            continue
        if (
            kind not in ("after", "afterany", "afterok", "afternotok")
            or not all(map(str.isdecimal, ids))
            or not ids
        ):
            raise _failed("Job dependency problem")
        terms.extend(Dependency(kind, int(own)) for own in ids)
    return tuple(terms)


def _begin_s(options: dict[str, str], context: Context) -> float | None:
    """In simulated seconds from now."""
    if "begin" not in options:
        return None
    now = context.clock.wall(context.sim.now)
    wall = read_time(options["begin"], now, context.zone())
    if wall is None:
        raise UsageError(
            f"Invalid time specification (pos=0): {options['begin']}\n"
            "sbatch: error: Invalid --begin specification",
            _BAD_OPTION,
        )
    return max(0.0, wall - now) * context.clock.speed
