"""The logs of a job as plain values for the page; all of it text, none of it markup."""

from __future__ import annotations

from typing import Any

from ..logs import (
    ErrorBeside,
    FirstError,
    Hit,
    LogFile,
    Progress,
    Span,
    Style,
    Via,
    file_kind,
    parse_ansi,
    plain_text,
)
from ..logs import other_stream as find_other_stream
from ..state import Key, LogFound, LogPiece
from ..state.log_explorer import LogExplorer
from .job_table import key_text
from .log_browse import chunk_part, folders_part, records_part, rendered_part, size_text, tasks_part
from .tracker_part import trackers_part
from .words import epoch, round_duration

__all__ = ["around_part", "log_part", "other_stream"]

_LONGEST_LINE = 4000
_HIT = 300


def other_stream(view: LogExplorer) -> str:
    """Stderr beside stdout of the same job, or the other way round; "" where both are one file."""
    other = find_other_stream(view.files, view.path)
    return "" if other is None else other.path


def around_part(view: LogExplorer) -> dict[str, Any]:
    """What stands around the files of a job: the tree, the tasks of its array, and a link to all this."""
    key = view.key
    return {
        "tree": folders_part(view),
        "tasks": tasks_part(view),
        "task": key[1] if key else "",
        "other": other_stream(view),
        "link": {"cluster": key[0], "job": key[1]} if key else None,
    }


def log_part(view: LogExplorer, key: Key) -> dict[str, Any]:
    """What the page shows of a log; all of it text, none of it markup."""
    return {
        "key": key_text(key),
        "busy": view.busy,
        "error": view.error,
        "empty": view.empty,
        "note": view.note,
        "files": [_file(file) for file in view.files],
        "path": view.path,
        "rows": _rows(view.piece) if view.piece else [],
        "is_end": view.piece is None or view.piece.is_end,
        "facts": _facts(view),
        "rendered": rendered_part(view.rendered),
        "records": records_part(view),
        "as_lines": view.as_lines,
        "kind": file_kind(view.path) if view.path else "text",
        "saves": view.piece is not None or view.is_rendered or view.is_binary,
        "chunk": chunk_part(view.chunk),
        "written": epoch(view.piece.modified) if view.piece else None,
        "mark": view.mark,
        "trackers": trackers_part(view.links),
        "crash": {"text": view.crash, "at": view.crash_at, "mild": view.has_completed} if view.crash else None,
        "elsewhere": _elsewhere(view.elsewhere),
        "unsearched": None if view.unsearched is None else _unsearched(view, view.unsearched),
        "progress": _progress(view.progress),
        "found": _found(view.found),
    }


def _file(file: LogFile) -> dict[str, Any]:
    if file.problem:
        how = "not there" if file.problem.startswith("there is no such file") else "cannot be read"
    else:
        how = "not looked at" if file.size is None else size_text(file.size)
    return {
        "path": file.path,
        "text": f"{file.label} ({how})",
        "tip": file.problem,
    }


def _facts(view: LogExplorer) -> str:
    """How much of the file is shown, and which way it came."""
    piece = view.piece
    if piece is None:
        shown = view.rendered.page if view.rendered else view.records.page if view.records else None
        return (
            "" if shown is None else ", ".join(filter(None, [size_text(shown.facts.size), _way(view, shown.via)]))
        )
    count = len(_raw_lines(piece))
    lines = "1 line" if count == 1 else f"{count} lines"
    if piece.start == 0 and piece.is_end:
        how = f"all {lines}" if count != 1 else lines
    else:
        how = f"{'last ' if piece.is_end else ''}{lines} of {size_text(piece.size)}"
    return ", ".join(filter(None, [how, _way(view, piece.via)]))


def _way(view: LogExplorer, via: Via) -> str:
    """Where the bytes came from, where that is not the login node."""
    if via == "mount":
        return "from the mounted copy"
    if via == "sftp":
        return "over SFTP"
    if via == "login":
        return "from the login node"
    place = next((file.place for file in view.files if file.path == view.path), "login node")
    return "from the data host" if place == "data host" else ""


def _elsewhere(found: ErrorBeside | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "path": found.path,
        "text": f"{found.label}: {plain_text(found.message)}",
        "at": found.offset,
        "line": found.line,
    }


def _unsearched(view: LogExplorer, found: FirstError) -> dict[str, Any]:
    """How far the search for the first error came, and where it goes on."""
    whys = {"line": "a line is too long to be searched", "time": "its time was up"}
    why = whys.get(found.stopped_by, "that is its limit")
    words = f"no error in the first {size_text(found.searched)} of {size_text(found.size)}"
    words = f"{words}; there the search stopped: {why}" if found.searched else f"the search came to nothing: {why}"
    if view.crash_at is not None and view.mark == view.crash_at:
        words += "; the marked line is one of the last"
    return {"text": words, "start": None if found.stopped_by == "line" else found.searched}


def _progress(found: Progress | None) -> dict[str, Any] | None:
    if found is None:
        return None
    counted = f"{found.done:,.0f} of {found.total:,.0f} {found.unit}".strip() if found.done and found.total else ""
    left = (
        f"about {round_duration(max(1, round(found.eta_s)))} left" if found.eta_s and found.percent < 100 else ""
    )
    words = [f"{found.percent:.0f} %", counted, left]
    return {"percent": round(found.percent, 1), "text": " · ".join(filter(None, words)), "tip": found.line}


def _found(found: LogFound | None) -> dict[str, Any] | None:
    if found is None:
        return None
    count = len(found.hits)
    words = f"no line holds “{found.pattern}”" if not count else "1 line" if count == 1 else f"{count} lines"
    return {
        "text": words if found.is_whole else f"{words}; the search stopped before the end of the file",
        "pattern": found.pattern,
        "hits": [_hit(hit) for hit in found.hits],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {"at": hit.offset, "line": hit.line, "text": plain_text(hit.text)[:_HIT]}


def _raw_lines(piece: LogPiece) -> list[bytes]:
    lines = piece.data.split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def _rows(piece: LogPiece) -> list[list[Any]]:
    """Of every line: where it begins, its number, and its spans as [text, classes, colour, ground]."""
    rows: list[list[Any]] = []
    spans = _by_line(parse_ansi(piece.data.decode("utf-8", "replace")))
    offset = piece.start
    for at, raw in enumerate(_raw_lines(piece)):
        number = None if piece.first_line is None else piece.first_line + at
        rows.append([offset, number, spans[at] if at < len(spans) else []])
        offset += len(raw) + 1
    return rows


def _by_line(spans: list[Span]) -> list[list[list[str]]]:
    lines: list[list[list[str]]] = [[]]
    left = _LONGEST_LINE
    for span in spans:
        for at, text in enumerate(span.text.split("\n")):
            if at:
                lines.append([])
                left = _LONGEST_LINE
            if text and left > 0:
                cut = text if len(text) <= left else f"{text[:left]} … {len(text) - left} more characters"
                lines[-1].append([cut, *_look(span.style)])
                left -= len(text)
    return lines


def _look(style: Style) -> list[str]:
    names = {
        "bold": style.is_bold,
        "dim": style.is_dim,
        "italic": style.is_italic,
        "underlined": style.is_underlined,
        "struck": style.is_struck,
    }
    colours = (style.colour, style.background)
    colour, ground = reversed(colours) if style.is_inverse else colours
    if style.is_inverse and not ground:
        ground = "white"
    classes = [name for name, is_on in names.items() if is_on]
    classes += [f"ink-{colour.removeprefix('bright-')}"] if colour and colour[0] != "#" else []
    classes += [f"on-{ground.removeprefix('bright-')}"] if ground and ground[0] != "#" else []
    looks = [" ".join(classes), colour if colour[:1] == "#" else "", ground if ground[:1] == "#" else ""]
    return looks if any(looks) else []
