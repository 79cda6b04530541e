"""What a person does to jobs from the board: menus, questions, the doing itself, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

import panel as pn

from .. import records
from ..errors import ClausiusError, InvalidInput, ReadOnly
from ..records import Cleared, Clearing
from ..state import ACTS, Act, ActResult, BoardState, Key
from ..state.acts import check_value, is_held
from .act_words import WORDS
from .dialogs import done_words, question, report
from .far import far
from .job_menu import board_menu, job_menu
from .job_table import key_text
from .words import plural

__all__ = ["BoardActs", "read_keys"]

Say = Callable[[str, dict[str, Any]], None]
Message = dict[str, Any]
T = TypeVar("T")

_NOTHING = {
    "cancel": "none of these jobs is in the queue any more",
    "cancel_run": "nothing of it is in the queue any more",
}
_CLEARINGS: tuple[Clearing, ...] = ("failed", "completed")


class BoardActs:
    """Hears what the page asks to be done, and says parts of it: menu, dialog, notice."""

    def __init__(self, state: BoardState, say: Say, refresh: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Nothing is asked yet. `refresh` is called after something was done."""
        self.state, self._say, self._refresh = state, say, refresh
        self._cleared: list[Cleared] = []

    # ---- menus

    def open_menu(self, message: Message) -> None:
        """The menu of the selected jobs, or of those named."""
        self._say("menu", job_menu(self.state, read_keys(message["keys"])))

    def open_board_menu(self, _: Message) -> None:
        """The menu of the list; how many jobs it would clear is counted in a thread."""
        pn.state.execute(self._board_menu)

    async def _board_menu(self) -> None:
        store, clusters = self.state.runtime.store, list(self.state.clusters)

        def count() -> dict[Clearing, int]:
            return {what: records.clearable(store, what, clusters=clusters) for what in _CLEARINGS}

        counts = await self._tried(count)
        if counts is not None:
            last = self._cleared[-1].count if self._cleared else 0
            self._say("menu", board_menu(self.state, counts, last=last))

    # ---- questions

    def ask(self, message: Message) -> None:
        """Ask once, naming what would be hit."""
        keys, act = read_keys(message["keys"]), self._act(message["act"], read_keys(message["keys"]))
        jobs = self.state.targets(act, keys)
        if self.state.read_only:
            self._tell(str(ReadOnly(WORDS[act].menu.lower())), is_error=True)
        elif not jobs:
            reasons = [self.state.why_not(act, job) for job in self.state.chosen(keys)]
            why = f"{WORDS[act].menu}: {reasons[0]}" if reasons else "no job is selected"
            self._tell(_NOTHING.get(act, why))
        elif act == "cancel_run":
            pn.state.execute(partial(self._ask_run, [(job.cluster, job.job_id) for job in jobs]))
        else:
            passed_over = len(self.state.chosen(keys)) - len(jobs)
            self._say("dialog", self._question(act, jobs, passed_over=passed_over))

    def _act(self, name: object, keys: Sequence[Key] | None) -> Act:
        """The act of this name; "hold-or-release" is what fits. Raises `ValueError`."""
        if name == "hold-or-release":
            jobs = self.state.chosen(keys)
            return "release" if jobs and all(is_held(job) for job in jobs) else "hold"
        for act in ACTS:
            if act == name:
                return act
        raise ValueError(f"no act: {name!r}")

    def _question(self, act: Act, jobs: Sequence[Any], **more: Any) -> dict[str, Any]:
        return question(act, jobs, partitions=self.state.facets.partitions, **more)

    async def _ask_run(self, keys: list[Key]) -> None:
        jobs = await self._tried(partial(self.state.run_targets, keys))
        if jobs:
            self._say("dialog", self._question("cancel_run", jobs, keys=keys))
        elif jobs is not None:
            self._tell(_NOTHING["cancel_run"])

    # ---- doing

    def do(self, message: Message) -> None:
        """Marked at once; the clusters are asked in a thread, and what they say is shown when it is there.

        A value that cannot be right is asked for again, with what is wrong. Raises `ValueError` for nonsense.
        """
        keys, act = read_keys(message["keys"]) or [], self._act(message["act"], None)
        jobs, value = self.state.chosen(keys), str(message.get("value") or "").strip()
        if not keys:
            return
        try:
            check_value(act, value)
        except InvalidInput as error:
            if jobs:
                self._say("dialog", self._question(act, jobs, keys=keys, value=value, error=error.remedy))
            return
        self._say("dialog", {"kind": "over"})
        self.state.begin(act, keys)
        pn.state.execute(partial(self._finish, act, keys, value))

    async def _finish(self, act: Act, keys: list[Key], value: str) -> None:
        self.state.end(keys, await far(lambda: self.state.perform(act, keys, value)))

    def tell_outcome(self, result: ActResult) -> None:
        """What failed in a dialog, else one line, with the way back where there is one."""
        if (told := report(result, self.state.names())) is not None:
            self._say("dialog", told)
            return
        back: dict[Act, Act] = {"hold": "release", "release": "hold"}
        undo = back.get(result.act)
        keys = [key_text(key) for key in result.done]
        self._tell(
            done_words(result),
            undo=WORDS[undo].menu if undo else "",
            message={"kind": "do", "act": undo, "keys": keys} if undo else None,
        )

    # ---- what the board shows

    def keep(self, message: Message) -> None:
        """Pin, unpin, dismiss, or show again what was dismissed. Raises `ValueError` for nonsense."""
        keys = read_keys(message["keys"])
        named = self.state.selected if keys is None else keys
        if message["act"] not in _KEEPING or not named:
            raise ValueError(f"nothing to keep: {message!r}")
        pn.state.execute(partial(self._keep, str(message["act"]), list(named)))

    async def _keep(self, act: str, keys: list[Key]) -> None:
        verb, said, back = _KEEPING[act]
        by_cluster: dict[str, list[str]] = {}
        for cluster, job_id in keys:
            by_cluster.setdefault(cluster, []).append(job_id)

        def put() -> bool:
            for cluster, ids in by_cluster.items():
                verb(self.state.runtime.store, cluster, ids)
            return True

        if await self._tried(put):
            if act == "dismiss":
                self.state.selected = [key for key in self.state.selected if key not in set(keys)]
            message = {"kind": "keep", "act": back, "keys": [key_text(key) for key in keys]}
            self._tell(f"{plural(len(keys), 'job')} {said}", undo="Undo", message=message)
            await self._refresh()

    def clear(self, message: Message) -> None:
        """Hide what failed or completed, on the chosen clusters. Raises `ValueError` for anything else."""
        if message["what"] not in _CLEARINGS:
            raise ValueError(f"cannot be cleared: {message!r}")
        pn.state.execute(partial(self._clear, message["what"]))

    async def _clear(self, what: Clearing) -> None:
        state = self.state
        put = partial(records.clear, state.runtime.store, what, clusters=list(state.clusters), actor=state.actor)
        if (cleared := await self._tried(put)) is not None:
            self._cleared.append(cleared)
            self._tell(f"{plural(cleared.count, 'job')} cleared", undo="Undo", message={"kind": "restore"})
            await self._refresh()

    def restore(self, _: Message) -> None:
        """Show again what the last clearing of this session hid."""
        if self._cleared:
            pn.state.execute(partial(self._restore, self._cleared.pop()))

    async def _restore(self, cleared: Cleared) -> None:
        put = partial(records.restore, self.state.runtime.store, cleared, actor=self.state.actor)
        if (count := await self._tried(put)) is not None:
            self._tell(f"{plural(count, 'job')} shown again")
            await self._refresh()

    # ---- telling

    async def _tried(self, act: Callable[[], T]) -> T | None:
        """What it gives, in a thread; None after an error, which is told."""
        try:
            return await far(act)
        except ClausiusError as error:
            self._tell(str(error), is_error=True)
            return None

    def _tell(self, text: str, *, is_error: bool = False, undo: str = "", message: Message | None = None) -> None:
        kind = "error" if is_error else "info"
        self._say("notice", {"text": text, "kind": kind, "undo": undo, "message": message})


_KEEPING: dict[str, tuple[Callable[..., int], str, str]] = {
    "pin": (records.pin, "pinned", "unpin"),
    "unpin": (partial(records.pin, pinned=False), "unpinned", "pin"),
    "dismiss": (records.dismiss, "dismissed", "show"),
    "show": (partial(records.dismiss, dismissed=False), "shown again", "dismiss"),
}
"""Act: what does it, what is said then, and what takes it back."""


def read_keys(texts: Sequence[object] | None) -> list[Key] | None:
    """Jobs as the page names them; None stands for the selected ones. Raises `ValueError` for anything else."""
    if texts is None:
        return None
    pairs = [tuple(str(text).split(":", 1)) for text in texts]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"no job's name: {texts!r}")
    return [(cluster, job_id) for cluster, job_id in pairs]
