"""A small HTTP client that sends whatever a test wants, and the servers it asks."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clausius_panel.runtime import Runtime
from clausius_panel.service.servers import api_server

__all__ = ["SERVE", "TOKEN", "Answer", "Site", "ask", "process_serving", "serving_api"]

TOKEN = "0123456789abcdef" * 3

SERVE = ("serve", "--no-browser", "--port", "0", "--api-port", "0", "--token", TOKEN)
"""The words of a command that serves on free ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a server answers."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: str


def ask(
    site: Site,
    path: str,
    *,
    token: str = TOKEN,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    read_body: bool = True,
) -> Answer:
    """One request; no redirect is followed. `token` goes as a bearer unless it is empty."""
    sent = {"Host": f"{site.host}:{site.port}"} | dict(headers or {})
    connection = http.client.HTTPConnection(site.host, site.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True)
        if token:
            sent["Authorization"] = f"Bearer {token}"
        payload = (body or "").encode()
        if payload:
            sent |= {"Content-Length": str(len(payload)), "Content-Type": "application/x-www-form-urlencoded"}
        for name, value in sent.items():
            connection.putheader(name, value.encode())
        connection.endheaders(payload or None)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        text = response.read().decode() if read_body else ""
        return Answer(status=response.status, headers=found, body=text)
    finally:
        connection.close()


@contextmanager
def serving_api(runtime: Runtime) -> Iterator[Site]:
    """REST and MCP on a free port, in a thread."""
    with api_server(runtime, host="127.0.0.1", token=TOKEN) as port:
        yield Site(host="127.0.0.1", port=port)


@contextmanager
def process_serving(
    *words: str, temporary: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], list[Site]]]:
    """`clausius WORDS` as a process, and the two addresses it announces once it answers.

    `temporary` is where it keeps its temporary files.
    """
    environ = os.environ | ({} if temporary is None else {"TMPDIR": str(temporary)})
    command = [sys.executable, "-m", "clausius_panel", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
    assert process.stderr is not None
    sites: list[Site] = []
    said = ""
    try:
        while len(sites) < 2 and (line := process.stderr.readline()):
            said += line
            if found := re.search(r"http://\S+", line):
                url = urlsplit(found[0])
                sites.append(Site(host=url.hostname or "", port=url.port or 0))
        assert len(sites) == 2, said
        yield process, sites
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)
