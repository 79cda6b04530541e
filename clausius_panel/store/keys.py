"""The keys with which hosts send us their jobs.

A key is `ck_ID_SECRET`; only its SHA-256 is stored. A slow, salted hash is for what people make up: the secret is
256 random bits, so no list of guesses has it, and a fast hash of it tells nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .engines import Cursor
from .store import Store
from .values import aware, naive

__all__ = [
    "ApiKey",
    "KeyKind",
    "host_time_zones",
    "insert_key",
    "list_keys",
    "note_key_use",
    "put_host_time_zone",
    "read_key",
    "revoke_key",
    "stored_keys",
]

KeyKind = Literal["ingest", "deploy"]
"""An ingest key sends jobs; a deploy key is good for one exchange against an ingest key."""

_ZONES = "host_time_zone"  # the kind of row in the table rules, which has one row for all hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key, without its secret; times are in UTC."""

    key_id: str
    kind: KeyKind
    host: str  # whose jobs it may send
    digest: str  # SHA-256 of the whole key, in hexadecimal
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None  # when it last sent jobs, or was exchanged
    revoked: datetime | None = None


_COLUMNS = "key_id, kind, host, digest, created, expires, last_used, revoked"


def list_keys(store: Store) -> list[ApiKey]:
    """All keys that ever were, by host, the oldest first."""
    return sorted(stored_keys(store).values(), key=lambda key: (key.host, key.created, key.key_id))


def stored_keys(store: Store) -> Mapping[str, ApiKey]:
    """Id -> key, as of now; a revocation by any process is seen by the next call."""
    return store.remembered("api keys", _keys)


def _keys(cur: Cursor) -> Mapping[str, ApiKey]:
    rows = cur.execute(f"SELECT {_COLUMNS} FROM api_keys").fetchall()
    return {row[0]: _key(*row) for row in rows}


def read_key(cur: Cursor, key_id: str) -> ApiKey | None:
    """The key of this id, within a transaction; None where there is none."""
    rows = cur.execute(f"SELECT {_COLUMNS} FROM api_keys WHERE key_id = ?", [key_id]).fetchall()
    return _key(*rows[0]) if rows else None


def _key(
    key_id: str,
    kind: KeyKind,
    host: str,
    digest: str,
    created: datetime,
    expires: datetime | None,
    last_used: datetime | None,
    revoked: datetime | None,
) -> ApiKey:
    return ApiKey(
        key_id=key_id,
        kind=kind,
        host=host,
        digest=digest,
        created=aware(created),
        expires=aware(expires),
        last_used=aware(last_used),
        revoked=aware(revoked),
    )


def insert_key(cur: Cursor, key: ApiKey) -> None:
    """Keep a new key. Its id must be new."""
    cur.execute(
        f"INSERT INTO api_keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            key.key_id,
            key.kind,
            key.host,
            key.digest,
            naive(key.created),
            naive(key.expires),
            naive(key.last_used),
            naive(key.revoked),
        ],
    )


def revoke_key(cur: Cursor, key_id: str, *, at: datetime) -> bool:
    """Let a key be worth nothing from `at` on; False where there is none, or it was revoked before."""
    sql = "UPDATE api_keys SET revoked = ? WHERE key_id = ? AND revoked IS NULL RETURNING key_id"
    return bool(cur.execute(sql, [naive(at), key_id]).fetchall())


def note_key_use(cur: Cursor, key_id: str, *, at: datetime) -> None:
    """Note that a key was used at `at`."""
    cur.execute("UPDATE api_keys SET last_used = ? WHERE key_id = ?", [naive(at), key_id])


def host_time_zones(store: Store) -> Mapping[str, str]:
    """Host -> the zone of the times it sends without one; hosts that are not in it mean UTC."""
    return store.remembered("host time zones", _zones)


def _zones(cur: Cursor) -> Mapping[str, str]:
    rows = cur.execute("SELECT rule FROM rules WHERE kind = ?", [_ZONES]).fetchall()
    found: dict[str, str] = json.loads(rows[0][0]) if rows else {}
    return found


def put_host_time_zone(cur: Cursor, host: str, zone: str) -> None:
    """Keep the zone of a host's times; "" is UTC."""
    zones = {**_zones(cur), host: zone}
    text = json.dumps({name: each for name, each in sorted(zones.items()) if each})
    cur.execute("DELETE FROM rules WHERE kind = ?", [_ZONES])
    cur.execute("INSERT INTO rules VALUES (?, 0, ?::JSON, ?)", [_ZONES, text, naive(datetime.now(UTC))])
