"""The logs of one job with everything around them: directories, tables, records, images, the tasks of an array."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import param

from .. import logs
from ..errors import TransportError
from .filters import Key
from .log_piece import LogPiece
from .log_view import NOTHING, LogView, Values

__all__ = ["DOWNLOAD_BYTES", "Chunk", "LogExplorer"]

DOWNLOAD_BYTES = 256 << 20
"""A larger file is not sent through the page."""

RECORDS = 50

_CHUNK = 2 << 20
_RECORD_BYTES = 1 << 20
_UNRENDERED: Values = {"rendered": None, "records": None, "record": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a file on its way to whoever looks."""

    number: int
    name: str
    data: str  # base64
    sent: int  # bytes with this piece
    size: int
    is_last: bool


class LogExplorer(LogView):
    """A `LogView` that also browses. One per session, and one more for a file beside it."""

    as_lines = param.Boolean(default=False, doc="Whether files are shown as lines whatever they are.")

    chunk = param.ClassSelector(
        class_=Chunk, default=None, doc="The last piece of a download; None: there is none."
    )

    folders = param.Dict(default={}, doc="Opened directory -> its `Listing`, or why it cannot be looked into.")

    key = param.Tuple(default=None, allow_None=True, length=2, doc="The job whose files these are.")

    record = param.ClassSelector(class_=logs.Record, default=None, doc="The record that is shown as a whole.")

    records = param.ClassSelector(class_=logs.Records, default=None, doc="Some records of a file that has them.")

    rendered = param.ClassSelector(class_=logs.Rendered, default=None, doc="What the file is, if not lines.")

    roots = param.List(default=[], item_type=str, doc="Directories to browse in.")

    tasks = param.List(default=[], item_type=logs.ArrayTask, doc="The tasks of the job's array.")

    def __init__(self, runtime: Any, **params: Any) -> None:
        """Nothing is asked yet."""
        super().__init__(runtime, **params)
        self._pieces: Iterator[bytes] | None = None

    @property
    def is_rendered(self) -> bool:
        """Whether something other than lines is shown."""
        return self.rendered is not None or self.records is not None

    def clear(self) -> None:
        """Show nothing; answers that are still to come are dropped."""
        super().clear()
        self._pieces = None
        self.param.update(folders={}, roots=[], tasks=[], key=None, chunk=None, as_lines=False)

    def forget(self, path: str) -> None:
        """Another file is wanted: nothing of the one before stays."""
        super().forget(path)
        self._pieces = None
        self.param.update(**_UNRENDERED, chunk=None)

    def beside(self, other: LogExplorer, path: str) -> None:
        """Show a file of the same job as another view does."""
        self.forget(path)
        self._source, self._job, self._rules = other._source, other._job, other._rules
        self.param.update(files=other.files, key=other.key)

    # ---- questions

    def find(self, key: Key, *, path: str = "", line: int | None = None) -> Values:
        """As `LogView.find`, with the directories and the tasks of its array; `line` is marked in its file.

        Raises `ClausiusError`.
        """
        tasks = logs.array_tasks(self.runtime.store, *key)
        found = {"key": key, "tasks": tasks, **_UNRENDERED, **super().find(key, path=path)}
        if line is None or not found.get("path") or found.get("empty") or found.get("error"):
            return found
        return {**found, **self.ask(lambda: self.read_line(line, path=found["path"]))}

    def _beside(self, listed: logs.LogFiles) -> Values:
        given = logs.log_rules(self.runtime.store).roots_of(listed.cluster)
        return {"roots": list(dict.fromkeys([*listed.directories, *given]))}

    def read_file(self, path: str) -> Values:
        """A file as what its name says it is, else its last lines. Raises `ClausiusError`."""
        if not self.as_lines:
            if logs.file_kind(path) == "jsonl":
                return self.read_records(path)
            if (found := logs.rendered(self._known(path), path)) is not None:
                return {"path": path, **NOTHING, **_UNRENDERED, "rendered": found}
        return {**_UNRENDERED, **self.read_end(path)}

    def read_records(self, path: str, *, start: int = 0, before: int | None = None) -> Values:
        """Some records from a byte on, or just before one. Raises `ClausiusError`."""
        found = logs.records(
            self._known(path), path, start=start, before=before, count=RECORDS, max_bytes=_RECORD_BYTES
        )
        if found.page.is_binary or not found.records:
            return {**_UNRENDERED, **self.read_end(path)}
        return {"path": path, **NOTHING, **_UNRENDERED, "records": found}

    def read_record(self, offset: int) -> Values:
        """One record as a whole. Raises `ClausiusError`."""
        return {"record": logs.record(self._known(self.path), self.path, offset=offset)}

    def open_folder(self, path: str) -> Values:
        """What is in a directory. Raises `InvalidInput` before anything of the job was found."""
        try:
            listing: logs.Listing | str = logs.list_directory(self._known(path), path)
        except (logs.LogRefused, TransportError) as error:  # said in its place in the tree
            listing = str(error)
        return {"folders": {**self.folders, path: listing}, "busy": self.busy}

    def close_folder(self, path: str) -> None:
        """Show what is in a directory no more."""
        self.folders = {name: listing for name, listing in self.folders.items() if name != path}

    def _told(self, piece: LogPiece) -> Values:
        """Lines take the place of whatever was shown."""
        return {**_UNRENDERED, **super()._told(piece)}

    # ---- downloads: a piece at a time, each asked for, so that nothing piles up

    def download(self) -> Values:
        """The first piece of the file. Raises `ClausiusError`."""
        facts = logs.read_bytes(self._known(self.path), self.path, max_bytes=1).facts
        if facts.size > DOWNLOAD_BYTES:
            limit = DOWNLOAD_BYTES >> 20
            return {
                "note": f"files of more than {limit} MiB are not sent through the page; copy it with scp or rsync"
            }
        self._pieces = _in_chunks(logs.download(self._known(self.path), self.path))
        return self._next(0, 0, facts.size)

    def next_piece(self) -> Values:
        """The piece after the one that has come. Raises `ClausiusError`."""
        last = self.chunk
        if last is None or last.is_last:
            return {"chunk": None}
        return self._next(last.number + 1, last.sent, last.size)

    def _next(self, number: int, sent: int, size: int) -> Values:
        data = next(self._pieces, b"") if self._pieces is not None else b""
        is_last = not data or sent + len(data) >= size
        name = self.path.rpartition("/")[2]
        text = base64.b64encode(data).decode("ascii")
        chunk = Chunk(number=number, name=name, data=text, sent=sent + len(data), size=size, is_last=is_last)
        return {"chunk": chunk}


def _in_chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), _CHUNK):
            yield piece[at : at + _CHUNK]
