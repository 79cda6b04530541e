"""The page of one job, without and with a browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel import store as st
from clausius_panel.model import Cluster
from clausius_panel.model.job_usage import GpuUse, Usage
from clausius_panel.store.job_stats import append_usage
from clausius_panel.views.job_page import JobPage
from tests.stats_kit import calls, give
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

QUERY = "cluster=alpha&job=1"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def job(runtime, tmp_path):
    """A running job with GPUs, on a cluster whose commands tell what it uses; nothing was measured yet."""
    (tmp_path / "slurm").mkdir()
    give(tmp_path / "slurm")
    began = datetime.now(UTC) - timedelta(hours=2)
    facts = {"gpus": 2, "gpu_type": "h100", "memory_mib": 4096, "elapsed_s": 7200, "time_limit_s": 36_000}
    made = a_job(1, name=EVIL, start_time=began, **facts)
    fill(runtime, [made, pending(2)])
    with runtime.store.write() as cur:
        st.put_cluster(
            cur, Cluster(name="alpha", kind="local", scope="everyone", slurm_path=str(tmp_path / "slurm"))
        )
    return made


@pytest.fixture
def measured(runtime, job):
    """The same with an hour of snapshots, the last a moment ago."""
    gpus = (
        GpuUse(node="n1", index=0, uuid="GPU-a", name=EVIL, percent=2.0, memory_mib=1000, memory_total_mib=8000),
    )
    with runtime.store.write() as cur:
        for minutes in (60, 40, 20, 0):
            usage = Usage(
                at=datetime.now(UTC) - timedelta(minutes=minutes),
                source="step",
                cpu_percent=50.0,
                rss_mib=3900,
                max_rss_mib=3900,
                gpu_percent=2.0,
                gpu_memory_mib=1000,
                gpu_memory_total_mib=8000,
                gpus=gpus,
            )
            append_usage(cur, job, usage, kept=timedelta(days=1))
    return job


def body(page):
    return json.loads(page.client.body)


def test_it_shows_use_verdicts_devices_and_facts(runtime, measured):
    page = JobPage(runtime, QUERY)
    shown = body(page)
    assert page.heading == f"{EVIL} 1"
    assert [verdict["text"] for verdict in shown["verdicts"]][:2] == [
        "2 GPUs held, 2 % used for 1 h",
        "memory 95 %: near the limit (3.8 GiB of 4 GiB)",
    ]
    uses = {use["title"]: use for use in shown["uses"]}
    assert (uses["CPU"]["text"], uses["CPU"]["share"]) == ("4.0 of 8 cores", 50.0)
    assert (uses["Memory"]["near"], uses["GPU"]["share"], uses["Time"]["share"]) == (True, 2.0, 20.0)
    assert [(gpu["node"], gpu["index"], gpu["share"]) for gpu in shown["devices"]] == [("n1", "0", 2.0)]
    assert {"title": "GPUs", "text": "2 H100"} in shown["facts"]
    assert shown["job"]["run"] == "?page=run&cluster=alpha&run=1"


def test_what_was_not_measured_is_told_and_not_zero(runtime, job):
    shown = body(JobPage(runtime, QUERY))
    assert {use["title"]: use["share"] for use in shown["uses"]} == {
        "CPU": None,
        "Memory": None,
        "GPU": None,
        "Time": 20.0,
    }
    assert shown["measure"] == {
        "shown": True,
        "busy": False,
        "refusal": "",
        "warning": shown["measure"]["warning"],
    }
    assert "inside job 1" in shown["measure"]["warning"]


def test_a_waiting_job_and_one_that_was_never_seen_are_told(runtime, job):
    shown = body(JobPage(runtime, "cluster=alpha&job=2"))
    assert shown["problems"] == ["it has not started"]
    assert body(JobPage(runtime, "cluster=alpha&job=77")) == {"missing": "77 on alpha", "board": "?page=board"}


@pytest.mark.chromium
def test_the_page_fills_while_somebody_looks_and_starts_nothing_in_the_job(runtime, job, open_board, tmp_path):
    page = open_board(runtime, f"?page=job&{QUERY}")
    expect(page.locator(".job-page h1")).to_have_text(EVIL)
    expect(page.locator(".uses").first).to_contain_text("2.0 of 8 cores")
    expect(page.get_by_text("GPU use was not measured")).to_be_visible()
    expect(page.locator(".charts canvas").first).to_be_visible()
    assert calls(tmp_path / "slurm", "srun") == 0


@pytest.mark.chromium
def test_the_step_is_started_after_it_was_said_and_confirmed(runtime, job, open_board, tmp_path):
    page = open_board(runtime, f"?page=job&{QUERY}")
    page.get_by_role("button", name="Measure GPUs").click()
    expect(page.get_by_text("starts a step inside job 1")).to_be_visible()
    page.get_by_role("button", name="Leave it").click()
    assert calls(tmp_path / "slurm", "srun") == 0
    page.get_by_role("button", name="Measure GPUs").click()
    page.get_by_role("button", name="Start the step").click()
    expect(page.get_by_text("the GPUs were measured")).to_be_visible()
    expect(page.locator(".devices .share")).to_have_text(["2 %", "4 %"])
    assert calls(tmp_path / "slurm", "srun") == 1


@pytest.mark.chromium
def test_charts_follow_the_theme_at_once(runtime, measured, open_board):
    page = open_board(runtime, f"?page=job&{QUERY}")
    expect(page.locator(".charts canvas").first).to_be_visible()
    colours = """() => Bokeh.documents.flatMap(doc => [...doc._all_models.values()])
        .filter(model => model.type === "Title").map(model => model.text_color)"""
    for theme, colour in (("dark", "#e2e7ed"), ("light", "#1b2129")):
        page.evaluate("theme => window.clausiusTheme(theme)", theme)
        page.wait_for_function(
            f"colour => new Set(({colours})()).size === 1 && ({colours})()[0] === colour", arg=colour
        )


@pytest.mark.chromium
def test_read_only_mode_leaves_the_button_and_says_why(runtime, job, open_board):
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    page = open_board(runtime, f"?page=job&{QUERY}")
    button = page.get_by_role("button", name="Measure GPUs")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "read-only mode is on")


@pytest.mark.chromium
def test_the_board_marks_idle_gpus_and_the_drawer_tells_verdicts(runtime, measured, open_board):
    page = open_board(runtime)
    mark = page.locator("td .idle")
    expect(mark).to_have_text("GPUs idle")
    expect(page.locator("td:has(.idle)")).to_have_attribute("title", "GPUs held, 2 % used for 1 h\ngpu01")
    page.locator("tr:has(.idle) button.name").click()
    expect(page.locator(".drawer .use li").first).to_have_text("2 GPUs held, 2 % used for 1 h")
    page.get_by_role("link", name="CPU, memory and GPUs over time").click()
    expect(page.get_by_role("heading", name="What stands out")).to_be_visible()


async def test_each_attempt_of_a_requeued_job_is_shown_by_itself(runtime):
    first = a_job(1, submit_time=a_job(99).submit_time, exit_code="1:0", state="REQUEUED")
    fill(runtime, [first])
    fill(runtime, [a_job(1)])
    page = JobPage(runtime, QUERY)
    shown = json.loads(page.client.body)
    older, newer = shown["attempts"]
    assert (older["shown"], newer["shown"], shown["job"]["newest"]) == (False, True, True)
    await page.hear({"kind": "attempt", "at": older["at"]})
    shown = json.loads(page.client.body)
    assert (shown["attempts"][0]["shown"], shown["job"]["newest"]) == (True, False)
    assert shown["job"]["submitted"] == older["at"]
    assert shown["job"]["board"] == f"?page=board&job=alpha:1:{older['at']:.0f}"
    assert page.state.to_query() == f"page=job&cluster=alpha&job=1&attempt={older['at']:.0f}"
    await page.hear({"kind": "attempt", "at": newer["at"]})
    assert page.state.to_query() == "page=job&cluster=alpha&job=1"
    again = JobPage(runtime, f"{QUERY}&attempt={older['at']:.0f}")
    assert json.loads(again.client.body)["job"]["state"]["tip"] == "REQUEUED"
    gone = JobPage(runtime, f"{QUERY}&attempt=99999999999")
    assert json.loads(gone.client.body)["missing"]


@pytest.mark.chromium
def test_the_page_says_which_attempt_is_shown(runtime, open_board):
    fill(runtime, [a_job(1, submit_time=a_job(99).submit_time, state="REQUEUED")])
    fill(runtime, [a_job(1)])
    page = open_board(runtime, f"?page=job&{QUERY}")
    tries = page.get_by_role("group", name="Attempts")
    expect(tries).to_contain_text("2 of 2 is shown, the newest")
    tries.get_by_role("button", name="1").click()
    expect(tries).to_contain_text("1 of 2 is shown; what is measured is of that attempt alone")
    page.reload()
    live(page)
    expect(tries).to_contain_text("1 of 2 is shown")
