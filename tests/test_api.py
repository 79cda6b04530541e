from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from clausius_panel import api
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime
from tests.http import TOKEN, Site, ask, serving_api


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with a_runtime(Path(tmp_path_factory.mktemp("api")), api_port=0) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def site(runtime: Runtime) -> Iterator[Site]:
    with serving_api(runtime) as site:
        yield site


def test_health_is_open_and_tells_no_secret(site):
    answer = ask(site, "/api/health", token="")
    assert answer.status == 200
    said = json.loads(answer.body)
    assert set(said) == {"status", "version", "clusters", "clusters_up"}
    assert said["status"] == ("ok" if said["clusters_up"] == said["clusters"] else "degraded")
    assert CLUSTER not in answer.body


@pytest.mark.parametrize(
    "path", ["/api/jobs", "/api/clusters", "/api/openapi.json", "/mcp", "/mcp/", "/", "/nosuch"]
)
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN}x", "ü" * 48])
def test_without_the_token_nothing_else_answers(site, path, token):
    answer = ask(site, path, token=token)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_jobs_come_with_the_age_of_the_data(site):
    answer = json.loads(ask(site, "/api/jobs?state=running&user=bob").body)
    assert [job["job_id"] for job in answer["jobs"]] == ["3"]
    assert answer["clusters"][0]["cluster"] == CLUSTER
    assert answer["clusters"][0]["age_s"] < 60


def test_clusters_come_at_a_glance(site):
    [report] = json.loads(ask(site, "/api/clusters").body)
    assert report["jobs"] == {"running": 2, "pending": 1}
    assert report["error"] == ""


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/jobs?cluster=nosuch", 400, ["nosuch", CLUSTER]),
        ("/api/jobs?state=dancing", 400, ["DANCING", "running"]),
        ("/api/jobs?sort=colour", 400, ["colour", "use one of"]),
        ("/api/jobs?limit=many", 422, ["limit", "many"]),
        ("/api/jobs?states=failed", 400, ["states", "use one of", "partition"]),
        ("/api/clusters?state=failed", 400, ["state", "cluster"]),
        ("/api/clusters?cluster=nosuch", 400, ["nosuch", CLUSTER]),
        ("/api/nosuch", 404, ["/api/nosuch", "Not Found"]),
        ("/nosuch", 404, ["/nosuch", "Not Found"]),
    ],
)
def test_bad_input_is_answered_with_value_and_remedy(site, path, status, words):
    answer = ask(site, path)
    assert answer.status == status
    told = json.loads(answer.body)
    assert set(told) == {"error"}
    assert all(word in told["error"] for word in words)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "http://["])
@pytest.mark.parametrize("path", ["/api/health", "/api/jobs", "/mcp"])
def test_a_page_from_elsewhere_may_not_ask(site, path, origin):
    assert ask(site, path, headers={"Origin": origin}).status == 403


def test_our_own_page_may_ask(site):
    assert ask(site, "/api/jobs", headers={"Origin": "http://127.0.0.1:7272"}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7273", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_rebound_to_this_machine_is_not_served(site, host):
    assert ask(site, "/api/health", headers={"Host": host}).status == 421


@pytest.mark.parametrize("path", ["/api/health", "/api/jobs", "/nosuch"])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_every_answer_forbids_framing_sniffing_and_caching(site, path, token):
    headers = ask(site, path, token=token).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_mcp_answers_a_real_client_with_the_token(site):
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
        Client(streamable_http_client(f"{site.url}/mcp", http_client=http)) as client,
    ):
        result = await client.call_tool("list_jobs", {"states": ["pending"]})
    assert [job["job_id"] for job in result.structured_content["jobs"]] == ["2"]


def slow(site: Site, path: str, *, length: str, begin: bytes = b"{") -> bytes:
    """What is answered to a body that has begun and does not go on."""
    head = f"POST {path} HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nX-API-Key: wrong\r\n{length}\r\n\r\n"
    with socket.create_connection((site.host, site.port), timeout=20) as connection:
        connection.sendall(head.encode() + begin)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize("limit", ["_SILENT_S", "_QUESTION_S"])
@pytest.mark.parametrize("path", ["/api/agent/exchange-deploy-key", "/api/dashboard/filter"])
def test_a_body_that_does_not_come_is_given_up_and_the_connection_with_it(
    site, path, limit, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(api, limit, 0.2)
    answer = slow(site, path, length="Content-Length: 500")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not come in time" in answer


def test_a_body_without_end_is_refused_whoever_sends_it(site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api, "MAX_QUESTION", 1000)
    begin = b"7d0\r\n" + b" " * 2000 + b"\r\n"
    answer = slow(site, "/api/dashboard/filter", length="Transfer-Encoding: chunked", begin=begin)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"longer than 1000 bytes" in answer


def test_slow_bodies_keep_nobody_from_an_answer(site):
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            connection = stack.enter_context(socket.create_connection((site.host, site.port), timeout=20))
            connection.sendall(
                f"POST /api/agent/exchange-deploy-key HTTP/1.1\r\nHost: {site.host}:{site.port}\r\n"
                "Content-Length: 500\r\n\r\n{".encode()
            )
        assert ask(site, "/api/health", token="").status == 200
