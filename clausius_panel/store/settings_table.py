"""Settings of the dashboard: kept in the store, so that every face of every process goes by them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from ..errors import InvalidInput
from .engines import Cursor
from .store import Store
from .values import naive

__all__ = ["Setting", "Settings", "get_setting", "list_settings", "set_setting", "settings"]


def _setting(default: bool | int, doc: str, *, least: int = 0, most: int = 0) -> Any:
    return field(default=default, metadata={"doc": doc, "least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting there is. Its fields are the registry: name, type, default, limits and meaning."""

    read_only: bool = _setting(
        default=False, doc="refuse everything that changes a cluster or what people keep here; data still come in"
    )
    refresh_interval_s: int = _setting(30, "seconds between two looks at a queue", least=10, most=3600)
    nodes_interval_s: int = _setting(60, "seconds between two looks at nodes and partitions", least=10, most=86400)
    accounting_interval_s: int = _setting(120, "seconds between two questions to accounting", least=10, most=86400)
    ended_jobs_shown_h: int = _setting(24, "hours for which an ended job stays on the board", least=1, most=8760)
    daily_backups: bool = _setting(default=True, doc="copy the store once a day while it is served; 7 copies stay")
    stats_interval_s: int = _setting(
        60, "seconds between two looks at what a job uses, while somebody looks at it", least=10, most=86400
    )
    stats_kept_days: int = _setting(30, "days for which snapshots of what jobs used are kept", least=1, most=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, for lists and forms."""

    key: str
    value: bool | int
    default: bool | int
    doc: str
    allowed: str  # in words


_REGISTRY = {entry.name: entry for entry in fields(Settings)}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_NUMBER = re.compile("[0-9]{1,9}")

_PUT = """
    MERGE INTO settings t USING (SELECT $key AS key, $value::JSON AS value, $now AS now) s USING (key)
    WHEN MATCHED THEN UPDATE SET value = s.value, updated = s.now
    WHEN NOT MATCHED THEN INSERT (key, value, updated) VALUES (s.key, s.value, s.now)
"""


def settings(store: Store) -> Settings:
    """All settings as they are now; a stored value that is not allowed (any more) counts as the default."""
    return store.remembered("settings", _settings)


def _settings(cur: Cursor) -> Settings:
    rows = cur.execute("SELECT key, value FROM settings ORDER BY key").fetchall()
    values = {key: json.loads(value) for key, value in rows if key in _REGISTRY}
    return Settings(**{key: value for key, value in values.items() if _is_allowed(key, value)})


def get_setting(store: Store, key: str) -> bool | int:
    """One setting. Raises `InvalidInput` for a key that does not exist."""
    _check_key(key)
    value: bool | int = getattr(settings(store), key)
    return value


def list_settings(store: Store) -> list[Setting]:
    """All settings with their meaning, in the order of `Settings`."""
    now, default = settings(store), Settings()
    return [
        Setting(
            key=key,
            value=getattr(now, key),
            default=getattr(default, key),
            doc=entry.metadata["doc"],
            allowed=_allowed(key),
        )
        for key, entry in _REGISTRY.items()
    ]


def set_setting(cur: Cursor, key: str, value: object) -> None:
    """Change one setting; text such as "false" or "60" is read as its type.

    Raises `InvalidInput` that names the keys there are, or the values that are allowed.
    """
    _check_key(key)
    meant = _read(key, value) if isinstance(value, str) else value
    if not _is_allowed(key, meant):
        raise InvalidInput(key, value, f"use {_allowed(key)}")
    cur.execute(_PUT, {"key": key, "value": json.dumps(meant), "now": naive(datetime.now(UTC))})


def _check_key(key: str) -> None:
    if key not in _REGISTRY:
        raise InvalidInput("setting", key, f"known settings: {', '.join(_REGISTRY)}")


def _read(key: str, text: str) -> object:
    """What a text says; the text itself where it says nothing of the kind."""
    word = text.strip().lower()
    if isinstance(_REGISTRY[key].default, bool):
        return _WORDS.get(word, text)
    return int(word) if _NUMBER.fullmatch(word) else text


def _is_allowed(key: str, value: object) -> bool:
    entry = _REGISTRY[key]
    if type(value) is not type(entry.default):  # not isinstance: True is an int
        return False
    return isinstance(value, bool) or entry.metadata["least"] <= value <= entry.metadata["most"]


def _allowed(key: str) -> str:
    entry = _REGISTRY[key]
    if isinstance(entry.default, bool):
        return "true or false"
    return f"a whole number from {entry.metadata['least']} to {entry.metadata['most']}"
