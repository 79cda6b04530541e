from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clausius_panel.logs import find_tracker_links
from clausius_panel.runtime import Runtime
from clausius_panel.views.tracker_part import MOST_SHOWN, job_trackers, trackers_part
from tests.views.kit import a_runtime


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with a_runtime(Path(tmp_path_factory.mktemp("trackers"))) as made:
        yield made


def of(*runs: object) -> str:
    return "".join(f"wandb: https://wandb.ai/a/b/runs/{run}\n" for run in runs)


def test_each_link_tells_its_tracker_its_run_and_its_host():
    [link] = trackers_part(find_tracker_links(of("x")))["links"]
    assert link == {
        "tracker": "W&B",
        "run": "x",
        "host": "wandb.ai",
        "url": "https://wandb.ai/a/b/runs/x",
    }


def test_a_row_is_short_and_says_how_many_more_there_are():
    row = trackers_part(find_tracker_links(of(*range(MOST_SHOWN + 3))))
    assert (len(row["links"]), row["more"]) == (MOST_SHOWN, "and 3 more")
    assert trackers_part([]) == {"links": [], "more": ""}


def test_a_job_has_the_links_of_its_comment_and_of_the_logs_that_were_looked_at(runtime: Runtime):
    runtime.links.note("alpha", "1", find_tracker_links(of("seen")))
    runtime.links.note("alpha", "5_2", find_tracker_links(of("task")))
    runtime.links.note("beta", "1", find_tracker_links(of("elsewhere")))
    row = job_trackers(runtime, "alpha", ["1", "5_[3-9]"], of("said").strip(), of("script"))
    assert [link["run"] for link in row["links"]] == ["said", "script", "seen", "task"]
    assert job_trackers(runtime, "alpha", []) == {"links": [], "more": ""}


def test_of_two_tellings_of_a_link_the_logs_says_whose_it_is(runtime: Runtime):
    told = f"wandb aim https://aim.corp:43800/runs/{'a' * 24}"
    [link] = find_tracker_links(told)
    runtime.links.note("alpha", "9", [replace(link, tracker="aim" if link.tracker != "aim" else "tensorboard")])
    [shown] = job_trackers(runtime, "alpha", ["9"], told)["links"]
    assert shown["tracker"] != trackers_part([link])["links"][0]["tracker"]
    assert shown["url"] == link.url
