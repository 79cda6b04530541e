"""What every page that is kept up to date has: a question, its answer, and the clusters behind it.

Reading and showing are apart, so that a view can read in a thread and show on its own loop. Nothing here waits
for a cluster.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, ClassVar

import param

from .. import queries
from .. import store as st
from ..errors import InvalidInput, StoreError
from ..model import Freshness
from ..runtime import Runtime
from .address import from_query, to_query
from .board import LOOK_S, Notice
from .steady import steadily

__all__ = ["Answer", "Look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the store said to one question, at one revision: values of the state's own parameters."""

    revision: int
    question: str
    values: dict[str, Any]


class Look(param.Parameterized):
    """One session's look at one page. What it asks for is its URL."""

    PAGE: ClassVar[str] = ""
    """The page's name in the URL."""

    KEYS: ClassVar[Mapping[str, str]] = {}
    """Parameter: its key in the URL."""

    asking = param.List(default=[], item_type=str, doc="Clusters that are being asked right now.")

    error = param.String(default="", doc="Why there is no answer to what is asked for, in words; '' else.")

    interval_s = param.Integer(default=30, doc="Seconds between two looks at a queue.")

    is_read = param.Boolean(default=False, doc="Whether the store has been read at all.")

    notice = param.ClassSelector(class_=Notice, default=None, doc="The last thing to tell the person.")

    read_only = param.Boolean(default=False, doc="Whether nothing may be changed.")

    statuses = param.List(default=[], doc="How every configured cluster stands, in order.")

    def __init__(self, runtime: Runtime, **params: Any) -> None:
        """Nothing is read or asked yet."""
        super().__init__(**params)
        self.runtime = runtime
        self._shown: tuple[int, str] | None = None
        self._asked: dict[str, Future[Freshness]] = {}
        self._looked = time.monotonic()

    def start(self, query: str = "") -> None:
        """Take over what a URL asks for, and read for the first time."""
        self.from_query(query)
        self.show(self.read())

    def to_query(self) -> str:
        """The query of the URL that shows the same, without its "?"."""
        return to_query(self, self.KEYS, page=self.PAGE)

    def from_query(self, query: str) -> None:
        """Show what a URL asks for, and say what it cannot mean here."""
        values, odd = from_query(self, self.KEYS, query)
        self.param.update(**values)
        if odd:
            self.say(f"left out, as this page knows no such thing: {', '.join(odd)}", is_error=True)

    def read(self) -> Answer | StoreError | None:
        """What the store says now; None where it says the same as before. Safe in a thread."""
        question = self.question()
        try:
            revision = self.runtime.store.revision
            if self._shown == (revision, question):
                return None
            return steadily(self.runtime.store, lambda revision: self._found(revision, question))
        except StoreError as error:
            return error

    def show(self, answer: Answer | StoreError | None) -> bool:
        """Take over what `read` found; False if nothing is new. An older answer to another question is dropped."""
        self.asking = sorted(name for name, future in self._asked.items() if not future.done())
        if isinstance(answer, StoreError):
            self.error = str(answer)
            self._shown = None
            return True
        if answer is None or answer.question != self.question():
            return False
        self._shown = (answer.revision, answer.question)
        self.param.update(**answer.values, is_read=True)
        return True

    def read_anew(self) -> None:
        """Have the next `read` ask the store, though nothing seems to have changed."""
        self._shown = None

    def question(self) -> str:
        """What is asked for: answers to another question are dropped."""
        return self.to_query()

    def poll(self) -> None:
        """Have every cluster asked that is due, as long as somebody looks. Never waits for one."""
        if time.monotonic() - self._looked < LOOK_S:
            self._ask(force=False)

    def looked(self) -> None:
        """Somebody sees the page."""
        self._looked = time.monotonic()

    def refresh_now(self) -> None:
        """Have every cluster asked now; the collector's floor holds all the same."""
        self.looked()
        self._ask(force=True)
        self.asking = sorted(name for name, future in self._asked.items() if not future.done())
        names = ", ".join(status.cluster for status in self.statuses)
        self.say(f"asking {names}" if names else "no cluster to ask")

    def say(self, text: str, *, is_error: bool = False) -> None:
        """Tell the person one line."""
        self.notice = Notice(text=text, kind="error" if is_error else "info")

    def _answer(self) -> dict[str, Any]:
        """Values of parameters. Raises `StoreError`, `InvalidInput`; runs in a thread."""
        return {}

    def _nothing(self) -> dict[str, Any]:
        """The values that show nothing, where what is asked for does not exist."""
        return {}

    def _found(self, revision: int, question: str) -> Answer:
        """Raises `StoreError`."""
        return Answer(revision=revision, question=question, values={**self._common(), **self._read()})

    def _read(self) -> dict[str, Any]:
        try:
            return {**self._answer(), "error": ""}
        except InvalidInput as error:
            return {**self._nothing(), "error": str(error)}

    def _common(self) -> dict[str, Any]:
        """Raises `StoreError`."""
        found = st.settings(self.runtime.store)
        return {
            "interval_s": found.refresh_interval_s,
            "read_only": found.read_only,
            "statuses": queries.cluster_status(self.runtime.store),
        }

    def _ask(self, *, force: bool) -> None:
        for status in self.statuses:
            name = status.cluster
            if (flying := self._asked.get(name)) is None or flying.done():
                self._asked[name] = self.runtime.collector.start(name, max_age_s=self.interval_s, force=force)
