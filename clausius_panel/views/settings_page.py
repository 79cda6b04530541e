"""The page of settings: what can be set, the clusters and how to reach them, and lists of rules."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any, ClassVar

from ..model import Cluster
from ..queries import ClusterStatus
from ..runtime import Runtime
from ..state.settings import RULE_LISTS, RUN_LISTS, RuleList, SettingsState
from ..store import Setting
from .live_page import LivePage, Message
from .sheet_client import SettingsClient
from .words import epoch

__all__ = ["SettingsPage"]

_UNITS = {"_s": "s", "_h": "h", "_days": "days"}


class SettingsPage(LivePage):
    """Settings, clusters and rules as they are now, for whoever may see the dashboard."""

    def __init__(self, runtime: Runtime, query: str) -> None:
        """Reads the store once."""
        self.state = SettingsState(runtime)
        self.state.start(query)
        super().__init__(self.state, SettingsClient())

    def body(self) -> dict[str, Any]:
        """Everything on the page."""
        state = self.state
        statuses = {status.cluster: status for status in state.statuses}
        return {
            "read_only": state.read_only,
            "settings": [_setting(one) for one in state.settings],
            "clusters": [_cluster(one, statuses.get(one.name)) for one in state.clusters],
            "run_lists": [_run_rules(one, state) for one in RUN_LISTS],
            "lists": [_rules(one, state.rules.get(one.kind, []), state) for one in RULE_LISTS],
        }

    async def _set(self, message: Message) -> None:
        key, value = str(message["key"]), message["value"]
        await self.change(lambda: self.state.set_setting(key, value))
        self.state.say(f"{key} is now {str(value).lower()}")

    async def _add(self, message: Message) -> None:
        kind, given = (
            str(message["what"]),
            {str(name): str(value) for name, value in dict(message["fields"]).items()},
        )
        came = await self.change(lambda: self.state.add_rule(kind, given))
        self.state.say(_told("added", came))

    async def _remove(self, message: Message) -> None:
        kind, key, cluster = (str(message[name]) for name in ("what", "key", "cluster"))
        came = await self.change(lambda: self.state.remove_rule(kind, key, cluster))
        self.state.say(_told(f"{key} is forgotten", came))

    async def _reset(self, message: Message) -> None:
        kind = str(message["what"])
        came = await self.change(lambda: self.state.reset_rules(kind))
        self.state.say(_told("as at first", came))

    ACTS: ClassVar[dict[str, Callable[..., Any]]] = {"add": _add, "remove": _remove, "reset": _reset, "set": _set}


def _setting(one: Setting) -> dict[str, Any]:
    unit = next((unit for ending, unit in _UNITS.items() if one.key.endswith(ending)), "")
    return {
        "key": one.key,
        "title": one.key.removesuffix(next((end for end in _UNITS if one.key.endswith(end)), ""))
        .replace("_", " ")
        .capitalize(),
        "value": one.value,
        "default": one.default,
        "doc": one.doc,
        "allowed": one.allowed,
        "unit": "" if isinstance(one.value, bool) else unit,
        "is_switch": isinstance(one.value, bool),
    }


def _cluster(one: Cluster, status: ClusterStatus | None) -> dict[str, Any]:
    """How it stands, and the commands of the terminal that one may need next."""
    name = shlex.quote(one.name)
    commands = [f"clausius status -c {name}", f"clausius update-cluster {name}", f"clausius remove-cluster {name}"]
    error = status.freshness.error if status is not None else ""
    if one.kind == "ssh":
        words = ("test-cluster", "trust", "serve --login")
        commands[1:1] = [f"clausius {word} {name}" for word in words]
    return {
        "name": one.name,
        "where": "this machine" if one.kind == "local" else f"{one.user}@{one.host}".removeprefix("@"),
        "description": one.description,
        "scope": "everyone's jobs" if one.scope == "everyone" else "my jobs",
        "version": status.slurm_version if status is not None else "",
        "accounting": status.accounting if status is not None else "",
        "error": error,
        "as_of": epoch(status.freshness.as_of) if status is not None else None,
        "commands": commands,
    }


def _rules(one: RuleList, rules: list[Any], state: SettingsState) -> dict[str, Any]:
    key = next(iter(one.fields))
    return {
        "kind": one.kind,
        "title": one.title,
        "about": one.about,
        "fields": [
            {"name": name, "hint": hint, "choices": _choices(name, state)} for name, hint in one.fields.items()
        ],
        "rules": [
            {
                "key": str(getattr(rule, key)),
                "cluster": str(getattr(rule, "cluster", "")),
                "cells": [str(getattr(rule, name)) for name in one.fields],
            }
            for rule in rules
        ],
    }


def _run_rules(one: RuleList, state: SettingsState) -> dict[str, Any]:
    """As `_rules`, with what of it is shipped, and whether it can be had as it was at first."""
    lines = state.run_lines(one.kind)
    shown = _rules(one, lines, state)
    for rule, line in zip(shown["rules"], lines, strict=True):
        rule["note"] = "shipped" if line.is_shipped else "yours"
    return shown | {"is_changed": state.is_changed(one.kind), "is_fixed": one.kind == "join"}


def _told(done: str, came: str) -> str:
    return f"{done}; {came}" if came else done


def _choices(name: str, state: SettingsState) -> list[str]:
    if name == "cluster":
        return ["", *(cluster.name for cluster in state.clusters)]
    if name == "name":
        return ["gap_s", "explicit"]
    return ["include", "exclude"] if name == "action" else []
