"""Several questions to the store answered as of one moment: nothing was written between the first and the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..store import Store

__all__ = ["TRIES", "steadily"]

TRIES = 3
"""Where others write all the time the last answers are taken: they are asked for again at the next look."""

T = TypeVar("T")


def steadily(store: Store, ask: Callable[[int], T]) -> T:
    """What `ask` found while the store's revision, which it is given, stayed the same.

    Each question reads in a transaction of its own, so a write between two of them would show jobs of one moment
    beside clusters of another. Where that happened they are asked again, at most `TRIES` times in all; the
    revision is the one from before, so that whoever compares it later looks again. Raises `StoreError`.
    """
    for left in reversed(range(TRIES)):
        before = store.revision
        found = ask(before)
        # odd is a commit under way: it may have become visible at any moment
        if (before % 2 == 0 and store.revision == before) or not left:
            break
    return found
