from __future__ import annotations

import asyncio

import pytest

from clausius_panel.views.shared import Shared


async def test_calls_share_the_next_reading_and_wait_for_it():
    begun, done, go, shared = 0, 0, asyncio.Event(), Shared()

    async def read() -> None:
        nonlocal begun, done
        begun += 1
        await go.wait()
        done += 1

    first = asyncio.ensure_future(shared(read))
    await asyncio.sleep(0)
    later = [asyncio.ensure_future(shared(read)) for _ in range(5)]
    await asyncio.sleep(0)
    assert begun == 1
    go.set()
    await asyncio.gather(first, *later)
    assert (begun, done) == (2, 2)


async def test_a_reading_that_fails_keeps_no_later_one_from_its_turn():
    shared, read = Shared(), asyncio.Event()

    async def fail() -> None:
        raise ValueError("gone")

    async def succeed() -> None:
        read.set()

    with pytest.raises(ValueError, match="gone"):
        await shared(fail)
    await shared(succeed)
    assert read.is_set()
