"""The logs that a page shows: what it asks about them is asked in threads, and drawn as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from ..runtime import Runtime
from ..state import BoardState, Key
from ..state.log_explorer import LogExplorer
from .far import far
from .log_part import around_part, log_part, other_stream

__all__ = ["LogDesk", "LogPane"]

SETTLE_S = 0.3
"""Who goes through the jobs with j and k has each log asked for only where they stay."""


class LogDesk:
    """The logs of one job in a page: one file, another beside it if wanted, and what they lie among."""

    def __init__(self, runtime: Runtime, put: Callable[[str, Any], None]) -> None:
        """Nothing is asked yet. `put` shows a part of the page; here it is always "log"."""
        self.view, self.side = LogExplorer(runtime), LogExplorer(runtime)
        self._put = put
        self._key: Key | None = None
        self._side_path = ""  # of the file to be shown beside once the first one is there
        self._tasks: set[asyncio.Task[None]] = set()
        self._following: set[LogExplorer] = set()

    def show(
        self, key: Key | None, *, path: str = "", line: int | None = None, side: str = "", settle_s: float = 0.0
    ) -> None:
        """Show the logs of a job, or none; `path`, `line` and the file at the `side` where a link names them.

        On a running loop only.
        """
        self._key = key
        self._side_path = side if side.startswith("/") else ""
        self.view.clear()
        self.side.clear()
        if key is not None:
            question = partial(self.view.find, key, path=path, line=line)
            self._start(self.view, f"asking {key[0]} where the log is", question, settle_s=settle_s)
        self.draw()

    def hear(self, message: dict[str, Any]) -> None:
        """Do what the page asks for. Raises `ValueError` for what makes no sense."""
        if self._key is None:
            return
        view, act = self.side if message.get("side") else self.view, str(message.get("act"))
        if act == "follow":
            self._follow(view)
        elif act in _PLAIN and view.path:
            self._start(view, _PLAIN[act][0], partial(_PLAIN[act][1], view), quietly=act in _QUIET)
        elif act in _ACTS:
            _ACTS[act](self, view, message)

    def draw(self) -> None:
        """Put the logs into the page."""
        if self._key is None:
            self._put("log", None)
            return
        here = {**log_part(self.view, self._key), **around_part(self.view)}
        beside = log_part(self.side, self._key) if self.side.path else None
        for part, other in ((here, self.side), (beside, self.view)):
            if part and part["elsewhere"] and part["elsewhere"]["path"] == other.path:
                part["elsewhere"] = None  # it tells it itself
        self._put("log", {**here, "side": beside})

    # ---- what the page asks for

    def _file(self, view: LogExplorer, message: dict[str, Any]) -> None:
        if not (path := str(message.get("path") or "")).startswith("/"):
            return
        line, at = message.get("line"), message.get("at")
        question = partial(view.read_file, path)
        if at is not None:
            question = partial(view.read_there, path, int(str(at)), int(str(line)) if line else None)
        view.forget(path)
        self._start(view, "reading the file", question)

    def _again(self, view: LogExplorer, _: dict[str, Any]) -> None:
        """The end of the file; where none was ever found, ask for it anew."""
        key = self._key
        if key is not None and (not view.path or (view.piece is None and not view.is_rendered)):
            self._start(view, f"asking {key[0]} where the log is", partial(view.find, view.key or key))
        else:
            self._start(view, "reading the last lines", partial(view.read_end, view.path))

    def _error(self, view: LogExplorer, message: dict[str, Any]) -> None:
        start = int(str(message.get("start") or 0))
        if view.path:
            self._start(view, "searching for the first error", partial(view.first_error, start=max(0, start)))

    def _search(self, view: LogExplorer, message: dict[str, Any]) -> None:
        self._start(view, "searching the file", partial(view.search, str(message.get("text", ""))))

    def _jump(self, view: LogExplorer, message: dict[str, Any]) -> None:
        line = message.get("line")
        jump = partial(view.read_around, int(str(message.get("at"))), int(str(line)) if line else None)
        self._start(view, "reading the lines around it", jump)

    def _goto(self, view: LogExplorer, message: dict[str, Any]) -> None:
        number = max(1, int(str(message.get("line"))))
        self._start(view, f"looking for line {number}", partial(view.read_line, number))

    def _task(self, view: LogExplorer, message: dict[str, Any]) -> None:
        if (task := str(message.get("id"))) in {each.job_id for each in view.tasks} and self._key is not None:
            view.forget("")
            self.side.clear()
            self._start(view, f"asking for the logs of {task}", partial(view.find, (self._key[0], task)))

    def _beside(self, view: LogExplorer, message: dict[str, Any]) -> None:
        """Another file at the side: the one that is named, else stderr of the same job; or none any more."""
        path = str(message.get("path") or "") or other_stream(self.view)
        if message.get("off") or not path:
            self.side.clear()
            self.draw()
            return
        self.side.clear()
        self.side.beside(self.view, path)
        self._start(self.side, "reading the last lines", partial(self.side.read_file, path))

    def _folder(self, view: LogExplorer, message: dict[str, Any]) -> None:
        path = str(message.get("path"))
        if path in view.folders:
            view.close_folder(path)
            self.draw()
        elif path.startswith("/"):  # beside whatever else is asked: it takes nothing's place
            self._spawn(self._answer(view, view.turn, partial(view.open_folder, path), 0.0))

    def _lines(self, view: LogExplorer, message: dict[str, Any]) -> None:
        view.as_lines = bool(message.get("on"))
        if view.path:
            self._start(view, "reading the file", partial(view.read_file, view.path))

    def _records(self, view: LogExplorer, message: dict[str, Any]) -> None:
        before = message.get("before")
        start, end = int(str(message.get("start") or 0)), None if before is None else int(str(before))
        if view.path:
            self._start(view, "reading records", partial(view.read_records, view.path, start=start, before=end))

    def _record(self, view: LogExplorer, message: dict[str, Any]) -> None:
        at = int(str(message.get("at")))
        if view.record is not None and view.record.offset == at:
            view.record = None
            self.draw()
        elif view.path:
            self._start(view, "reading the record", partial(view.read_record, at))

    def _done(self, view: LogExplorer, _: dict[str, Any]) -> None:
        view.chunk = None
        self.draw()

    # ---- asking

    def _start(
        self,
        view: LogExplorer,
        doing: str,
        question: Callable[[], dict[str, Any]],
        *,
        settle_s: float = 0.0,
        quietly: bool = False,
    ) -> None:
        turn = view.begin(doing)
        if not quietly:  # else all lines would travel twice
            self.draw()
        self._spawn(self._answer(view, turn, question, settle_s))

    def _follow(self, view: LogExplorer) -> None:
        """One look at what is new; never two at once, nor beside a question."""
        if view not in self._following and not view.busy:
            self._following.add(view)
            self._spawn(self._answer(view, view.turn, view.read_new, 0.0))

    def _spawn(self, work: Any) -> None:
        # a task of its own: the session's other messages must not wait for a cluster
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(
        self, view: LogExplorer, turn: int, question: Callable[[], dict[str, Any]], settle_s: float
    ) -> None:
        try:
            await asyncio.sleep(settle_s)
            if turn == view.turn and view.show(turn, await far(lambda: view.ask(question))):
                if view is self.view and self._side_path:
                    self._open_side()
                self.draw()
                self._spawn(self._more(view))
        finally:
            self._following.discard(view)
            if view.busy and view.show(turn, {"error": "the log could not be read; the server's log says why"}):
                self.draw()

    def _open_side(self) -> None:
        """The file that a link wants beside the one that is there now."""
        path, self._side_path = self._side_path, ""
        if self.view.files:
            self._beside(self.view, {"path": path})

    async def _more(self, view: LogExplorer) -> None:
        """Once the lines stand: what the file's beginning tells of trackers, and its other stream of a failure."""
        path = view.path
        if view.begins_unread():
            told = await far(lambda: view.ask(partial(view.read_links, path)))
            if view.learn(path, told.get("links", [])):
                self.draw()
        if view.beside_unread():
            told = await far(lambda: view.ask(partial(view.read_beside, path)))
            if view.explain(path, told.get("elsewhere")):
                self.draw()


class LogPane(LogDesk):
    """The log beside the board: follows what the board has open."""

    def __init__(self, board: BoardState, put: Callable[[str, Any], None]) -> None:
        """Nothing is asked yet."""
        super().__init__(board.runtime, put)
        self.board = board

    def open(self) -> None:
        """Show the log of the job that the board has open now, or none. On a running loop only."""
        wanted = self.board.opened if self.board.tab == "log" else None
        if wanted != self._key:
            self.show(wanted, settle_s=SETTLE_S)


_PLAIN: dict[str, tuple[str, Callable[[LogExplorer], dict[str, Any]]]] = {
    "download": ("reading the file", LogExplorer.download),
    "newer": ("reading more lines", LogExplorer.read_newer),
    "next-piece": ("reading the file", LogExplorer.next_piece),
    "older": ("reading more lines", LogExplorer.read_older),
}
"""What the page asks of a file without saying more: what is said meanwhile, and what is done."""

_QUIET = ("newer", "next-piece", "older")

_ACTS: dict[str, Callable[[LogDesk, LogExplorer, dict[str, Any]], None]] = {
    "beside": LogDesk._beside,
    "done": LogDesk._done,
    "end": LogDesk._again,
    "error": LogDesk._error,
    "file": LogDesk._file,
    "folder": LogDesk._folder,
    "goto": LogDesk._goto,
    "jump": LogDesk._jump,
    "lines": LogDesk._lines,
    "record": LogDesk._record,
    "records": LogDesk._records,
    "search": LogDesk._search,
    "task": LogDesk._task,
}
"""What the page asks for with more words."""
