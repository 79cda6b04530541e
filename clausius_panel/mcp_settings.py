"""Tools for agents about the settings of this service. `mcp_server` serves them beside its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcp.types import ToolAnnotations

from . import actions
from .errors import InvalidInput
from .runtime import Runtime
from .store import Setting, list_settings

__all__ = ["SettingTools"]

ACTOR = "mcp"

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_CHANGES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)


@dataclass(frozen=True, kw_only=True)
class SettingList:
    """The settings: value, default, meaning, and what is allowed."""

    settings: list[Setting]


class SettingTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._store = runtime.store

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        return [
            (self.list_app_settings, _READS),
            (self.get_app_setting, _READS),
            (self.set_app_setting, _CHANGES),
        ]

    def list_app_settings(self) -> SettingList:
        """All settings with their meaning."""
        return SettingList(settings=list_settings(self._store))

    def get_app_setting(self, key: str) -> SettingList:
        """One setting."""
        found = [each for each in list_settings(self._store) if each.key == key]
        if not found:
            known = ", ".join(each.key for each in list_settings(self._store))
            raise InvalidInput("setting", key, f"known settings: {known}")
        return SettingList(settings=found)

    def set_app_setting(self, key: str, value: bool | int | str) -> SettingList:
        """Change one setting, for every face of this service. An agent may switch read_only on, never off."""
        if key == "read_only" and str(value).strip().lower() not in ("true", "yes", "on", "1"):
            raise InvalidInput("read_only", value, "a person switches it off: clausius set read_only false")
        actions.set_setting(self._store, key, value, actor=ACTOR)
        return self.get_app_setting(key)
