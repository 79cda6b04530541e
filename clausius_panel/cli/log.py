"""`clausius log`: what a job has written."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .. import answers
from . import words
from .context import cluster_argument, json_option, open_runtime
from .tables import Column, say, show

if TYPE_CHECKING:
    from ..job_logs import JobLog
    from ..logs import Change, LogFiles, SearchResult, TrackerLink
    from ..runtime import Runtime

__all__ = ["log_command"]

LINES = 200
MAX_BYTES = 8 << 20

FROM = {"mount": ", from the mounted copy", "data host": ", from the data host", "login node": ""}

COLUMNS = (
    Column(title="FILE"),
    Column(title="BYTES", right=True),
    Column(title="WRITTEN", right=True, rank=2),
    Column(title="WHERE", rank=3),
    Column(title="PATH", flexible=20),
    Column(title="PROBLEM", rank=1),
)

EPILOG = """
JOB is a job, an array task (12_3) or an array (12): of an array it is the log that was written last. Colours and
all else that steers a terminal are left out. --follow ends when the job has ended and nothing came for a while,
or with Ctrl-C. --grep searches on the cluster, within bounds of bytes and seconds, and exits with 1 where it finds
nothing. --offset 0 shows a log from its beginning, and says where its next page starts. Of a rotated log (.gz)
the end is unpacked where it lies. Where the end of a failed job's log tells of no error, the one in its other
stream is named. --links reads the first and last 256 KiB, and exits with 1 where they name none.
Exit code 1 too for a file that is missing, not a regular one, or outside the directories of the job.
"""


@click.command("log", short_help="Show what a job has written.", epilog=EPILOG)
@cluster_argument()
@click.argument("job")
@click.option("-l", "--list", "listed", is_flag=True, help="List the files of the job.")
@click.option("--path", metavar="PATH", help="Another file of the job's directories.")
@click.option("-e", "--stderr", is_flag=True, help="What it wrote to stderr.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(1, 10_000),
    default=LINES,
    show_default=True,
    metavar="N",
    help="So many of the last lines, of a page, or of the lines found.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is appended.")
@click.option("-g", "--grep", metavar="TEXT", help="Only lines that hold TEXT, with their numbers.")
@click.option(
    "--offset",
    type=click.IntRange(0),
    metavar="BYTES",
    help="Whole lines from this byte of the file on, not the last ones; with --grep, search from there.",
)
@click.option("--links", is_flag=True, help="Only the pages of experiment trackers that the log names.")
@json_option()
@click.pass_context
def log_command(
    ctx: click.Context,
    /,
    *,
    cluster: str,
    job: str,
    listed: bool,
    path: str | None,
    stderr: bool,
    lines: int,
    follow: bool,
    grep: str | None,
    offset: int | None,
    links: bool,
    as_json: bool,
) -> int:
    """Show the end of what JOB on CLUSTER has written, or a page of it, or search or follow it."""
    from ..job_logs import job_log, job_log_files
    from ..logs import LogRefused

    _one_of({"--list": listed, "--links": links, "--follow": follow, "--grep": grep is not None})
    _one_of({"--list": listed, "--links": links, "--follow": follow, "--offset": offset is not None})
    _one_of({"--path": path is not None, "--stderr": stderr, "--list": listed})
    _one_of({"--follow": follow, "--json": as_json})
    with open_runtime(ctx) as runtime:
        if listed:
            return _list(job_log_files(runtime, cluster, job), as_json=as_json)
        try:
            log = job_log(runtime, cluster, job, path=path or "", stderr=stderr)
            if links:
                return _links(log, as_json=as_json)
            if grep is not None:
                return _search(log, log.search(grep, start=offset or 0, max_hits=lines), as_json=as_json)
            if follow:
                return _follow(log, runtime, lines)
            return _tail(log, runtime, lines, offset, as_json=as_json)
        except LogRefused as error:
            raise click.ClickException(str(error)) from error


def _one_of(given: dict[str, bool]) -> None:
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} cannot be given together")


def _list(found: LogFiles, *, as_json: bool) -> int:
    if as_json:
        names = ("cluster", "job_id", "files", "directories", "problems", "is_complete")
        click.echo(answers.as_json({name: getattr(found, name) for name in names}))
        return 0
    rows = [
        [
            each.label,
            "-" if each.size is None else f"{each.size:,}",
            words.ago(each.modified),
            each.place,
            each.path,
            each.problem,
        ]
        for each in found.files
    ]
    if rows:
        show(COLUMNS, rows)
    else:
        say(
            "no file bears its id" if found.problems else "nothing tells where it writes, and no file bears its id"
        )
    for problem in found.problems:
        click.echo(f"clausius: {words.printable(problem)}", err=True)
    if not found.is_complete:
        click.echo("clausius: there may be more files than these", err=True)
    return 0


def _links(log: JobLog, *, as_json: bool) -> int:
    found: list[TrackerLink] = log.links()
    if as_json:
        click.echo(answers.as_json(found))
    for each in [] if as_json else found:
        say(f"{each.tracker}  {each.url}")
    if not found:
        click.echo("clausius: neither its beginning nor its end names a page of an experiment tracker", err=True)
    return int(not found)


def _tail(log: JobLog, runtime: Runtime, lines: int, offset: int | None, *, as_json: bool) -> int:
    from ..job_logs import known_error_beside
    from ..logs import LogRefused, plain_text

    found = log.read(lines=lines, max_bytes=MAX_BYTES, offset=offset)
    beside = known_error_beside(runtime, log, found) if offset is None and not found.is_binary else None
    if as_json:
        links = log.links() if offset is None else []
        click.echo(answers.as_json(asdict(found) | {"links": links, "error_beside": beside}))
        return 0
    if found.is_binary:
        raise LogRefused(found.path, "binary")
    where = FROM[found.place]
    _head(found.path, found.label, f"{found.size:,} bytes, written {words.ago(found.modified)}{where}")
    more = f"the next page starts at --offset {found.end}" if found.end < found.size else "this is its end"
    if note := found.note if offset is None else more:
        click.echo(f"clausius: {note}", err=True)
    sys.stdout.write(found.text if found.text.endswith("\n") or not found.text else f"{found.text}\n")
    if beside is not None:
        sys.stdout.flush()
        message = words.printable(plain_text(beside.message))
        where = words.printable(beside.path)
        click.echo(f"clausius: its {beside.label} tells of an error: {message} (--path {where})", err=True)
    return 0


def _follow(log: JobLog, runtime: Runtime, lines: int) -> int:
    from ..logs import plain_text

    changes = log.follow(runtime, lines=lines, max_bytes=MAX_BYTES)
    _head(log.path, log.label, "followed until the job has ended; Ctrl-C stops")
    for change in changes:
        _note(change)
        sys.stdout.write(plain_text(change.text))
        sys.stdout.flush()
    return 0


def _note(change: Change) -> None:
    """Say what a reader could not see from the text alone."""
    if change.state in ("truncated", "rotated"):
        click.echo("clausius: the file began anew", err=True)
    elif change.problem is not None and change.problem.reason != "missing":
        click.echo(f"clausius: {words.printable(str(change.problem))}", err=True)


def _search(log: JobLog, found: SearchResult, *, as_json: bool) -> int:
    from ..logs import plain_text

    if as_json:
        facts: dict[str, Any] = {"cluster": log.cluster, "job_id": log.job_id, "path": log.path}
        names = ("hits", "stopped_by", "next_start")
        click.echo(answers.as_json(facts | {name: getattr(found, name) for name in names}))
        return int(not found.hits)
    _head(log.path, log.label, f"{found.facts.size:,} bytes")
    for hit in found.hits:
        say(f"{hit.line or '?'}: {plain_text(hit.text)}{'…' if hit.is_cut else ''}")
    if found.stopped_by:
        why = "a line too long to search" if found.stopped_by == "line" else f"its limit of {found.stopped_by}"
        more = "" if found.next_start is None else f": --offset {found.next_start}"
        click.echo(f"clausius: the search stopped at {why}; there may be more{more}", err=True)
    elif not found.hits:
        click.echo("clausius: no line holds that text", err=True)
    return int(not found.hits)


def _head(path: str, label: str, facts: str) -> None:
    """Which file it is, on stderr: the log alone is for pipes."""
    name = words.printable(path)
    click.echo(f"{name} ({label}, {facts})" if label else f"{name} ({facts})", err=True)
