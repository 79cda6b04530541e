"""Work that waits for clusters: in threads of its own, so that one that is slow keeps no page from the store."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["far"]

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="far")


async def far(act: Callable[[], T]) -> T:
    """What `act` gives, as `asyncio.to_thread` does, whose few threads read the store for every page."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, contextvars.copy_context().run, act)
