"""The switch between the two pictures of the same work: the board's jobs, and runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

__all__ = ["job_run_switch"]

_SIDES = {"board": "Jobs", "runs": "Runs"}

_SHARED = ("cluster", "user", "mine", "q", "ended", "cleared")
"""What both pages know under the same key of their URLs."""


def job_run_switch(page: str, query: str) -> list[dict[str, Any]]:
    """Both sides, as the app bar shows them; the other one is a link that keeps the filters both know.

    `query` is that of the page's own URL. Of a page that is neither side there is no switch.

    >>> [side["href"] for side in job_run_switch("board", "state=failed&user=alice&q=hle")]
    ['', '?page=runs&user=alice&q=hle']
    """
    if page not in _SIDES:
        return []
    kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key in _SHARED]
    return [
        {
            "title": title,
            "href": "" if name == page else "?" + urlencode([("page", name), *kept], safe=":,"),
        }
        for name, title in _SIDES.items()
    ]
