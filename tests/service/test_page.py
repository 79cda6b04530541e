from __future__ import annotations

import base64
import os
import re
import socket

from tests.faces import JOB_NAME
from tests.http import Site, ask


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
