"""The page, and the login that stands before it."""

from __future__ import annotations

import base64
import os
import re
import socket
from urllib.parse import quote

import pytest

from tests.faces import JOB_NAME
from tests.http import TOKEN, Answer, Site, ask


def page(site: Site, path: str, *, cookie: str = "", **more: object) -> Answer:
    headers = {"Cookie": cookie} if cookie else {}
    return ask(site, path, token="", headers=headers, **more)


@pytest.mark.parametrize(
    "path", ["/", "/?state=running", "/?token=wrong", "/autoload.js?bokeh-autoload-element=1"]
)
def test_without_cookie_every_page_leads_to_the_login(site, path):
    answer = page(site, path)
    assert answer.status == 302
    assert answer.headers["location"].startswith("./login?next=") or answer.headers["location"].startswith(
        "/login"
    )


def test_the_login_page_says_where_the_token_is_and_loads_nothing(site):
    answer = page(site, "/login")
    assert answer.status == 200
    assert "clausius serve" in answer.body
    assert "/token</code>" in answer.body
    assert not re.search(r"(src|href)=|https?://|@import", answer.body)
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_printed_url_lets_in_once_and_its_token_leaves_the_address_bar(site):
    first = page(site, f"/?token={TOKEN}&state=running&text=a%20b")
    second = page(site, f"/{first.headers['location'].removeprefix('./').removeprefix('/')}")
    assert second.status == 303
    assert second.headers["location"] == "/?state=running&text=a+b"
    attributes = [part.strip().lower() for part in second.headers["set-cookie"].split(";")]
    assert "httponly" in attributes
    assert "samesite=strict" in attributes
    assert TOKEN not in second.headers["set-cookie"]
    assert page(site, "/", cookie=second.headers["set-cookie"].split(";")[0]).status == 200


def test_a_typed_token_lets_in_too(site):
    right = page(site, "/login", method="POST", body=f"token={TOKEN}&next=%2F%3Fstate%3Dfailed")
    assert (right.status, right.headers["location"]) == (303, "/?state=failed")
    wrong = page(site, "/login", method="POST", body="token=guess&next=%2F")
    assert wrong.status == 401
    assert "not the right one" in wrong.body
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "javascript:alert(1)", "http://[", ""],
)
def test_the_login_leads_to_no_other_site(site, elsewhere):
    answer = page(site, f"/login?token={TOKEN}&next={quote(elsewhere, safe='')}")
    assert answer.headers["location"] == "/"


def test_what_comes_back_in_the_login_page_is_escaped(site):
    nasty = quote('/?x="><script>', safe="")
    answer = page(site, f"/login?next={nasty}")
    assert "<script>" not in answer.body


@pytest.mark.parametrize(
    "change", [lambda cookie: cookie[:-1] + "x", lambda cookie: cookie.split("=")[0] + "=owner"]
)
def test_a_forged_cookie_is_none(site, cookie, change):
    assert page(site, "/", cookie=change(cookie)).status == 302


def test_a_page_of_another_port_cannot_frame_the_board(site, cookie):
    answer = page(site, "/", cookie=cookie)
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def document(site: Site, cookie: str) -> str:
    answer = ask(site, "/", token="", headers={"Cookie": cookie})
    assert answer.status == 200
    return answer.body


def test_the_page_has_the_board_and_no_markup_from_jobs(site, cookie):
    body = document(site, cookie)
    assert "llm_pretrain" in body
    assert JOB_NAME not in body
    assert "<img src=x>" not in body


def websocket(site: Site, *, cookie: str = "", origin: str, token: str = "") -> int:
    """The status of a WebSocket's handshake."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": origin,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": f"bokeh, {token}",
    }
    if cookie:
        headers["Cookie"] = cookie
    return ask(site, "/ws", token="", headers=headers, read_body=False).status


def test_the_websocket_opens_for_our_own_page_with_the_cookie_only(site, cookie):
    own = f"http://127.0.0.1:{site.port}"
    found = re.search(r'"token":\s*"([^"]+)"', document(site, cookie))
    assert found
    token = found[1]
    assert websocket(site, origin=own, token=token) != 101
    assert websocket(site, origin=own, token=token, cookie="clausius=owner") != 101
    assert websocket(site, origin="http://evil.example", token=token, cookie=cookie) == 403
    assert websocket(site, origin=own, token=token, cookie=cookie) == 101


def test_a_body_that_is_too_long_is_not_read(site):
    request = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nContent-Length: 90000000\r\n\r\n"
    with socket.create_connection((site.host, site.port), timeout=20) as connection:
        connection.sendall(request.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert ask(site, "/login", token="").status == 200
