"""What stands above the charts of usage."""

from __future__ import annotations

from clausius_panel.runtime import Runtime
from clausius_panel.state.usage import TABS, UsageState
from clausius_panel.views.usage_words import filter_words, report_words, tiles
from tests.views.past_kit import fill_recent
from tests.views.usage_kit import found_of

__all__: list[str] = []


def test_the_figures_are_those_of_the_summary(runtime: Runtime) -> None:
    found = found_of(runtime, "days=365")
    by_title = {one["title"]: one for one in tiles(found)}
    assert by_title["Jobs"]["text"] == f"{found.board.summary.jobs:,}"
    assert by_title["Succeeded"]["text"].endswith(" %")
    assert by_title["Held, not used"]["text"].endswith("GPU h")


def test_what_was_held_and_not_used_is_compared_with_the_time_before(runtime: Runtime) -> None:
    def wasted(query: str, jobs: int) -> dict[str, str]:
        return {one["title"]: one for one in tiles(found_of(runtime, query, jobs=jobs))}["Held, not used"]

    told = wasted("days=90", 600)
    assert told["change"].endswith("90 days before")
    assert "in the 90 days before (" in told["change_tip"]
    assert wasted("days=365", 0)["change_tip"].startswith("Not compared with the 365 days before")


def test_figures_of_nothing_are_not_known(runtime: Runtime) -> None:
    by_title = {one["title"]: one for one in tiles(found_of(runtime, jobs=0))}
    assert by_title["Jobs"]["text"] == "0"
    assert by_title["Median wait"]["text"] == "not known"
    assert by_title["Held, not used"]["text"] == "not known"


def test_every_choice_says_what_is_chosen(runtime: Runtime) -> None:
    state = UsageState(runtime)
    state.from_query("tab=nodes&account=nlp&from=2026-01-01&to=2026-01-31")
    words = filter_words(state)
    assert [tab["value"] for tab in words["tabs"] if tab["on"]] == ["nodes"]
    assert {tab["value"] for tab in words["tabs"]} == set(TABS)
    assert words["when"]["said"] == "2026-01-01 to 2026-01-31"
    assert words["account"] == "nlp"
    assert "Europe/Berlin" in words["zones"]


def test_reports_are_offered_of_what_is_over(runtime: Runtime) -> None:
    fill_recent(runtime, 50)
    state = UsageState(runtime)
    state.show(state.read())
    kinds = {one["value"]: one["periods"] for one in report_words(state)}
    assert len(kinds["monthly"]) >= 11
    assert all(one["text"][4:6] == " Q" for one in kinds["quarterly"])


def test_what_a_tab_can_show_in_another_way_can_be_chosen(runtime: Runtime) -> None:
    fill_recent(runtime, 60)
    state = UsageState(runtime)
    state.from_query("tab=who&days=365")
    assert filter_words(state)["switches"] == []
    state.show(state.read())
    [bars] = filter_words(state)["switches"]
    assert (bars["chosen"], [one["text"] for one in bars["options"]]) == ("gpu_hours", ["GPU h", "CPU h", "jobs"])
    state.bars = "jobs"
    assert filter_words(state)["switches"][0]["chosen"] == "jobs"
    assert "bars=jobs" in state.to_query()
    state.tab = "nodes"
    assert filter_words(state)["switches"] == []
    state.tab = "waiting"
    assert [one["id"] for one in filter_words(state)["switches"]] == ["times", "bins"]
    state.group = ""
    assert [one["id"] for one in filter_words(state)["switches"]] == ["bins"]
