"""The verbs for keys: who may send us whose jobs.

A key belongs to one host and is shown once, when it is made. Making keys is refused in read-only mode, revoking
them never.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import store as st
from .errors import InvalidInput, KeyRefused
from .guards import refuse_when_read_only
from .model import Cluster
from .store import Cursor, Store
from .store.keys import (
    ApiKey,
    KeyKind,
    insert_key,
    list_keys,
    note_key_use,
    put_host_time_zone,
    read_key,
    revoke_key,
    stored_keys,
)

__all__ = [
    "DEPLOY_DAYS",
    "NewKey",
    "add_key",
    "check_host",
    "check_key",
    "exchange_deploy_key",
    "key_status",
    "revoke",
    "rotate",
]

DEPLOY_DAYS = 7
"""For how long a deploy key is good unless it is said."""

_LONGEST = timedelta(days=36_500)
_FORM = re.compile(r"ck_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was made just now: the only time that its secret can be seen."""

    secret: str
    key: ApiKey


def check_host(host: str) -> str:
    """The name of a host whose jobs are sent. Raises `InvalidInput` for what cannot be a cluster's name."""
    try:
        return Cluster(name=host, kind="local").name
    except InvalidInput as error:
        raise InvalidInput("hostname", host[:100], error.remedy) from error


def add_key(
    store: Store,
    host: str,
    *,
    kind: KeyKind = "ingest",
    valid_for: timedelta | None = None,
    time_zone: str | None = None,
    actor: str = "script",
) -> NewKey:
    """Make a key that sends the jobs of `host`, or a deploy key that is exchanged for one.

    `valid_for` None is for ever, for a deploy key `DEPLOY_DAYS`. `time_zone` is what the times mean that this host
    sends without one (by default UTC). Raises `ReadOnly`, `InvalidInput`.
    """
    refuse_when_read_only(store, "add key")
    check_host(host)
    if valid_for is None and kind == "deploy":
        valid_for = timedelta(days=DEPLOY_DAYS)
    if valid_for is not None and not timedelta() < valid_for <= _LONGEST:
        raise InvalidInput("expires", str(valid_for), "use a time to come, at most 36500 days from now")
    zone = None if time_zone is None else _checked_zone(time_zone)
    made = _new(host, kind, valid_for)
    with store.write() as cur:
        insert_key(cur, made.key)
        if zone is not None:
            put_host_time_zone(cur, host, zone)
        _note(cur, actor, f"add {kind} key", made.key)
    return made


def _checked_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("timezone", name, "use a name such as Europe/Amsterdam or UTC") from error
    return "" if name == "UTC" else name


def rotate(store: Store, which: str, *, actor: str = "script") -> NewKey:
    """Replace a key, named by its id or by the host that has one, by a new one; the old one is revoked at once.

    Raises `ReadOnly`, `InvalidInput`.
    """
    refuse_when_read_only(store, "rotate key")
    old = _named(store, which, kind="ingest")  # a deploy key is used once
    made = _new(old.host, old.kind, None if old.expires is None else old.expires - old.created)
    with store.write() as cur:
        if not revoke_key(cur, old.key_id, at=made.key.created):
            raise InvalidInput("key", which, "it was revoked a moment ago")
        insert_key(cur, made.key)
        _note(cur, actor, "rotate key", made.key, f"instead of {old.key_id}")
    return made


def revoke(store: Store, which: str, *, actor: str = "script") -> ApiKey:
    """Make a key worthless, at once and for ever. Raises `InvalidInput`."""
    old = _named(store, which)
    with store.write() as cur:
        revoke_key(cur, old.key_id, at=datetime.now(UTC))
        _note(cur, actor, "revoke key", old)
    return old


def key_status(key: ApiKey, *, at: datetime | None = None) -> str:
    """'good', 'revoked', 'used' (a deploy key that was exchanged) or 'expired'."""
    if key.revoked is not None:
        return "used" if key.kind == "deploy" and key.last_used is not None else "revoked"
    if key.expires is not None and key.expires <= (at or datetime.now(UTC)):
        return "expired"
    return "good"


def check_key(store: Store, text: str | None) -> ApiKey:
    """The ingest key that a request came with. Raises `KeyRefused`."""
    if not text:
        raise KeyRefused("Missing API Key: send it in the header X-API-Key; `clausius keys add HOST` makes one")
    found = _FORM.fullmatch(text.strip())
    return _good(stored_keys(store).get(found[1]) if found else None, text, "ingest")


def exchange_deploy_key(store: Store, text: str, *, peer: str = "") -> NewKey:
    """An ingest key for a deploy key, which is used up by that. `peer` is the address it came from, for the audit.

    Raises `KeyRefused`.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise KeyRefused("Invalid deploy key")
    _good(stored_keys(store).get(found[1]), text, "deploy")  # a guess shall not make us write
    with store.write() as cur:  # the look and the change in one transaction: of two exchanges one wins
        deploy = _good(read_key(cur, found[1]), text, "deploy")
        made = _new(deploy.host, "ingest", None)
        note_key_use(cur, deploy.key_id, at=made.key.created)
        revoke_key(cur, deploy.key_id, at=made.key.created)
        insert_key(cur, made.key)
        _note(cur, "deploy key", "exchange deploy key", made.key, f"{deploy.key_id} from {peer or 'here'}")
    return made


def _good(key: ApiKey | None, text: str, kind: KeyKind) -> ApiKey:
    """The key, if it is the one that was sent and of this kind. Raises `KeyRefused`."""
    label = "API Key" if kind == "ingest" else "deploy key"
    digest = hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()
    if key is None or not hmac.compare_digest(digest, key.digest) or key.kind != kind:
        raise KeyRefused(f"Invalid {label}")
    if (status := key_status(key)) != "good":
        raise KeyRefused(f"Invalid {label}: {key.key_id} is {status}; ask for a new one")
    return key


def _named(store: Store, which: str, *, kind: KeyKind | None = None) -> ApiKey:
    """The key that is meant by an id or a host, of one kind or any. Raises `InvalidInput`."""
    live = [key for key in list_keys(store) if key_status(key) in ("good", "expired")]
    good = [key for key in live if kind in (None, key.kind)]
    found = [key for key in good if which == key.key_id] or [key for key in good if which == key.host]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput("key", which, f"name one of its keys: {', '.join(key.key_id for key in found)}")
    raise InvalidInput("key", which, "name a host or the id of a key that can be used; see: clausius keys list")


def _new(host: str, kind: KeyKind, valid_for: timedelta | None) -> NewKey:
    now, key_id = datetime.now(UTC), secrets.token_hex(6)
    secret = f"ck_{key_id}_{secrets.token_hex(32)}"
    key = ApiKey(
        key_id=key_id,
        kind=kind,
        host=host,
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created=now,
        expires=None if valid_for is None else now + valid_for,
    )
    return NewKey(secret=secret, key=key)


def _note(cur: Cursor, actor: str, action: str, key: ApiKey, detail: str = "") -> None:
    st.append_audit(
        cur, actor=actor, action=action, cluster=key.host, target=key.key_id, outcome="done", detail=detail
    )
