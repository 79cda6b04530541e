from __future__ import annotations

import asyncio
import threading

from clausius_panel.views.far import far


async def test_many_slow_clusters_do_not_keep_the_store_from_being_read():
    slow = threading.Event()
    waits = [asyncio.ensure_future(far(slow.wait)) for _ in range(20)]
    try:
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "read"), timeout=10) == "read"
        assert await asyncio.wait_for(far(lambda: "told"), timeout=10) == "told"
    finally:
        slow.set()
    assert await asyncio.gather(*waits) == [True] * 20
