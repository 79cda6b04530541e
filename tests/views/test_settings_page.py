"""The page of settings in Chromium, and what it does without one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from clausius_panel.views.settings_page import SettingsPage
from tests.views.kit import a_job, fill

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

__all__: list[str] = []

Open = Callable[..., Page]


def test_every_setting_is_there_with_its_meaning_and_limits(runtime: Runtime) -> None:
    shown = {one["key"]: one for one in SettingsPage(runtime, "").body()["settings"]}
    assert set(shown) == {one.key for one in st.list_settings(runtime.store)}
    assert all(one["doc"] and one["allowed"] and one["title"] for one in shown.values())
    assert shown["refresh_interval_s"]["unit"] == "s"
    assert shown["read_only"]["is_switch"]


async def test_a_setting_is_changed_and_a_wrong_value_is_refused_in_words(runtime: Runtime) -> None:
    page = SettingsPage(runtime, "")
    await page.hear({"kind": "set", "key": "refresh_interval_s", "value": "45"})
    assert st.settings(runtime.store).refresh_interval_s == 45
    await page.hear({"kind": "set", "key": "refresh_interval_s", "value": "5"})
    assert page.state.notice is not None
    assert "from 10 to 3600" in page.state.notice.text
    assert st.settings(runtime.store).refresh_interval_s == 45


async def test_rules_are_added_checked_and_removed(runtime: Runtime) -> None:
    fill(runtime, [a_job(1)])
    page = SettingsPage(runtime, "")
    fields = {"template": "/scratch/{user}/logs", "cluster": "", "__class__": "x"}
    await page.hear({"kind": "add", "what": "log_path", "fields": fields})
    [rule] = page.body()["lists"][0]["rules"]
    assert rule["key"] == "/scratch/{user}/logs"
    for fields in ({"template": "relative"}, {"template": ""}, {}):
        await page.hear({"kind": "add", "what": "log_path", "fields": fields})
        assert page.state.notice is not None
        assert page.state.notice.kind == "error"
    await page.hear({"kind": "remove", "what": "log_path", "key": rule["key"], "cluster": ""})
    assert page.body()["lists"][0]["rules"] == []


async def test_read_only_mode_refuses_rules_but_can_be_ended(runtime: Runtime) -> None:
    page = SettingsPage(runtime, "")
    await page.hear({"kind": "set", "key": "read_only", "value": True})
    await page.hear({"kind": "add", "what": "benign", "fields": {"text": "Error rate: 0"}})
    assert page.state.notice is not None
    assert page.state.notice.kind == "error"
    assert all(one["rules"] == [] for one in page.body()["lists"])
    await page.hear({"kind": "set", "key": "read_only", "value": False})
    assert not st.settings(runtime.store).read_only


async def test_messages_that_make_no_sense_change_nothing(runtime: Runtime) -> None:
    page = SettingsPage(runtime, "")
    for message in (
        {"kind": "set"},
        {"kind": "set", "key": "no such", "value": 1},
        {"kind": "add", "what": "no such", "fields": {}},
        {"kind": "add", "what": "runs", "fields": {"x": "y"}},
        {"kind": "add", "what": "crash", "fields": 3},
        {"kind": "remove", "what": "crash", "key": "none", "cluster": ""},
    ):
        await page.hear(message)
    assert all(one["rules"] == [] for one in page.body()["lists"])


def test_a_cluster_shows_its_error_and_the_commands_for_it(runtime: Runtime) -> None:
    fill(runtime, [a_job(1)], last_error="permission denied", error_kind="auth", failures=3)
    [cluster] = SettingsPage(runtime, "").body()["clusters"]
    assert cluster["error"] == "permission denied"
    assert "clausius update-cluster alpha" in cluster["commands"]


async def test_rules_for_runs_are_changed_and_it_is_said_what_that_did(runtime: Runtime) -> None:
    fill(runtime, [a_job(1)])
    page = SettingsPage(runtime, "")
    stages = page.body()["run_lists"][0]
    assert {rule["note"] for rule in stages["rules"]} == {"shipped"}
    assert not stages["is_changed"]
    await page.hear({"kind": "add", "what": "stage", "fields": {"pattern": "eval[0-9]*"}})
    assert page.state.notice is not None
    assert page.state.notice.text == "added; 1 job was put into runs anew"
    stages = page.body()["run_lists"][0]
    assert (stages["rules"][-1]["note"], stages["is_changed"]) == ("yours", True)
    await page.hear({"kind": "add", "what": "join", "fields": {"name": "gap_s", "value": "60"}})
    assert page.body()["run_lists"][2]["rules"][0]["cells"] == ["gap_s", "60"]
    for what in ("stage", "join"):
        await page.hear({"kind": "reset", "what": what})
    assert not any(one["is_changed"] for one in page.body()["run_lists"])
    for message in ({"kind": "reset"}, {"kind": "reset", "what": "benign"}, {"kind": "remove", "what": "join"}):
        await page.hear(message)
    assert not any(one["is_changed"] for one in page.body()["run_lists"])


@pytest.mark.chromium
def test_rules_for_runs_are_changed_in_the_browser(runtime: Runtime, open_board: Open) -> None:
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?page=settings")
    page.get_by_label("Endings of names that do not change the run: pattern").fill("eval[0-9]*")
    page.keyboard.press("Enter")
    page.get_by_text("1 job was put into runs anew").wait_for()
    page.get_by_role("button", name="Forget chunk[-_]?[0-9]+").click()
    page.get_by_text("chunk[-_]?[0-9]+ is forgotten").wait_for()
    page.get_by_role("button", name="As at first").click()
    page.get_by_role("button", name="Forget chunk[-_]?[0-9]+").wait_for()
    expect(page.get_by_role("button", name="As at first")).to_have_count(0)


@pytest.mark.chromium
def test_settings_are_changed_in_the_browser(runtime: Runtime, open_board: Open) -> None:
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?page=settings")
    page.get_by_label("Refresh interval").fill("90")
    page.keyboard.press("Tab")
    page.get_by_text("refresh_interval_s is now 90").wait_for()
    page.get_by_role("button", name="As at first").wait_for()
    page.get_by_label("Refresh interval").fill("1")
    page.keyboard.press("Tab")
    page.get_by_text("use a whole number from 10 to 3600").wait_for()
    expect(page.get_by_label("Refresh interval")).to_have_value("90")

    page.get_by_label("Lines that look like errors and are none: text").fill("Error rate: 0")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget Error rate: 0").click()
    page.get_by_text("Error rate: 0 is forgotten").wait_for()

    page.get_by_role("radio", name="Dark", exact=True).click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.chromium
def test_news_waits_for_who_types(runtime: Runtime, open_board: Open) -> None:
    fill(runtime, [a_job(1)])
    page = open_board(runtime, "?page=settings")
    field = page.get_by_label("Refresh interval")
    field.fill("120")
    with runtime.store.write() as cur:
        st.set_setting(cur, "stats_kept_days", 33)
        st.set_setting(cur, "refresh_interval_s", 45)
    expect(page.get_by_label("Stats kept")).to_have_value("33")
    page.wait_for_timeout(500)
    expect(field).to_have_value("120")
    assert st.settings(runtime.store).refresh_interval_s == 45
    expect(field).to_be_focused()
    page.keyboard.press("Tab")
    page.get_by_text("refresh_interval_s is now 120").wait_for()
