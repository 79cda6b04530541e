"""What a job writes to its other stream: an error there explains a log that tells of none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import TransportError
from .analysis import AnalysisRules
from .crashes import Crash, judge
from .discovery import LogFile
from .error_search import first_error
from .reading import tail
from .refusal import LogRefused
from .source import LogSource

__all__ = ["ErrorBeside", "error_beside", "other_stream"]


@dataclass(frozen=True, kw_only=True)  # without slots: the MCP SDK takes a slot for a default value
class ErrorBeside:
    """An error that the other stream of the same job tells of. `message` is text that a program wrote."""

    label: str  # "stderr", "task 4 stdout" ...
    path: str
    message: str  # one line
    offset: int  # byte where the line with its sign begins
    line: int | None  # its number, from 1; None: not known without reading what is before


def other_stream(files: Sequence[LogFile], path: str) -> LogFile | None:
    """Stderr beside stdout of the same job, or the other way round; None where both are one file."""
    here = next((file for file in files if file.path == path), None)
    wanted = "stdout" if here is not None and here.stream == "stderr" else "stderr"
    mine = (file for file in files if file.stream == wanted and (here is None or file.job_id == here.job_id))
    return next(mine, None)


def error_beside(
    source: LogSource,
    files: Sequence[LogFile],
    path: str,
    *,
    rules: AnalysisRules | None = None,
    is_first: bool = False,
    max_seconds: int = 4,
) -> ErrorBeside | None:
    """What the other stream of one of a job's files tells of, in its last lines; with `is_first` in all of it.

    None also where it cannot be read: it is only looked at beside a file that was.
    """
    other = other_stream(files, path) if any(file.path == path for file in files) else None
    if other is None or other.problem or not other.size:
        return None
    try:
        crash = _crash(source, other.path, rules, max_seconds if is_first else 0)
    except (LogRefused, TransportError):
        return None
    if crash is None:
        return None
    return ErrorBeside(
        label=other.label, path=other.path, message=crash.message, offset=crash.offset, line=crash.line
    )


def _crash(source: LogSource, path: str, rules: AnalysisRules | None, max_seconds: int) -> Crash | None:
    """The first error of a file, or without seconds what ended it as its last lines tell."""
    if max_seconds:
        return first_error(source, path, rules=rules, max_seconds=max_seconds).crash
    page = tail(source, path)
    if page.is_binary:
        return None
    return judge(page.data, rules=rules, first_line=page.first_line, first_byte=page.start).crash
