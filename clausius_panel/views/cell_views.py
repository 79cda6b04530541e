"""Pages as cells of a notebook: the same figures, charts and tables, without the shell around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn

from ..errors import InvalidInput
from ..runtime import Runtime
from ..state.history import HistoryState
from ..state.look import Look
from ..state.usage import UsageState
from .history_page import HistoryPage
from .usage_page import UsagePage

__all__ = ["history_view", "make_ready", "usage_view"]


def usage_view(runtime: Runtime, chosen: Mapping[str, Any]) -> UsagePage:
    """The page Usage; `chosen` are parameters of `UsageState`. Raises `InvalidInput`."""
    make_ready()
    return UsagePage(runtime, _query(UsageState(runtime), chosen), in_cell=True)


def history_view(runtime: Runtime, chosen: Mapping[str, Any]) -> HistoryPage:
    """The page History; `chosen` are parameters of `HistoryState`. Raises `InvalidInput`."""
    make_ready()
    return HistoryPage(runtime, _query(HistoryState(runtime), chosen), in_cell=True)


def make_ready() -> None:
    """Load Panel into the notebook; in a served page it is there already."""
    if not pn.extension._loaded or pn.config.inline:
        # inline: the cell must work without a network. Each time: a page that was loaded anew has lost it
        pn.extension(inline=True)


def _query(state: Look, chosen: Mapping[str, Any]) -> str:
    """What is chosen as a URL has it: a page is asked in no other way."""
    for name, value in chosen.items():
        if name not in state.KEYS:
            raise InvalidInput("choice", name, f"use one of {', '.join(sorted(state.KEYS))}")
        try:
            state.param.update(**{name: [value] if _is_one_of_many(state, name, value) else value})
        except ValueError as error:  # param's word for a value of the wrong kind
            raise InvalidInput(name, value, str(error)) from error
    return state.to_query()


def _is_one_of_many(state: Look, name: str, value: object) -> bool:
    """A single name may stand for a list of one, as in every filter."""
    return isinstance(value, str) and isinstance(state.param[name].default, list)
