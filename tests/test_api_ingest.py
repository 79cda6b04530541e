from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clausius_panel import api_ingest
from clausius_panel.keys import add_key, revoke
from clausius_panel.runtime import Runtime
from tests.faces import a_runtime
from tests.http import TOKEN, Answer, Site, serving_api
from tests.ingest.kit import a_job, body


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with a_runtime(Path(tmp_path_factory.mktemp("api_ingest")), api_port=0) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def site(runtime: Runtime) -> Iterator[Site]:
    with serving_api(runtime) as site:
        yield site


@pytest.fixture(scope="module")
def secret(runtime: Runtime) -> str:
    return add_key(runtime.store, "alpha").secret


@pytest.fixture
def fresh(runtime: Runtime) -> Runtime:
    """The runtime without any ended job of alpha's."""
    with runtime.store.write() as cur:
        cur.execute("DELETE FROM jobs WHERE cluster = 'alpha'")
    return runtime


def call(
    site: Site, path: str, *, key="", token="", method="POST", content=b"", kind="application/json"
) -> Answer:
    headers = {"Content-Type": kind}
    if key:
        headers["X-API-Key"] = key
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(site.host, site.port, timeout=30)
    connection.request(method, path, content if method == "POST" else None, headers)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    answer = Answer(status=response.status, headers=found, body=response.read().decode())
    connection.close()
    return answer


def ours(runtime: Runtime) -> list[str]:
    with runtime.store.read() as cur:
        return [i for (i,) in cur.execute("SELECT job_id FROM jobs WHERE cluster = 'alpha' ORDER BY 1").fetchall()]


def send(site: Site, key: str, *jobs: object, hostname: object = "alpha") -> Answer:
    return call(site, "/api/data/ingest", key=key, content=body(*jobs, hostname=hostname).getvalue())


def test_jobs_are_taken_with_the_answer_that_exporters_expect(site, secret, fresh):
    answer = send(site, secret, a_job("1"), a_job("2", Start="None", End="Unknown", State="CANCELLED"))
    assert answer.status == 200
    told = json.loads(answer.body)
    assert told["success"] is True
    assert told["message"] == "Successfully ingested 2 jobs for alpha"
    assert (told["jobs_processed"], told["hostname"], told["new"]) == (2, "alpha", 2)
    assert json.loads(send(site, secret, a_job("1")).body)["unchanged"] == 1
    assert ours(fresh) == ["1", "2"]


def test_a_bad_row_is_told_with_its_number_while_the_others_land(site, secret, fresh):
    told = json.loads(send(site, secret, a_job("1"), a_job("2", AllocCPUS="x"), {}).body)
    assert (told["success"], told["jobs_processed"], told["rejected"]) == (True, 1, 2)
    assert told["errors"][0] == {"row": 2, "field": "AllocCPUS", "value": "x", "reason": "must be a number"}
    assert told["errors"][1]["row"] == 3
    assert ours(fresh) == ["1"]


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (b"", 422, "body"),
        (b"{", 422, "body"),
        (b"[" * 200_000, 422, "body"),
        (b'{"jobs": [' + b'{"a":' * 100_000, 422, "body"),
        (b'{"hostname": "alpha", "jobs": [{}]}', 422, "jobs"),
        (b'{"hostname": "alpha"}', 422, "jobs"),
        (json.dumps({"jobs": [a_job()]}).encode(), 422, "hostname"),
        (json.dumps({"hostname": "beta", "jobs": [a_job()]}).encode(), 403, "hostname"),
        (json.dumps({"hostname": "../evil", "jobs": [a_job()]}).encode(), 403, "hostname"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_a_body_that_cannot_be_taken_is_a_4xx_that_names_the_field(site, secret, fresh, content, status, field):
    answer = call(site, "/api/data/ingest", key=secret, content=content)
    assert answer.status == status
    told = json.loads(answer.body)
    assert told["field"] == field
    assert told["error"] == told["detail"]
    assert ours(fresh) == []


@pytest.mark.parametrize("path", ["/api/data/ingest", "/api/agent/upload"])
@pytest.mark.parametrize("key", ["", "wrong", TOKEN, "ck_000000000000_" + "0" * 64])
def test_without_a_good_key_nothing_is_taken(site, fresh, path, key):
    for token in ("", TOKEN):
        answer = call(site, path, key=key, token=token, content=body(a_job()).getvalue())
        assert answer.status == 401
        assert "API Key" in json.loads(answer.body)["detail"]
    assert ours(fresh) == []


def test_a_revoked_key_is_refused_at_once(site, runtime):
    made = add_key(runtime.store, "alpha")
    assert send(site, made.secret).status == 200
    revoke(runtime.store, made.key.key_id)
    assert send(site, made.secret).status == 401


def test_a_key_that_is_revoked_while_a_body_comes_takes_nothing(site, fresh):
    made, content = add_key(fresh.store, "alpha"), body(a_job("1")).getvalue()
    head = f"POST /api/data/ingest HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nX-API-Key: {made.secret}\r\n"
    with socket.create_connection((site.host, site.port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: {len(content)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")  # the key was good, now the body is read
        revoke(fresh.store, made.key.key_id)
        connection.sendall(content)
        assert connection.recv(100).startswith(b"HTTP/1.1 401")
    assert ours(fresh) == []


def test_a_huge_body_is_refused_before_it_is_read(site, secret):
    connection = socket.create_connection((site.host, site.port), timeout=10)
    head = f"POST /api/data/ingest HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nX-API-Key: {secret}\r\n"
    connection.sendall(f"{head}Content-Length: {api_ingest.MAX_BODY + 1}\r\n\r\n".encode())
    assert b"413" in connection.recv(200)
    connection.close()


def test_a_huge_body_that_does_not_tell_its_length_is_refused_on_the_way(site, secret, fresh, monkeypatch):
    monkeypatch.setattr(api_ingest, "MAX_BODY", 100_000)
    for path, kind in (
        ("/api/data/ingest", "application/json"),
        ("/api/agent/upload", "application/octet-stream"),
        ("/api/agent/upload", "multipart/form-data; boundary=x"),
    ):
        connection = http.client.HTTPConnection(site.host, site.port, timeout=10)
        begin = (
            [b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n']
            if "multi" in kind
            else []
        )
        pieces = iter([*begin, *[b" " * 10_000] * 20])
        connection.request("POST", path, pieces, {"X-API-Key": secret, "Content-Type": kind}, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413, path
        assert b"in parts" in answer.read()
        connection.close()


def test_a_sender_that_goes_away_leaves_nothing(site, secret, fresh, runtime):
    content = body(*(a_job(str(n)) for n in range(2000))).getvalue()
    connection = socket.create_connection((site.host, site.port), timeout=10)
    head = f"POST /api/data/ingest HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nX-API-Key: {secret}\r\n"
    connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content[:-1000])
    connection.close()
    assert send(site, secret, a_job("7777")).status == 200
    assert ours(fresh) == ["7777"]
    assert [path.name for path in runtime.store.path.parent.glob("ingest-*")] == []


def a_parquet(*jobs: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(jobs)), file)
    return file.getvalue()


def a_form(content: bytes, name: str = "file", **fields: str) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="../../evil.parquet"\r\n\r\n'.encode()
    return b"".join(parts) + head + content + b"\r\n--x--\r\n"


def test_parquet_is_taken_as_a_form_or_as_it_is(site, secret, fresh):
    content, form = a_parquet(a_job("1"), a_job("2", State="?")), "multipart/form-data; boundary=x"
    answer = call(site, "/api/agent/upload", key=secret, content=a_form(content, hostname="alpha"), kind=form)
    assert answer.status == 200, answer.body
    answer = call(
        site, "/api/agent/upload", key=secret, content=a_parquet(a_job("3")), kind="application/octet-stream"
    )
    assert json.loads(answer.body)["new"] == 1
    assert {"1", "3"} <= set(ours(fresh))


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (a_form(a_parquet(a_job())[:-100]), 422, "file"),
        (a_form(a_parquet(a_job()), name="other"), 422, "file"),
        (a_form(a_parquet(a_job()), hostname="beta"), 403, "hostname"),
        (a_form(a_parquet(a_job()), cluster_name="beta"), 403, "hostname"),
        (a_form(a_parquet({"x": 1})), 422, "jobs"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_parquet_file_that_cannot_be_taken_is_a_4xx(site, secret, fresh, content, status, field):
    answer = call(site, "/api/agent/upload", key=secret, content=content, kind="multipart/form-data; boundary=x")
    assert (answer.status, json.loads(answer.body).get("field")) == (status, field)
    assert ours(fresh) == []


def test_a_deploy_key_becomes_a_key_once(site, runtime, fresh):
    deploy = add_key(runtime.store, "alpha", kind="deploy").secret
    form = urlencode({"deploy_key": deploy}).encode()
    answer = call(site, "/api/agent/exchange-deploy-key", content=form, kind="application/x-www-form-urlencoded")
    told = json.loads(answer.body)
    assert answer.status == 200
    assert (told["hostname"], told["cluster_name"]) == ("alpha", "alpha")
    assert send(site, told["api_key"], a_job("5")).status == 200
    assert (
        call(site, "/api/agent/exchange-deploy-key", content=json.dumps({"deploy_key": deploy}).encode()).status
        == 401
    )


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"{", 422), (b"deploy_key=", 422), (b"deploy_key=x", 401), (b"x" * 10_000, 413)],
)
def test_what_is_no_deploy_key_is_refused(site, content, status):
    assert call(site, "/api/agent/exchange-deploy-key", content=content).status == status


def test_health_is_open_and_names_hosts_only_to_those_who_may_know(site, secret, fresh):
    send(site, secret, a_job())
    told = json.loads(call(site, "/api/dashboard/health", method="GET").body)
    assert (told["status"], told["data_loaded"], told["hostnames"]) == ("healthy", True, [])
    assert json.loads(call(site, "/api/dashboard/health", method="GET", key=secret).body)["hostnames"] == ["alpha"]
    assert call(site, "/api/dashboard/health", method="GET", key="wrong").status == 401


QUESTIONS = [
    ("GET", "/api/dashboard/metadata", b""),
    ("GET", "/api/dashboard/stats/alpha", b""),
    ("POST", "/api/dashboard/filter", b'{"hostname": "alpha"}'),
]


@pytest.mark.parametrize(("method", "path", "content"), QUESTIONS)
def test_questions_take_the_token_or_the_hosts_own_key(site, secret, runtime, fresh, method, path, content):
    send(site, secret, a_job("1"), a_job("2"))
    other = add_key(runtime.store, "beta").secret
    asked = {"method": method, "content": content}
    for way in ({"key": secret}, {"token": TOKEN}):
        answer = call(site, path, **asked, **way)
        assert answer.status == 200
        assert "alpha" in answer.body or json.loads(answer.body)["total_jobs"] == 2
    assert call(site, path, **asked).status == 401
    assert call(site, path, **asked, key="wrong", token=TOKEN).status == 401
    foreign = call(site, path, **asked, key=other)
    assert foreign.status == 403 or json.loads(foreign.body)["hostnames"] == []


@pytest.mark.parametrize(
    "path", ["/api/jobs", "/api/clusters", "/mcp", "/", "/api/dashboard/nosuch", "/api/openapi.json"]
)
def test_a_hosts_key_opens_nothing_else(site, secret, path):
    assert call(site, path, key=secret, method="GET").status in (401, 404)
    assert "alpha" not in call(site, path, key=secret, method="GET").body


def test_metadata_has_the_names_that_are_expected(site, secret, fresh):
    send(site, secret, a_job("1"), a_job("2", Partition="cpu", Submit="2026-02-01T00:00:00", Start=None, End=None))
    told = json.loads(call(site, "/api/dashboard/metadata?hostname=alpha", key=secret, method="GET").body)
    assert told["hostnames"] == ["alpha"]
    assert told["partitions"] == {"alpha": ["cpu", "gpu"]}
    assert told["date_ranges"] == {"alpha": {"min_date": "2026-01-31", "max_date": "2026-02-01"}}
    assert {"accounts", "users", "qos", "states"} <= set(told)


def test_a_selection_comes_in_pages(site, secret, fresh):
    send(site, secret, *(a_job(str(n)) for n in range(25)))
    of_charts = {"color_by": "Account", "hide_unused_nodes": True, "sort_by_usage": True}
    asked, seen = {"hostname": "alpha", "limit": 10, **of_charts}, []
    while True:
        told = json.loads(call(site, "/api/dashboard/filter", key=secret, content=json.dumps(asked).encode()).body)
        assert told["total_jobs"] == 25
        seen += [row["JobID"] for row in told["data"]]
        if told["next"] is None:
            break
        asked["after"] = told["next"]
    assert sorted(seen, key=int) == [str(n) for n in range(25)]


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"hostname": "nosuch"}, 404, "nosuch"),
        ({"hostname": "alpha", "start_date": "2026-02-01", "end_date": "2026-01-01"}, 400, "start_date"),
        ({"hostname": "alpha", "start_date": "yesterday"}, 422, "start_date"),
        ({"hostname": "alpha", "limit": 100_000}, 422, "limit"),
        ({"hostname": "alpha", "after": "x"}, 400, "after"),
        ({"hostname": "alpha", "wat": 1}, 422, "wat"),
        ({"hostname": "alpha", "users": "alice"}, 422, "users"),
        ({}, 422, "hostname"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_question_that_cannot_be_right_is_a_4xx_that_names_the_field(site, secret, fresh, asked, status, words):
    send(site, secret, a_job())
    answer = call(site, "/api/dashboard/filter", token=TOKEN, content=json.dumps(asked).encode())
    assert answer.status == status
    assert words in answer.body


def test_others_are_answered_while_jobs_are_taken_in(site, secret, fresh):
    content = body(*(a_job(str(n)) for n in range(20_000))).getvalue()
    sender = threading.Thread(target=lambda: call(site, "/api/data/ingest", key=secret, content=content))
    sender.start()
    slowest = 0.0
    while sender.is_alive():
        begun = time.perf_counter()
        assert call(site, "/api/dashboard/health", method="GET").status == 200
        slowest = max(slowest, time.perf_counter() - begun)
    sender.join()
    assert len(ours(fresh)) == 20_000
    assert slowest < 2.0  # the figure is measured by tests/benchmarks/ingest.py


def test_nothing_of_a_name_that_was_sent_is_a_path(site, secret, fresh, runtime):
    above = runtime.store.path.parent.parent
    before = sorted(above.iterdir())
    send(site, secret, a_job(), hostname="../evil")
    assert sorted(above.iterdir()) == before
    assert ours(fresh) == []
