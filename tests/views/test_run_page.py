"""The page of one run, without and with a browser."""

import json
import re
from datetime import UTC, datetime

import pytest

from clausius_panel import store as st
from clausius_panel.logs import find_tracker_links
from clausius_panel.queries.run_detail import RunMetadata, run
from clausius_panel.views.run_page import RunPage, missing_words
from tests.views.conftest import live
from tests.views.kit import a_job
from tests.views.run_kit import EVIL, chain, fill_runs, tells

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

QUERY = "cluster=alpha&run=1"


def body(page):
    return json.loads(page.client.body)


def test_it_shows_course_jobs_and_facts(chained_runtime):
    page = RunPage(chained_runtime, QUERY)
    shown = body(page)
    assert page.heading == "hle_mpsf_eval"
    assert [row["id"] for row in shown["run"]["rows"]] == ["1", "2", "3", "4"]
    bars = {bar["id"]: bar for bar in shown["bars"]}
    assert bars["1"]["ended"] - bars["1"]["started"] == 240
    assert bars["2"]["started"] is None
    assert {"title": "Most GPUs", "text": "4 in hle_mpsf_eval"} in shown["facts"]
    assert shown["captured"]["at"] is None


def test_a_run_that_was_never_seen_is_told_with_a_way_out(chained_runtime):
    shown = body(RunPage(chained_runtime, "cluster=alpha&run=77"))
    assert shown == {"missing": "77 on alpha", "runs": "?page=runs"}


async def test_notes_are_kept_and_each_text_is_answered_for(chained_runtime):
    page = RunPage(chained_runtime, QUERY)
    await page.hear({"kind": "notes", "text": "lr was too high", "number": 3})
    assert json.loads(page.client.saved) == {"number": 3, "error": "", "n": 1}
    assert run(chained_runtime.store, cluster="alpha", run_id="1").summary.notes == "lr was too high"
    with chained_runtime.store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    await page.hear({"kind": "notes", "text": "no", "number": 4})
    assert "read-only" in json.loads(page.client.saved)["error"]


async def test_star_tabs_and_arrays_are_heard(chained_runtime):
    page = RunPage(chained_runtime, QUERY)
    await page.hear({"kind": "star", "on": True})
    assert body(page)["run"]["starred"]
    await page.hear({"kind": "tab", "tab": "slurm"})
    assert json.loads(page.client.filters) == {"tab": "slurm"}
    await page.hear({"kind": "tab", "tab": "no such"})
    assert json.loads(page.client.filters) == {"tab": "slurm"}
    await page.hear({"kind": "turn", "what": "array", "key": "alpha:4"})
    assert body(page)["run"]["rows"][3]["rows"][0]["id"] == "4_[1-5]"


@pytest.mark.chromium
def test_the_cluster_is_asked_when_the_page_is_opened(runtime, open_board, tmp_path):
    chain(runtime, slurm_path=tells(tmp_path / "bin"))
    page = open_board(runtime, f"?page=run&{QUERY}")
    assert page.title() == "hle_mpsf_eval · Clausius"
    expect(page.locator(".code pre")).to_contain_text('echo "<b>&amp;"')
    expect(page.locator(".numbers")).to_have_text("1\n2\n3")
    expect(page.locator(".command")).to_contain_text("sbatch --wrap x")
    page.get_by_role("tab", name="Environment").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("cuda/12.4")
    page.get_by_role("tab", name="Slurm configuration").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("NumCPUs")
    expect(page).to_have_url(re.compile("tab=slurm"))
    expect(page.locator(".gantt rect.ran")).to_have_count(2)


@pytest.mark.chromium
def test_a_cluster_that_cannot_tell_is_told_and_can_be_asked_again(runtime, open_board, tmp_path):
    where = tmp_path / "bin"
    chain(runtime, slurm_path=tells(where))
    (where / "scontrol").write_text("#!/bin/sh\necho 'Invalid job id specified' >&2; exit 1\n")
    page = open_board(runtime, f"?page=run&{QUERY}")
    expect(page.get_by_text("no batch script and no Slurm configuration: the controller keeps")).to_be_visible()
    assert page.locator(".asked.wrong").count() == 0
    (where / "scontrol").unlink()
    tells(tmp_path / "again")
    (tmp_path / "again" / "scontrol").rename(where / "scontrol")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".code pre")).to_contain_text("module load")


@pytest.mark.chromium
def test_notes_save_themselves_and_outlive_a_reload(chained_runtime, open_board):
    page = open_board(chained_runtime, f"?page=run&{QUERY}")
    notes = page.get_by_role("textbox", name="Notes")
    notes.fill("first thoughts")
    expect(page.get_by_text(re.compile(r"saved \d\d:\d\d"))).to_be_visible()
    notes.fill("first thoughts, and more")
    page.reload()  # at once: the last letters were not sent yet
    live(page)
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("first thoughts, and more")
    expect(page.get_by_text(re.compile(r"saved \d\d:\d\d"))).to_be_visible()
    assert run(chained_runtime.store, cluster="alpha", run_id="1").summary.notes == "first thoughts, and more"


@pytest.mark.chromium
def test_hostile_texts_stay_text(runtime, open_board, tmp_path):
    where = tmp_path / "bin"
    fill_runs(runtime, [a_job(1, name=f"p_x{EVIL}", work_dir=EVIL)], slurm_path=tells(where))
    (where / "sacct").write_text(f"#!/bin/sh\ncat <<'end'\nsbatch {EVIL}\nend\n")
    page = open_board(runtime, f"?page=run&{QUERY}")
    expect(page.locator(".command")).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"slurm_config": {"TRES": "cpu=1"}, "submit_command": "sbatch a.sh"}, ""),
        ({"submit_command": "sbatch a.sh"}, "no Slurm configuration: the controller keeps a job only for minutes"),
        ({"error": "accounting is away", "submit_command": "x"}, "no Slurm configuration: accounting is away"),
        ({"error": "", "slurm_config": {"TRES": "cpu=1"}}, "no command"),
        ({"captured_at": None, "error": ""}, ""),
        ({"batch_script": "", "error": "not submitted to Slurm"}, "not submitted to Slurm"),
    ],
)
def test_only_what_is_missing_is_told_and_why(told, words):
    usual = {
        "captured_at": datetime.now(UTC),
        "error": "slurm_load_jobs error: Invalid job id specified",
        "batch_script": "#!/bin/sh",
        "submit_command": "",
        "work_dir": "/home/me",
        "slurm_config": {},
        "environment": {},
        "parameters": {},
    }
    found = missing_words(RunMetadata(**(usual | told)))
    assert found.startswith(words)
    assert bool(found) == bool(words)
    assert "slurm_load_jobs" not in found


def test_pages_of_trackers_that_comments_or_logs_named_are_shown(chained_runtime):
    chained_runtime.links.note("alpha", "1", find_tracker_links("wandb: https://wandb.ai/a/b/runs/c"))
    assert [link["run"] for link in body(RunPage(chained_runtime, QUERY))["trackers"]["links"]] == ["c"]
