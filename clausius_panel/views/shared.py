"""Readings of the store that callers share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["Shared"]


class Shared:
    """One reading at a time: calls while one is under way share the next, and wait for it."""

    def __init__(self) -> None:
        """None is under way."""
        self._turn, self._wanted = asyncio.Lock(), False

    async def __call__(self, read: Callable[[], Awaitable[None]]) -> None:
        """Returns once a reading that began after this call is done. Raises what it raises."""
        self._wanted = True
        async with self._turn:
            if self._wanted:
                self._wanted = False
                await read()
