"""HTTP for hosts that send their jobs, and the questions that go with it: a drop-in for a usage-history service.

    POST /api/data/ingest                   X-API-Key   JSON {hostname, jobs: [...]}; see ingest.rows for a job
    POST /api/agent/upload                  X-API-Key   the same as a parquet file, as a form's `file` or as it is
    POST /api/agent/exchange-deploy-key     form or JSON {deploy_key}; answers {api_key}
    GET  /api/dashboard/health              open; names of hosts only for those who may see them
    GET  /api/dashboard/metadata, POST /api/dashboard/filter, GET /api/dashboard/stats/HOST

The questions take a host's key, which sees that host alone, or the service's bearer token. What is refused is told
as {error, detail, field, row}; `detail` is what older exporters log.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import IO, Any
from urllib.parse import parse_qs

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers, UploadFile
from starlette.requests import ClientDisconnect
from starlette.types import Message

from .errors import BodyRefused, KeyRefused, UnknownHost
from .ingest import IngestOutcome, check_own_host, ingest_json, ingest_parquet
from .keys import check_key, exchange_deploy_key
from .queries import dashboard
from .queries.dashboard import JobSelection, PeriodType
from .runtime import Runtime
from .store import Store
from .store.keys import ApiKey

__all__ = ["MAX_BODY", "add_ingest_routes", "takes_jobs", "takes_key"]

MAX_BODY = 256 * 1024 * 1024
"""Bytes that one body may have: some 700,000 jobs. What is more must come in parts."""

_MAX_FORM = 8 * 1024
_IN_MEMORY = 1024 * 1024  # of a body; more of it waits in a file
_AT_ONCE = 2  # bodies that are worked on; others wait, so that threads are left for questions

_HEALTH, _INGEST, _UPLOAD = "/api/dashboard/health", "/api/data/ingest", "/api/agent/upload"
_EXCHANGE = "/api/agent/exchange-deploy-key"
_QUESTIONS = "/api/dashboard/"


def takes_key(path: str, headers: Headers) -> bool:
    """Whether a request need not bring the bearer token, since its route looks at the key, or is open."""
    is_question = path.startswith(_QUESTIONS) and "x-api-key" in headers
    return path in (_HEALTH, _INGEST, _UPLOAD, _EXCHANGE) or is_question


def takes_jobs(path: str) -> bool:
    """Whether bodies sent there are jobs: they may be long and take long, and the route bounds them itself."""
    return path in (_INGEST, _UPLOAD)


class FilterRequest(BaseModel):
    """The body of /api/dashboard/filter. The last five concern charts only."""

    model_config = ConfigDict(extra="forbid")

    hostname: str
    start_date: date | None = None
    end_date: date | None = None
    partitions: list[str] | None = None
    accounts: list[str] | None = None
    users: list[str] | None = None
    qos: list[str] | None = None
    states: list[str] | None = None
    complete_periods_only: bool = False
    period_type: PeriodType = "month"
    limit: int = Field(1000, ge=0, le=dashboard.MAX_PAGE)
    after: str = ""
    color_by: str | None = None
    account_segments: int | None = None
    normalize_node_usage: bool | None = None
    hide_unused_nodes: bool | None = None
    sort_by_usage: bool | None = None

    def selection(self) -> JobSelection:
        """What it selects. Raises `InvalidInput`."""
        return JobSelection(
            hostname=self.hostname,
            start_date=self.start_date,
            end_date=self.end_date,
            partitions=self.partitions or (),
            accounts=self.accounts or (),
            users=self.users or (),
            qos=self.qos or (),
            states=self.states or (),
            complete_periods_only=self.complete_periods_only,
            period_type=self.period_type,
        )


def add_ingest_routes(app: FastAPI, runtime: Runtime) -> None:
    """The routes above, and how their refusals are told."""
    app.add_exception_handler(KeyRefused, _on_key_refused)
    app.add_exception_handler(BodyRefused, _on_body_refused)
    app.add_exception_handler(UnknownHost, _on_unknown_host)
    app.add_exception_handler(ClientDisconnect, _on_gone)
    _add_sending(app, runtime.store)
    _add_questions(app, runtime.store)


def _add_sending(app: FastAPI, store: Store) -> None:
    turns = anyio.CapacityLimiter(_AT_ONCE)

    async def work(request: Request, do: Callable[[], IngestOutcome]) -> JSONResponse:
        await key_of(request)  # again: a body may take an hour, and a key that is revoked is worth nothing at once
        return _answer(await run_sync(do, limiter=turns))

    async def key_of(request: Request) -> ApiKey:
        return await run_sync(check_key, store, request.headers.get("x-api-key"))

    @app.post(_INGEST)
    async def ingest(request: Request) -> JSONResponse:
        """Take in jobs as JSON."""
        key = await key_of(request)
        async with _body(request, store, most=MAX_BODY) as body:
            return await work(request, lambda: ingest_json(store, body, key=key))

    @app.post(_UPLOAD)
    async def upload(request: Request) -> JSONResponse:
        """Take in jobs as a parquet file."""
        key = await key_of(request)
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with _body(request, store, most=MAX_BODY) as body:
                return await work(request, lambda: ingest_parquet(store, body, key=key))
        limited = Request(request.scope, _limited(request, most=MAX_BODY))
        async with limited.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise BodyRefused("file", "is missing: the parquet file")
            for name in (form.get("hostname"), form.get("cluster_name")):  # the older agents say cluster_name
                if name is not None:
                    check_own_host(name, key)
            return await work(request, lambda: ingest_parquet(store, file.file, key=key))

    @app.post(_EXCHANGE)
    async def exchange(request: Request) -> JSONResponse:
        """A key for a deploy key, once."""
        async with _body(request, store, most=_MAX_FORM) as body:
            text = _deploy_key(body.read())
        peer = request.client.host if request.client else ""
        made = await run_sync(lambda: exchange_deploy_key(store, text, peer=peer))
        told = {"success": True, "status": "success", "message": f"Your key for {made.key.host}"}
        names = {"hostname": made.key.host, "cluster_name": made.key.host}  # the older agents read the latter
        return JSONResponse({**told, "api_key": made.secret, **names})


def _add_questions(app: FastAPI, store: Store) -> None:
    def own(request: Request, host: str) -> None:
        """Raise `KeyRefused` where the key is another host's."""
        if (key := _asker(store, request)) is not None and key.host != host:
            raise KeyRefused(f"this key is for {key.host}, not for {host[:80]!a}", status=403)

    @app.get(_HEALTH)
    def health(request: Request) -> dict[str, Any]:
        """Whether the service works, and for those who may know whose jobs it has."""
        hosts = dashboard.host_names(store)
        may_see: list[str] = []
        if request.headers.get("x-api-key") is not None:
            key = check_key(store, request.headers["x-api-key"])
            may_see = [name for name in hosts if name == key.host]
        now = datetime.now(UTC).isoformat()
        return {"status": "healthy", "timestamp": now, "data_loaded": bool(hosts), "hostnames": may_see}

    @app.get("/api/dashboard/metadata")
    def metadata(
        request: Request,
        hostname: str | None = None,
        start_date: date | None = None,
        end_date: date | None = None,
    ) -> dict[str, Any]:
        """What there is to choose from."""
        if hostname is not None:
            own(request, hostname)
        key, known = _asker(store, request), dashboard.host_names(store)
        if hostname is not None and hostname not in known:
            raise UnknownHost(hostname)
        seen = [name for name in known if key is None or name == key.host]
        wanted = [name for name in seen if hostname in (None, name)]
        return _metadata(seen, dashboard.host_facts(store, hosts=wanted, start=start_date, end=end_date))

    @app.post("/api/dashboard/filter")
    def filtered(request: Request, wanted: FilterRequest) -> JSONResponse:
        """A page of jobs, and the totals of the whole selection; `next` goes into `after` for the next page."""
        own(request, wanted.hostname)
        found = dashboard.filter_jobs(store, wanted.selection(), limit=wanted.limit, after=wanted.after)
        return JSONResponse({**asdict(found.totals), "data": found.data, "next": found.next})

    @app.get("/api/dashboard/stats/{hostname}")
    def stats(
        request: Request, hostname: str, start_date: date | None = None, end_date: date | None = None
    ) -> dict[str, Any]:
        """What a host's jobs used in all."""
        own(request, hostname)
        selection = JobSelection(hostname=hostname, start_date=start_date, end_date=end_date)
        totals = dashboard.host_totals(store, selection)
        facts = dashboard.host_facts(store, hosts=[hostname], start=start_date, end=end_date)
        told = _metadata([hostname], facts)
        return {"hostname": hostname, **asdict(totals), "date_range": told["date_ranges"].get(hostname)}


def _asker(store: Store, request: Request) -> ApiKey | None:
    """The key that asks; None is the bearer of the service's token, seen by the gate. Raises `KeyRefused`."""
    text = request.headers.get("x-api-key")
    return None if text is None else check_key(store, text)


def _metadata(hosts: list[str], facts: list[dashboard.HostFacts]) -> dict[str, Any]:
    lists = ("partitions", "accounts", "users", "qos", "states")
    ranges = {each.hostname: {"min_date": each.min_date, "max_date": each.max_date} for each in facts}
    by_host = {name: {each.hostname: getattr(each, name) for each in facts} for name in lists}
    return {"hostnames": hosts, **by_host, "date_ranges": ranges}


def _answer(outcome: IngestOutcome) -> JSONResponse:
    """What older exporters expect, and what became of each row."""
    refused = f", {outcome.refused} rows refused" if outcome.refused else ""
    body = {
        "success": True,
        "message": f"Successfully ingested {outcome.taken} jobs for {outcome.hostname}{refused}",
        "jobs_processed": outcome.taken,
        "hostname": outcome.hostname,
        "received": outcome.received,
        "new": outcome.new,
        "changed": outcome.changed,
        "unchanged": outcome.same,
        "unfinished": outcome.unfinished,
        "rejected": outcome.refused,
        "errors": [asdict(refusal) for refusal in outcome.refusals],
    }
    return JSONResponse(body)


@asynccontextmanager
async def _body(request: Request, store: Store, *, most: int) -> AsyncIterator[IO[bytes]]:
    """The body, in a file beside the store as soon as it is long. Raises `BodyRefused` once it is too long."""
    _check_length(request, most)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(store.path.parent)) as file:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise _too_long(most)
            file.write(piece)
        file.seek(0)
        yield file


def _limited(request: Request, *, most: int) -> Callable[[], Any]:
    """`receive` for a request whose body somebody else reads."""
    _check_length(request, most)
    left = most

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_long(most)
        return message

    return receive


def _check_length(request: Request, most: int) -> None:
    """Raise `BodyRefused` before anything is read where the length that is told is too much."""
    told = request.headers.get("content-length", "0")
    if told.isdigit() and (len(told) > 18 or int(told) > most):
        raise _too_long(most)


def _too_long(most: int) -> BodyRefused:
    return BodyRefused("body", f"is longer than {most} bytes; send it in parts", status=413)


def _deploy_key(body: bytes) -> str:
    """The member deploy_key of a form or of JSON. Raises `BodyRefused`."""
    text = body.decode("utf-8", "replace")
    try:
        found = json.loads(text).get("deploy_key") if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        found = None
    found = found or parse_qs(text).get("deploy_key", [""])[0]
    if not isinstance(found, str) or not found:
        raise BodyRefused("deploy_key", "is missing")
    return found


async def _on_key_refused(request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, KeyRefused) else 401
    return _refusal(str(error), status)


async def _on_unknown_host(request: Request, error: Exception) -> JSONResponse:
    return _refusal(str(error), 404, field="hostname")


async def _on_gone(request: Request, error: Exception) -> JSONResponse:
    return _refusal("the body ended before its end; nothing of it was taken", 400)


async def _on_body_refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, BodyRefused):
        raise error
    return _refusal(str(error), error.status, field=error.field, row=error.row or None)


def _refusal(message: str, status: int, **where: Any) -> JSONResponse:
    return JSONResponse({"error": message, "detail": message, **where}, status_code=status)
