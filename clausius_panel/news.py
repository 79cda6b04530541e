"""What of an answer is news: most rows of a queue say what they said half a minute ago.

Merging a row costs the store some fifty comparisons; telling here that nothing but its running time has changed,
or of a waiting job its place in the queue, costs one. What a process remembers holds only as long as nobody else
polls the cluster, which the caller watches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from .model import Job, Node, Partition

__all__ = ["News", "QueueNews"]

Key = tuple[str, datetime | None]

_PLACE = ("priority", "reason", "start_time", "end_time")  # of a waiting job: the scheduler thinks it over again
_place = attrgetter(*_PLACE)
_facts = attrgetter(*(field.name for field in fields(Job) if field.name not in ("elapsed_s", *_PLACE)))
_key = attrgetter("job_id_raw", "submit_time")


class QueueNews(NamedTuple):
    """The jobs of a queue by what is new of them."""

    changed: list[Job]  # new, or changed in whatever it may be
    moved: list[Job]  # waiting as before, but for priority, reason or the times that Slurm expects
    same: list[Job]  # as before, but for the running time


class News:
    """What one cluster said last. Not thread-safe: the cluster's turn is."""

    def __init__(self) -> None:
        self.some_left = True
        """Whether the latest look at the queue lacks a job of the look before, or there was none before."""
        self._seen: frozenset[Key] | None = None
        self._queue: dict[Key, tuple[Any, Any]] = {}
        self._ended: dict[Key, tuple[Any, ...]] = {}
        self._nodes: tuple[list[Node], list[Partition]] | None = None

    def of_queue(self, jobs: Iterable[Job]) -> QueueNews:
        """What is new in a look at the queue."""
        now = {_key(job): job for job in jobs}
        self.some_left = self._seen is None or not self._seen <= now.keys()
        self._seen = frozenset(now)
        before, self._queue = self._queue, {key: (_facts(job), _place(job)) for key, job in now.items()}
        news = QueueNews([], [], [])
        for key, job in now.items():
            (facts, place), (old_facts, old_place) = self._queue[key], before.get(key, (None, None))
            if facts == old_facts and place == old_place:
                news.same.append(job)
            elif facts == old_facts and job.state == "PENDING":
                news.moved.append(job)
            else:
                news.changed.append(job)
        return news

    def of_ended(self, jobs: Iterable[Job]) -> list[Job]:
        """The ends that were not told before; accounting windows overlap.

        What the queue says next of such a job is news, even if it is the same as before: it may live again.
        """
        now = {_key(job): ((_facts(job), _place(job)), job) for job in jobs}
        changed = [job for key, (facts, job) in now.items() if self._ended.get(key) != facts]
        self._ended = {key: facts for key, (facts, _) in now.items()}
        for key in now:
            self._queue.pop(key, None)
        return changed

    def of_nodes(self, nodes: list[Node], partitions: list[Partition]) -> bool:
        """Whether anything about nodes or partitions is new; the time of the look is kept with the cluster."""
        before, self._nodes = self._nodes, (nodes, partitions)
        return before != self._nodes
