from __future__ import annotations

import logging
import re
from urllib.parse import quote

import pytest

from clausius_panel.service.auth import without_token
from tests.faces import a_runtime
from tests.http import SERVE, TOKEN, Answer, Site, ask, process_serving


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


@pytest.mark.parametrize("url", ["/login?token=%s&next=%%FF", "/login?next=%%2F%%3Ftoken%%3D%s", "/?a=1&token=%s"])
def test_a_request_that_makes_no_sense_is_logged_without_its_token(url, caplog):
    logger = logging.getLogger("clausius_panel.test_auth")
    logger.addFilter(without_token)
    logger.warning("400 GET %s (127.0.0.1): Invalid unicode", url % TOKEN)
    assert TOKEN not in caplog.text
    assert "400 GET /" in caplog.text


def test_a_serving_process_never_logs_the_token(tmp_path):
    with a_runtime(tmp_path):
        pass
    with process_serving("--data-dir", str(tmp_path / "data"), *SERVE) as (process, sites):
        assert page(sites[0], f"/login?token={TOKEN}&next=%FF").status == 400
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "Invalid unicode" in " ".join(said.split())
    assert TOKEN not in "".join(said.split())
