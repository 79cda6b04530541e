"""What one person sees of one job's logs: which file, which lines of it, and what they tell.

Asking and showing are apart: `ask` waits for the cluster (call it in a thread), `show` takes its answer over
unless something else was wanted meanwhile. Nothing is ever read as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import param

from .. import logs, queries
from .. import store as st
from ..errors import ClausiusError, InvalidInput
from ..model import Job, is_final, state_family
from ..runtime import Runtime
from .filters import Key
from .log_piece import KEPT_BYTES, LogFound, LogPiece, near

__all__ = ["LogView"]

LINES = 200

_COUNTED_BYTES = 64 << 20
_HITS = 50
_SEARCHED_BYTES = 1 << 30
_ERROR_BYTES = 4 << 30
_SECONDS = 8
_AROUND = 16 << 10
_PAGED = 48 << 10

Values = dict[str, Any]

NOTHING: Values = {
    "piece": None,
    "empty": "",
    "crash": "",
    "crash_at": None,
    "progress": None,
    "mark": None,
    "links": [],
    "elsewhere": None,
    "is_binary": False,
}
"""What is said while no line of a file is shown."""


class LogView(param.Parameterized):
    """The logs of one job at a time. One per session."""

    busy = param.String(default="", doc="What the cluster is being asked right now; '' while it is not.")

    crash = param.String(default="", doc="What ended the job, as these lines tell; '' where they do not.")

    crash_at = param.Integer(default=None, allow_None=True, doc="Byte where the line of `crash` begins.")

    elsewhere = param.ClassSelector(
        class_=logs.ErrorBeside, default=None, doc="An error that the other stream of the job tells of."
    )

    empty = param.String(default="", doc="Why there is nothing to show, in words.")

    error = param.String(default="", doc="Why the last question got no answer, in words.")

    files = param.List(default=[], item_type=logs.LogFile, doc="The files of the job.")

    found = param.ClassSelector(class_=LogFound, default=None, doc="The last search; None: none was made.")

    is_binary = param.Boolean(default=False, doc="Whether the file is no text: it can be had, but not shown.")

    links = param.List(
        default=[], item_type=logs.TrackerLink, doc="Pages of experiment trackers that the file tells of."
    )

    mark = param.Integer(default=None, allow_None=True, doc="Byte where the line to look at begins.")

    note = param.String(default="", doc="What to say about the answer: one line.")

    path = param.String(default="", doc="The file that is shown.")

    piece = param.ClassSelector(class_=LogPiece, default=None, doc="The lines that are shown.")

    progress = param.ClassSelector(
        class_=logs.Progress, default=None, doc="How far the job is; None once it ended."
    )

    unsearched = param.ClassSelector(
        class_=logs.FirstError, default=None, doc="A search for the first error that stopped before the end."
    )

    def __init__(self, runtime: Runtime, **params: Any) -> None:
        """Nothing is asked yet."""
        super().__init__(**params)
        self.runtime = runtime
        self._source: logs.LogSource | None = None
        self._job: Job | None = None
        self._rules: logs.AnalysisRules | None = None
        self._turn = 0
        self._begun_with = ""  # the file whose beginning was read for links
        self._beside_of = ""  # the file whose other stream was looked at

    # ---- one question at a time: a newer one, or closing, makes the answer of an older one void

    def begin(self, doing: str) -> int:
        """Something else is wanted from now on; gives the number that `show` wants."""
        self._turn += 1
        self.param.update(busy=doing, error="", note="", unsearched=None)
        return self._turn

    def clear(self) -> None:
        """Show nothing; answers that are still to come are dropped."""
        self._turn += 1
        self._source = self._job = None
        self.forget("")
        self.param.update(busy="", error="", note="", files=[])

    def forget(self, path: str) -> None:
        """Another file is wanted: nothing of the one before stays."""
        self._begun_with = self._beside_of = ""
        self.param.update(path=path, found=None, unsearched=None, **NOTHING)

    @property
    def turn(self) -> int:
        """The number of the question that is the last one."""
        return self._turn

    def ask(self, question: Callable[[], Values]) -> Values:
        """The answer, whatever it is; waits for the cluster, so call it in a thread."""
        try:
            return question()
        except logs.LogRefused as error:
            if error.reason == "missing":
                return {**NOTHING, "empty": self._missing(error.path, link=error.detail, detour=error.detour)}
            return {"error": f"{error.path}: {error.remedy}"}
        except ClausiusError as error:
            return {"error": str(error)}

    def show(self, turn: int, values: Values) -> bool:
        """Take an answer over; False if something else is wanted by now."""
        if turn != self._turn:
            return False
        links = values.get("links", [])
        if values.get("path", self.path) == self.path:
            links = logs.merged_links(self.links, links)
        self.param.update(**{"busy": "", **values, "links": links})
        self._remember()
        return True

    def learn(self, path: str, links: list[logs.TrackerLink]) -> bool:
        """Take over what else is known of a file; False if another one is shown by now, or nothing is new."""
        known = logs.merged_links(links, self.links)
        if path != self.path or known == self.links:
            return False
        self.links = known
        self._remember()
        return True

    def _remember(self) -> None:
        """Links in a file of the job are the job's: its own page shows them too."""
        file = next((each for each in self.files if each.path == self.path), None)
        if self.links and file is not None and self._job is not None:
            self.runtime.links.note(self._job.cluster, file.job_id or self._job.job_id, self.links)

    # ---- questions

    def find(self, key: Key, *, path: str = "") -> Values:
        """The files of a job, and `path`, else the first that can be read. Raises `ClausiusError`."""
        (cluster, job_id), turn = key, self._turn
        self.runtime.meet(cluster)
        try:
            job = queries.job(self.runtime.store, cluster=cluster, job_id=job_id).job
        except InvalidInput:  # never seen in a queue: the controller may still know it
            job = None
        store, host = self.runtime.store, self.runtime.file_host(cluster)
        transport = self.runtime.transport(st.get_cluster(store, cluster))
        listed = logs.log_files(store, transport, cluster=cluster, job_id=job_id, host=host)
        if turn != self._turn:
            return {}
        self._source, self._job, self._rules = listed.source, job, logs.analysis_rules(store)
        there = next((file for file in listed.files if not file.problem), None)
        files = {"files": listed.files, "note": "; ".join(listed.problems), "found": None, **self._beside(listed)}
        if path:
            return {**files, **self._opened(logs.log_rules(store).on_host(path, cluster))}
        if there is not None:
            return {**files, **self._opened(there.path)}
        first = listed.files[0].path if listed.files else ""
        if not first or self._waits:
            return {**files, "path": first, **NOTHING, "empty": self._missing(first)}
        return {**files, **self._opened(first)}

    def _opened(self, path: str) -> Values:
        """A file of the job; where it cannot be read its own reason is told, and no other beside it."""
        found = {"path": path, **self.ask(lambda: self.read_file(path))}
        return {**found, "note": ""} if found.get("error") or found.get("empty") else found

    def _beside(self, listed: logs.LogFiles) -> Values:
        """What else is to be shown of a job's files."""
        return {}

    def read_file(self, path: str) -> Values:
        """A file as it is shown at first. Raises `ClausiusError`."""
        return self.read_end(path)

    def read_end(self, path: str) -> Values:
        """The last lines of a file. Raises `ClausiusError`."""
        source = self._known(path)
        page = logs.tail(source, path, lines=LINES)
        first = page.first_line
        if first is None and page.start <= _COUNTED_BYTES and not page.cut_start:
            before = logs.count_lines(source, path, end=page.start, max_seconds=2)
            first = None if before is None else before + 1
        return {"path": path, "mark": None, **self._shown(page, first, is_end=True)}

    def begins_unread(self) -> bool:
        """Whether `read_links` may tell more; true once for a file of which only the end was read."""
        if self.piece is None or self.piece.start == 0 or self._begun_with == self.path:
            return False
        self._begun_with = self.path
        return True

    def read_links(self, path: str) -> Values:
        """Pages of trackers in the beginning of a file: most programs tell them there. Raises `ClausiusError`."""
        page = logs.page(self._known(path), path)
        return {"links": [] if page.is_binary else logs.find_tracker_links(page.text)}

    def read_new(self) -> Values:
        """What was written since; {} where nothing was. Raises `ClausiusError`."""
        piece = self.piece
        if self._source is None or piece is None:
            if self.is_rendered:
                return {}
            return self.read_end(self.path) if self._source and self.path else {}
        if not piece.is_end:
            return self.read_end(self.path)
        [change] = logs.follow(self._source, [piece.position], max_bytes=KEPT_BYTES)
        if change.problem is not None:
            raise change.problem
        if change.state == "unchanged":
            return {"error": ""} if self.error else {}
        if change.behind or change.state != "appended":
            again = self.read_end(self.path)
            anew = "" if change.state == "appended" else "the file began anew"
            return {**again, "note": anew, "error": ""}
        return {"error": "", **self._told(piece.grown(change))}

    def first_error(self, *, start: int = 0) -> Values:
        """The lines around the first error of the file from a byte on; without one what is known instead.

        That is where the search stopped, the crash that the end of the file tells of, and the error in the other
        stream of the job. Raises `ClausiusError`.
        """
        source, path = self._known(self.path), self.path
        told = logs.first_error(
            source, path, rules=self._rules, start=start, max_bytes=_ERROR_BYTES, max_seconds=_SECONDS
        )
        if told.crash is not None:
            return self.read_around(told.crash.offset, told.crash.line)
        beside = logs.error_beside(source, self.files, path, rules=self._rules, is_first=True)
        known = {} if self.crash_at is None else self.read_around(self.crash_at, None)
        said: Values = {"unsearched": told} if told.stopped_by else {}
        if not known and not told.stopped_by:
            said = {"note": "no error was found in this file"}
        return {**known, **said, "elsewhere": beside or self.elsewhere}

    def beside_unread(self) -> bool:
        """Whether `read_beside` may explain why the job failed; true once for a file that does not tell itself."""
        if not self._failed or self.piece is None or self.crash or self._beside_of == self.path:
            return False
        self._beside_of = self.path
        return True

    def read_beside(self, path: str) -> Values:
        """The error in the last lines of the other stream of the job. Raises `ClausiusError`."""
        return {"elsewhere": logs.error_beside(self._known(path), self.files, path, rules=self._rules)}

    def explain(self, path: str, error: logs.ErrorBeside | None) -> bool:
        """Take over what the other stream tells; False if another file is shown by now, or it tells nothing."""
        if path != self.path or error is None:
            return False
        self.elsewhere = error
        return True

    def read_there(self, path: str, offset: int, line: int | None) -> Values:
        """The lines of a file around the one that begins at a byte, which is marked. Raises `ClausiusError`."""
        return {"path": path, **self._around(path, offset, line)}

    def read_around(self, offset: int, line: int | None) -> Values:
        """The lines around the one that begins at a byte, which is marked. Raises `ClausiusError`."""
        piece = self.piece
        if piece is not None and piece.start <= offset < piece.start + len(piece.data):
            return {"mark": offset, "piece": piece.numbered(offset, line)}
        return self._around(self.path, offset, line)

    def _around(self, path: str, offset: int, line: int | None) -> Values:
        source = self._known(path)
        before = logs.page(source, path, before=offset, line=line, max_bytes=_AROUND)
        page = logs.page(source, path, start=before.start, line=before.first_line, max_bytes=3 * _AROUND)
        page = near(page, offset, lines=LINES)
        return {"mark": offset, **self._shown(page, page.first_line, is_end=page.at_end)}

    def read_older(self) -> Values:
        """More lines in front of those that are shown. Raises `ClausiusError`."""
        piece = self.piece
        if piece is None or piece.start == 0:
            return {}
        page = logs.page(
            self._known(self.path), self.path, before=piece.start, line=piece.first_line, max_bytes=_PAGED
        )
        return {"piece": piece.joined(page)}

    def read_newer(self) -> Values:
        """More lines behind those that are shown. Raises `ClausiusError`."""
        piece = self.piece
        if piece is None or piece.is_end:
            return {}
        lines = None if piece.first_line is None else piece.first_line + piece.data.count(b"\n")
        start = piece.start + len(piece.data)
        page = logs.page(self._known(self.path), self.path, start=start, line=lines, max_bytes=_PAGED)
        return self._told(piece.joined(page))

    def read_line(self, number: int, *, path: str = "") -> Values:
        """The lines around one, which is marked, of the shown file or of `path`. Raises `ClausiusError`."""
        path = path or self.path
        source = self._known(path)
        offset = logs.line_start(source, path, number, max_seconds=_SECONDS)
        if offset is None:
            return {"note": f"line {number} is too far into this file to be found by its number"}
        found = self._around(path, offset, number)
        piece = found.get("piece")
        if piece is None or offset >= piece.start + len(piece.data):
            return {"note": f"the file has fewer than {number} lines"}
        return found

    def search(self, pattern: str) -> Values:
        """The lines that hold a text, letters of either case. Raises `ClausiusError`."""
        if not pattern:
            return {"found": None, "mark": None}
        source = self._known(self.path)
        result = logs.search(
            source,
            self.path,
            pattern,
            ignore_case=True,
            max_hits=_HITS,
            max_bytes=_SEARCHED_BYTES,
            max_seconds=_SECONDS,
        )
        return {"found": LogFound(pattern=pattern, hits=result.hits, is_whole=not result.stopped_by)}

    @property
    def is_rendered(self) -> bool:
        """Whether something other than lines is shown."""
        return False

    # ---- what an answer says

    def _known(self, path: str) -> logs.LogSource:
        if self._source is None or not path:
            raise InvalidInput("log file", path, "open the log again and choose one of its files")
        return self._source

    def _shown(self, page: logs.Page, first_line: int | None, *, is_end: bool) -> Values:
        if page.is_binary:
            words = f"This file is no text ({page.facts.size} bytes): its bytes are not shown."
            return {**NOTHING, "empty": words, "is_binary": True}
        piece = LogPiece(
            position=logs.position(page),
            start=page.start,
            data=page.data,
            first_line=first_line,
            size=page.facts.size,
            modified=page.facts.modified,
            is_end=is_end,
            via=page.via,
        )
        return self._told(piece)

    def _told(self, piece: LogPiece) -> Values:
        verdict = logs.judge(piece.data, rules=self._rules, first_line=piece.first_line, first_byte=piece.start)
        text = piece.data.decode("utf-8", "replace")
        values: Values = {
            "piece": piece,
            "is_binary": False,
            "empty": "" if piece.data else "The file is empty: nothing was written yet.",
            "links": logs.find_tracker_links(text, first_line=piece.first_line),
        }
        if piece.is_end:
            values["progress"] = None if self._ended else logs.find_progress(text, elapsed_s=self._elapsed())
            soft = verdict.soft_failure
            values["crash"] = soft.meaning if soft else self._named(verdict.crash) if verdict.crash else ""
            values["crash_at"] = verdict.crash.offset if verdict.crash and not soft else None
        return values

    def _named(self, crash: logs.Crash) -> str:
        """What a sign of a crash says; a job that completed was not ended by it, or hid it from Slurm."""
        if self.has_completed:
            return f"the job completed; its log names an error: {crash.message}"
        return crash.message

    def _elapsed(self) -> float | None:
        """Seconds a running job has run; None where that says nothing."""
        job = self._job
        if job is None or job.start_time is None or state_family(job.state) != "running":
            return None
        return max(0.0, (datetime.now(UTC) - job.start_time).total_seconds())

    @property
    def has_completed(self) -> bool:
        """Whether Slurm says that the job ended well."""
        return self._job is not None and self._job.state == "COMPLETED"

    @property
    def _ended(self) -> bool:
        return self._job is not None and is_final(self._job.state)

    @property
    def _failed(self) -> bool:
        return self._job is not None and state_family(self._job.state) == "failed"

    @property
    def _waits(self) -> bool:
        return self._job is not None and state_family(self._job.state) in ("pending", "held")

    def _missing(self, path: str, *, link: str = "", detour: str = "") -> str:
        """Why there is no file; `link` is where one leads that is there, `detour` why no data host was asked."""
        leads = f" {path} is a link to {link}, which is not there." if link else ""
        if self._waits:
            path = path or (self._job.stdout_path if self._job else "")
            return f"No log yet: the job has not started.{leads or (f' It will write to {path}' if path else '')}"
        if not path:
            return "This job's path is not known: neither the queue nor the controller tells where it writes."
        told = f"There is no such file (yet):{leads or f' {path}'}"
        return f"{told}\nOnly the login node was asked, the data host could not be: {detour}" if detour else told
