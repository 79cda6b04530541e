"""A table that is on the page already, and only what changed of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["TableSender", "difference", "order_of"]

STEADY_S = 3.0
"""When a job began, as each poll tells it, differs by the way of the answer: so much is no news."""

WORTH = 0.6
"""A patch of more than this share of the whole is not worth its while."""

Table = dict[str, Any]


class TableSender:
    """Sends a table as a whole, then patches of it. Each has a number, and a patch names the one it is for."""

    def __init__(self, put: Callable[[str, Any], None]) -> None:
        """Nothing is sent yet."""
        self._put = put
        self._sent: Table | None = None
        self._number = 0
        self._is_patched = False
        self._began: dict[str, float] = {}

    def send(self, table: Table) -> None:
        """Put what is new into the page; another question is answered as a whole."""
        steady, old = self._steadied(table), self._sent
        if old == steady:
            return
        self._sent = steady
        if old is None or old["question"] != steady["question"]:
            self._whole()
            return
        patch = difference(old, steady)
        if len(json.dumps(patch)) > WORTH * len(json.dumps(steady)):
            self._whole()
            return
        self._number += 1
        self._is_patched = True
        self._put("patch", {"on": self._number - 1, "number": self._number, **patch})

    def renew(self, *, always: bool = False) -> None:
        """Put the whole table again, for a page that missed its patches; nothing if there was none."""
        if self._sent is not None and (self._is_patched or always):
            self._whole()

    def _whole(self) -> None:
        self._number += 1
        self._is_patched = False
        self._put("table", {**(self._sent or {}), "number": self._number})

    def _steadied(self, table: Table) -> Table:
        """The same, but that a job which runs began when it began before."""
        began: dict[str, float] = {}
        rows = []
        for row in table["rows"]:
            cell = row["cells"].get("time")
            if cell is not None and cell["at"] is not None:
                told = cell["at"] - cell["elapsed"]
                known = self._began.get(row["row"], told)
                began[row["row"]] = known if abs(known - told) <= STEADY_S else told
                at = round(began[row["row"]], 1)
                row = {**row, "cells": {**row["cells"], "time": {**cell, "elapsed": 0, "at": at}}}
            rows.append(row)
        self._began = began
        return {**table, "rows": rows}


def difference(old: Table, new: Table) -> Table:
    """What makes the new table out of the old one: `head`, the `order` of rows where it changed, and `rows`.

    Of a row that was there only what changed is in `rows`, of its cells too.
    """
    before = {row["row"]: row for row in old["rows"]}
    ids, known = [row["row"] for row in new["rows"]], [row["row"] for row in old["rows"]]
    return {
        "head": {name: value for name, value in new.items() if name != "rows" and old.get(name) != value},
        "order": None if ids == known else order_of(known, ids),
        "rows": {
            row["row"]: _changed(before.get(row["row"]), row)
            for row in new["rows"]
            if before.get(row["row"]) != row
        },
    }


def _changed(old: Table | None, new: Table) -> Table:
    if old is None or set(old["cells"]) != set(new["cells"]):
        return new
    changed = {name: value for name, value in new.items() if name != "cells" and old[name] != value}
    return changed | {"cells": {name: cell for name, cell in new["cells"].items() if old["cells"][name] != cell}}


def order_of(old: Sequence[str], new: Sequence[str]) -> list[Any]:
    """The new order: [first, last] for a run of places in the old one, a name for what is new.

    >>> order_of(["a", "b", "c", "d"], ["x", "a", "b", "d"])
    ['x', [0, 1], [3, 3]]
    """
    places = {name: place for place, name in enumerate(old)}
    made: list[Any] = []
    for name in new:
        place = places.get(name)
        if place is None:
            made.append(name)
        elif made and isinstance(made[-1], list) and made[-1][1] == place - 1:
            made[-1][1] = place
        else:
            made.append([place, place])
    return made
