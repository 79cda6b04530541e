"""The log of the opened job, drawn as parts for the page; what the page asks about it is asked in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from ..logs import Hit, LogFile, Progress, Span, Style, parse_ansi, plain_text
from ..state import BoardState, Key, LogFound, LogPiece, LogView
from .job_table import key_text
from .words import epoch, round_duration

__all__ = ["LogPane", "log_part"]

SETTLE_S = 0.3
"""Who goes through the jobs with j and k has each log asked for only where they stay."""

_LONGEST_LINE = 4000
_HIT = 300


class LogPane:
    """The log beside the board: follows what the board has open, and puts it into the page as "log"."""

    def __init__(self, board: BoardState, put: Callable[[str, Any], None]) -> None:
        """Nothing is asked yet."""
        self.board, self.view = board, LogView(board.runtime)
        self._put = put
        self._key: Key | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_following = False

    def open(self) -> None:
        """Show the log of the job that the board has open now, or none. On a running loop only."""
        wanted = self.board.opened if self.board.tab == "log" else None
        if wanted == self._key:
            return
        self._key = wanted
        self.view.clear()
        if wanted is not None:
            self._start(f"asking {wanted[0]} where the log is", partial(self.view.find, wanted), settle_s=SETTLE_S)
        self.draw()

    def hear(self, message: dict[str, Any]) -> None:
        """Do what the page asks for. Raises `ValueError` for what makes no sense."""
        act, view, path = message.get("act"), self.view, self.view.path
        if self._key is None:
            return
        if act == "follow":
            self._follow()
        elif act == "file" and (chosen := str(message.get("path"))) in {file.path for file in view.files}:
            view.forget(chosen)
            self._start("reading the last lines", partial(view.read_end, chosen))
        elif act == "end" and path and view.piece is not None:
            self._start("reading the last lines", partial(view.read_end, path))
        elif act == "end":
            self._start(f"asking {self._key[0]} where the log is", partial(view.find, self._key))
        elif act == "error":
            self._start("searching for the first error", view.first_error)
        elif act == "search":
            self._start("searching the file", partial(view.search, str(message.get("text", ""))))
        elif act == "jump":
            line = message.get("line")
            jump = partial(view.read_around, int(str(message.get("at"))), int(str(line)) if line else None)
            self._start("reading the lines around it", jump)

    def draw(self) -> None:
        """Put the log into the page."""
        self._put("log", None if self._key is None else log_part(self.view, self._key))

    def _start(self, doing: str, question: Callable[[], dict[str, Any]], *, settle_s: float = 0.0) -> None:
        turn = self.view.begin(doing)
        self.draw()
        self._spawn(self._answer(turn, question, settle_s))

    def _follow(self) -> None:
        """One look at what is new; never two at once, nor beside a question."""
        if not self._is_following and not self.view.busy:
            self._is_following = True
            self._spawn(self._answer(self.view.turn, self.view.read_new, 0.0))

    def _spawn(self, work: Any) -> None:
        # a task of its own: the session's other messages must not wait for a cluster
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, turn: int, question: Callable[[], dict[str, Any]], settle_s: float) -> None:
        try:
            await asyncio.sleep(settle_s)
            if turn == self.view.turn and self.view.show(turn, await asyncio.to_thread(self.view.ask, question)):
                self.draw()
        finally:
            self._is_following = False
            if self.view.busy and self.view.show(
                turn, {"error": "the log could not be read; the server's log says why"}
            ):
                self.draw()


def log_part(view: LogView, key: Key) -> dict[str, Any]:
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
        "facts": _facts(view.piece),
        "written": epoch(view.piece.modified) if view.piece else None,
        "mark": view.mark,
        "crash": {"text": view.crash, "at": view.crash_at} if view.crash else None,
        "progress": _progress(view.progress),
        "found": _found(view.found),
    }


def _file(file: LogFile) -> dict[str, Any]:
    size = "not there" if file.size is None or file.problem else _size(file.size)
    return {
        "path": file.path,
        "text": f"{file.label} ({(file.problem and 'not there') or size})",
        "tip": file.problem,
    }


def _size(count: int) -> str:
    """Bytes as people tell them.

    >>> _size(1), _size(2048), _size(5 << 20), _size(3 << 30)
    ('1 byte', '2 KiB', '5 MiB', '3 GiB')
    """
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << power:
            return f"{count / (1 << power):.3g} {unit}"
    return "1 byte" if count == 1 else f"{count} bytes"


def _facts(piece: LogPiece | None) -> str:
    if piece is None:
        return ""
    count = len(_raw_lines(piece))
    lines = "1 line" if count == 1 else f"{count} lines"
    if piece.start == 0 and piece.is_end:
        return f"all {lines}" if count != 1 else lines
    return f"{'last ' if piece.is_end else ''}{lines} of {_size(piece.size)}"


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
