"""Links to experiment trackers for the page: which tracker, which run, which host; all of it text from logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from ..logs import TrackerLink, find_tracker_links, merged_links
from ..logs.trackers import Tracker
from ..runtime import Runtime

__all__ = ["job_trackers", "trackers_part"]

MOST_SHOWN = 12
"""So many links stand in the row; of the rest only the number is told."""

_TITLES: dict[Tracker, str] = {"wandb": "W&B", "mlflow": "MLflow", "tensorboard": "TensorBoard", "aim": "Aim"}


def trackers_part(links: Sequence[TrackerLink]) -> dict[str, Any]:
    """The row of links; `more` says in words how many there are beside."""
    rest = len(links) - MOST_SHOWN
    return {
        "links": [
            {"tracker": _TITLES[each.tracker], "run": each.run, "host": each.host, "url": each.url}
            for each in links[:MOST_SHOWN]
        ],
        "more": f"and {rest} more" if rest > 0 else "",
    }


def job_trackers(runtime: Runtime, cluster: str, job_ids: Collection[str], *told: str) -> dict[str, Any]:
    """The row for jobs: what texts about them, such as a comment, name, and what their logs named.

    No log is read: those count that somebody has looked at. `job_ids` as 12, 12_3, or 12_[4-9] for the array.
    """
    named = find_tracker_links("\n".join(told), first_line=None)
    ids = {job_id.partition("_[")[0] for job_id in job_ids}
    seen = runtime.links.of(cluster, ids)
    by_log = {link.url: link.tracker for link in seen}  # it knows best: a script may name several trackers
    told_right = [replace(link, tracker=by_log.get(link.url, link.tracker)) for link in named]
    return trackers_part(merged_links(told_right, seen))
