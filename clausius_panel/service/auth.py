"""Who may see the page: whoever brought the token once, and now brings the cookie.

The printed URL carries `?token=`. Every page without the cookie leads to `/login`, which takes the token out of
the URL it came from, sets the cookie and goes on to the same URL without the token: it never stays in the address
bar. The WebSocket is refused without the cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bokeh.server.auth_provider import AuthProvider, User
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

__all__ = ["TokenAuth", "cookie_secret", "without_token"]

USER = "owner"
COOKIE_DAYS = 30

_TOKEN = re.compile(r"(token(?:=|%3[Dd]))[^&\s\"')]+")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Clausius</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 13px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0 16px;
  background: Canvas; color: CanvasText; }}
main {{ max-width: 26rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: 6px;
  padding: 20px 24px; }}
h1 {{ font-size: 16px; margin: 0 0 8px; }}
label {{ display: block; margin: 12px 0 4px; }}
input {{ font: inherit; width: 100%; box-sizing: border-box; padding: 6px 8px; }}
button {{ font: inherit; margin-top: 12px; padding: 6px 14px; }}
code {{ font-family: ui-monospace, monospace; }}
.error {{ color: light-dark(#b3261e, #ff8a80); }}
</style></head><body><main>
<h1>Clausius</h1>
{error}
<p>This page shows your jobs, so it asks for a token. It stands in the URL that
<code>clausius serve</code> printed, and in the file <code>{where}</code>.</p>
<form method="post" action="login">
<input type="hidden" name="next" value="{next}">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required>
<button type="submit">Open</button>
</form></main></body></html>
"""

PAGE_HEADERS = {
    # another port of this host is the same site, whose pages get the cookie: they must not frame the board
    "Content-Security-Policy": "frame-ancestors 'self'; base-uri 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
"""Of every page behind the login."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def without_token(record: logging.LogRecord) -> bool:
    """A filter of logs: a request that makes no sense is logged with its URL, which may bear the token."""
    text = record.getMessage()
    if "token" in text:
        record.msg, record.args = _TOKEN.sub(r"\1***", text), None
    return True


def cookie_secret(token: str) -> str:
    """The key that signs cookies: another token makes the old cookies worthless."""
    return hashlib.sha256(f"clausius cookie {token}".encode()).hexdigest()


class TokenAuth(AuthProvider):
    """Bokeh's gate, with one user and one token.

    `cookie` is the cookie's name: two services on one host must not take each other's. `where` tells people in
    which file the token is.
    """

    def __init__(self, token: str, *, cookie: str, where: str) -> None:
        self._cookie = cookie
        self._handler = type("Login", (_Login,), {"token": token, "cookie": cookie, "where": where})
        super().__init__()

    @property
    def get_user(self) -> Callable[[HTTPServerRequest], User]:
        """The user a request comes from; None without a valid cookie."""
        return self._user

    @property
    def get_user_async(self) -> None:
        """Not used: `get_user` answers at once."""
        return

    @property
    def login_url(self) -> str:
        """Where a request without cookie is sent."""
        return "/login"

    @property
    def get_login_url(self) -> None:
        """Not used: it is always the same."""
        return

    @property
    def login_handler(self) -> type[RequestHandler]:
        """The page that asks for the token."""
        return self._handler

    @property
    def logout_url(self) -> None:
        """There is none: deleting the cookie is enough."""
        return

    @property
    def logout_handler(self) -> None:
        """There is none."""
        return

    def _user(self, handler: Any) -> User:
        for name, value in PAGE_HEADERS.items():  # asked first for every page, so this is where they get them
            handler.set_header(name, value)
        value = handler.get_signed_cookie(self._cookie, max_age_days=COOKIE_DAYS)
        return User(USER if value == USER.encode() else None)


class _Login(RequestHandler):
    token = cookie = where = ""

    def set_default_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def get(self) -> None:
        """Take the token from the URL it came from, or ask for it."""
        page, inside = _without_token(self.get_argument("next", "/"))
        self._admit_or_ask(self.get_argument("token", inside), page)

    def post(self) -> None:
        """Take the token that was typed."""
        page, _ = _without_token(self.get_argument("next", "/"))
        self._admit_or_ask(self.get_argument("token", ""), page)

    def _admit_or_ask(self, token: str, page: str) -> None:
        if hmac.compare_digest(token.strip().encode(), self.token.encode()):
            secure = self.request.protocol == "https"
            self.set_signed_cookie(
                self.cookie, USER, expires_days=COOKIE_DAYS, httponly=True, samesite="Strict", secure=secure
            )
            self.redirect(page, status=303)
            return
        self.set_status(401 if token else 200)
        error = '<p class="error" role="alert">This token is not the right one.</p>' if token else ""
        self.finish(_PAGE.format(error=error, where=html.escape(self.where), next=html.escape(page, quote=True)))


def _without_token(page: str) -> tuple[str, str]:
    """A path of our own to go on to, and the token that stood in it; "/" for what leads elsewhere."""
    try:
        url = urlsplit(page)
    except ValueError:
        return "/", ""
    if url.scheme or url.netloc or not page.startswith("/") or page.startswith(("//", "/\\")):
        return "/", ""
    pairs = parse_qsl(url.query, keep_blank_values=True)
    token = next((value for name, value in pairs if name == "token"), "")
    rest = urlencode([pair for pair in pairs if pair[0] != "token"])
    return url.path + (f"?{rest}" if rest else ""), token
