"""The URLs of our own pages, relative to wherever the page is served."""

from __future__ import annotations

from urllib.parse import urlencode

__all__ = ["job_link", "log_link", "page_link"]


def page_link(page: str, **asked: object) -> str:
    """The link to a page; what is empty is left out.

    >>> page_link("run", cluster="alpha", run="12", text="")
    '?page=run&cluster=alpha&run=12'
    """
    return "?" + urlencode(
        [("page", page), *((name, str(value)) for name, value in asked.items() if value)], safe=":"
    )


def job_link(cluster: str, job_id: str) -> str:
    """The link to a job on the board.

    >>> job_link("alpha", "12_3")
    '?page=board&job=alpha:12_3'
    """
    return page_link("board", job=f"{cluster}:{job_id}")


def log_link(cluster: str, job_id: str) -> str:
    """The link to the page of a job's logs.

    >>> log_link("alpha", "12_3")
    '?page=log&cluster=alpha&job=12_3'
    """
    return page_link("log", cluster=cluster, job=job_id)
