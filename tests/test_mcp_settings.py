from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel import actions
from clausius_panel.runtime import Runtime
from clausius_panel.store import settings
from tests.faces import a_runtime
from tests.test_mcp_history import call


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        yield runtime


async def test_settings_are_listed_read_and_changed(runtime):
    listed, _ = await call(runtime, "list_app_settings")
    assert "refresh_interval_s" in {each["key"] for each in listed["settings"]}
    changed, _ = await call(runtime, "set_app_setting", key="refresh_interval_s", value=120)
    read, _ = await call(runtime, "get_app_setting", key="refresh_interval_s")
    assert changed == read
    assert read["settings"][0]["value"] == 120


async def test_an_agent_may_switch_read_only_on_but_never_off(runtime):
    await call(runtime, "set_app_setting", key="read_only", value=True)
    assert settings(runtime.store).read_only
    for value in (False, "false", "off", "0", " FALSE "):
        _, words = await call(runtime, "set_app_setting", key="read_only", value=value)
        assert "a person" in words
    _, words = await call(runtime, "set_app_setting", key="refresh_interval_s", value=60)
    assert "read-only" in words
    assert settings(runtime.store).read_only
    actions.set_setting(runtime.store, "read_only", False)
    _, words = await call(runtime, "set_app_setting", key="refresh_interval_s", value=60)
    assert words == ""


async def test_what_does_not_exist_or_is_not_allowed_is_told(runtime):
    for tool, arguments in (("get_app_setting", {"key": "x"}), ("set_app_setting", {"key": "x", "value": 1})):
        _, words = await call(runtime, tool, **arguments)
        assert "refresh_interval_s" in words
    _, words = await call(runtime, "set_app_setting", key="refresh_interval_s", value=1)
    assert "10" in words
