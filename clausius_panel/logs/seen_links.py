"""Links to experiment trackers that were seen in logs of jobs: pages show them without reading a log again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable

from .trackers import TrackerLink, merged_links

__all__ = ["MOST_JOBS", "SeenLinks"]

MOST_JOBS = 2000
"""Of so many jobs links are remembered; the one that was seen longest ago is forgotten first."""


class SeenLinks:
    """What was seen while this process lives. Safe to use from several threads."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._links: OrderedDict[tuple[str, str], list[TrackerLink]] = OrderedDict()
        self._guard = threading.Lock()

    def note(self, cluster: str, job_id: str, links: Iterable[TrackerLink]) -> None:
        """Remember links of a job or array task, beside those that are known of it."""
        key = (cluster, job_id)
        with self._guard:
            self._links[key] = merged_links(links, self._links.pop(key, []))
            while len(self._links) > MOST_JOBS:
                self._links.popitem(last=False)

    def of(self, cluster: str, job_ids: Collection[str]) -> list[TrackerLink]:
        """The links of these jobs; of an array those of all its tasks."""
        with self._guard:
            found = [
                links
                for (name, job_id), links in self._links.items()
                if name == cluster and (job_id in job_ids or job_id.partition("_")[0] in job_ids)
            ]
        return merged_links(*found)
