"""REST under /api and, where a server is given, MCP at /mcp.

Everything but /api/health needs `Authorization: Bearer TOKEN`, or where `api_ingest` says so a host's key.
Requests with a strange Host (421) or Origin (403) are refused: a page elsewhere must not reach a service on this
machine through somebody's browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import answers
from .answers import ClusterReport, JobsAnswer
from .api_ingest import add_ingest_routes, takes_jobs, takes_key
from .errors import ClausiusError, InvalidInput
from .runtime import Runtime
from .version import __version__

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

__all__ = ["create_app"]

OPEN = "/api/health"

MAX_QUESTION = 8 * 1024 * 1024
"""Bytes of a body that is no list of jobs; a script of 1 MiB is 6 MiB where JSON escapes all of it."""

_SILENT_S = 30.0  # a body whose next piece takes longer is given up
_QUESTION_S, _JOBS_S = 60.0, 3600.0  # until a body must be here as a whole

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Names = Annotated[list[str], Query(default_factory=list)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the service works; says nothing about anybody's jobs.

    `degraded` if a cluster's last attempt failed or none has answered yet.
    """

    status: Literal["ok", "degraded"]
    version: str
    clusters: int
    clusters_up: int


def create_app(
    runtime: Runtime,
    *,
    token: str,
    mcp: MCPServer | None = None,
    hosts: Collection[str] = ("127.0.0.1", "localhost", "::1"),
) -> FastAPI:
    """The ASGI application. `hosts` are the names under which it may be called."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            if mcp is not None:
                await stack.enter_async_context(mcp.session_manager.run())
            yield

    # the interactive documentation would load its scripts from the network
    app = FastAPI(
        title="Clausius",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _add_routes(app, runtime)
    add_ingest_routes(app, runtime)
    if mcp is not None:
        # _Gate has checked Host and Origin; the SDK's own check knows loopback only
        tools = mcp.streamable_http_app(json_response=True, stateless_http=True, host="")
        tools.add_exception_handler(HTTPException, _on_http_error)
        app.mount("/", tools)
    app.add_exception_handler(ClausiusError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_middleware(_Gate, token=token, hosts=frozenset(hosts))
    return app


def _add_routes(app: FastAPI, runtime: Runtime) -> None:
    @app.get(OPEN)
    def health() -> Health:
        """Whether the service works."""
        found = answers.glance(runtime.store)
        up = sum(each.up for each in found)
        status: Literal["ok", "degraded"] = "ok" if up == len(found) else "degraded"
        return Health(status=status, version=__version__, clusters=len(found), clusters_up=up)

    @app.get("/api/jobs", dependencies=[Depends(_only_known)])
    def jobs(
        *,
        cluster: Names,
        user: Names,
        mine: bool = False,
        state: Names,
        partition: Names,
        account: Names,
        text: str = "",
        ended_h: float = 24.0,
        sort: str = "state",
        descending: bool = False,
        limit: Annotated[int, Query(ge=0, le=20_000)] = 500,
        offset: Annotated[int, Query(ge=0)] = 0,
        max_age_s: Annotated[float | None, Query(ge=0)] = None,
    ) -> JobsAnswer:
        """Jobs of all clusters; `max_age_s` is how old the data may be, `ended_h` how far back ended jobs go."""
        return answers.jobs(
            runtime,
            fresh_s=max_age_s,
            sort=sort,
            descending=descending,
            limit=limit,
            offset=offset,
            clusters=cluster,
            users=user,
            mine=mine,
            states=state,
            partitions=partition,
            accounts=account,
            text=text,
            max_age_s=ended_h * 3600,
        )

    @app.get("/api/clusters", dependencies=[Depends(_only_known)])
    def clusters(*, cluster: Names, max_age_s: Annotated[float | None, Query(ge=0)] = None) -> list[ClusterReport]:
        """Each cluster at a glance."""
        return answers.status(runtime, clusters=cluster, fresh_s=max_age_s)


def _only_known(request: Request) -> None:
    """Raise `InvalidInput` for a parameter that does not exist: passed over, it would select everything."""
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            raise InvalidInput("parameter", name, f"use one of {', '.join(known)}")


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    status = 400 if isinstance(error, InvalidInput) else 503
    return JSONResponse({"error": str(error)}, status_code=status)


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    """A value of the wrong kind, in the shape of every other error: what, value, what to do."""
    assert isinstance(error, RequestValidationError)
    told = [f"{each['loc'][-1]}: {each.get('input')!r} is not valid; {each['msg']}" for each in error.errors()]
    return JSONResponse({"error": "; ".join(told)}, status_code=422)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    words = f"{request.url.path}: {error.detail}" if error.status_code == 404 else str(error.detail)
    return JSONResponse({"error": words}, status_code=error.status_code, headers=error.headers)


class _Gate:
    """Plain ASGI: checks Host, Origin and token before anything else, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        bounded = _Incoming(receive, is_jobs=takes_jobs(scope["path"]))
        await (refusal or self._app)(scope, bounded, send_with_headers)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if _host(f"//{headers.get('host', '')}") not in self._hosts:
            return JSONResponse({"error": "this Host is not served here"}, status_code=421)
        if (origin := headers.get("origin")) is not None and _host(origin) not in self._hosts:
            return JSONResponse({"error": "this Origin may not ask"}, status_code=403)
        if scope["path"] == OPEN or takes_key(scope["path"], headers):
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode()):
            return None
        return JSONResponse(
            {"error": "send Authorization: Bearer TOKEN; the token is in the file `token` of the data directory"},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )


class _Incoming:
    """`receive`, but the body must come in time and be of bounded length: some routes read it before any key."""

    def __init__(self, receive: Receive, *, is_jobs: bool) -> None:
        self._receive, self._is_open = receive, True
        self._left = None if is_jobs else MAX_QUESTION
        self._deadline = time.monotonic() + (_JOBS_S if is_jobs else _QUESTION_S)

    async def __call__(self) -> Message:
        if not self._is_open:  # what comes now is that the other side has gone, whenever that is
            return await self._receive()
        try:
            async with asyncio.timeout(min(_SILENT_S, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise _closing(408, "the body did not come in time; nothing of it was taken") from None
        self._is_open = bool(message.get("more_body"))
        if self._left is not None:
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _closing(413, f"the body is longer than {MAX_QUESTION} bytes")
        return message


def _closing(status: int, words: str) -> HTTPException:
    """An answer after which the connection ends: the rest of the body is not waited for."""
    return HTTPException(status, words, headers={"Connection": "close"})


def _host(url: str) -> str | None:
    """The host name in a URL; None where there is none or the text is no URL."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
