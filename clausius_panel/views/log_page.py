"""The logs of one job as a page of the shell: `?page=log&cluster=&job=&path=&line=&side=`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import panel as pn
import param

from .. import queries
from .. import store as st
from ..errors import InvalidInput
from ..model.job_id import valid_job_id
from ..runtime import Runtime
from . import theme
from .client import Client, json_text
from .links import job_link, page_link
from .log_view import LogDesk
from .page_client import joined
from .pages import PageView
from .shown import shown

__all__ = ["LogClient", "LogPage"]


class LogClient(Client):
    """The logs of one job, over the whole page."""

    PARTS = ("log",)

    log = param.String(default="null", doc="JSON: the logs.")

    _esm = joined("dom.js", "overlay.js", "log_rich.js", "log_tree.js", "log_viewer.js", "log.js", "log_page.js")

    _stylesheets = [theme.tokens() + joined("base.css", "board.css", "log.css", "log_page.css")]


class LogPage(PageView):
    """A `LogDesk` over the whole page. Raises `InvalidInput`, `UnknownCluster` for a link that names no job."""

    def __init__(self, runtime: Runtime, query: str, **params: Any) -> None:
        """Asks nothing before the page stands in a browser."""
        super().__init__(**params)
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        cluster, job = asked.get("cluster", ""), asked.get("job", "")
        st.get_cluster(runtime.store, cluster)
        if not valid_job_id(job):
            raise InvalidInput("job id", job, "name a job in the link: ?page=log&cluster=NAME&job=123")
        line = asked.get("line", "")
        self._wanted = (cluster, job)
        self._place = (asked.get("path", ""), int(line) if line.isdecimal() else None, asked.get("side", ""))
        self.heading = f"Log of {job} on {cluster}"
        props = {"wide": True, "job": shown(_job_line(runtime, cluster, job))}
        self.client = LogClient(props=json_text(props), sizing_mode="stretch_both", margin=0)
        self.client.on_message = self.hear
        self.desk = LogDesk(runtime, self.client.put)

    def __panel__(self) -> pn.viewable.Viewable:
        return self.client

    def first(self) -> list[Client]:
        """The bars, before anything was asked."""
        return [self.client]

    async def hear(self, message: dict[str, Any]) -> None:
        """Do what is done in the page; what makes no sense is dropped."""
        if message.get("kind") == "begin" and self.desk.view.key is None:
            path, line, side = self._place
            self.desk.show(self._wanted, path=path, line=line, side=side)
            await asyncio.sleep(0)
        elif message.get("kind") == "log":
            try:
                self.desk.hear(message)
            except ValueError:
                return


def _job_line(runtime: Runtime, cluster: str, job_id: str) -> dict[str, str]:
    """Whose logs these are, and where more of it is; a job that the store does not know has no name."""
    name = ""
    with suppress(InvalidInput):
        name = queries.job(runtime.store, cluster=cluster, job_id=job_id).job.name
    return {
        "name": name,
        "text": f"{job_id} on {cluster}",
        "href": page_link("job", cluster=cluster, job=job_id),
        "board": job_link(cluster, job_id),
    }
