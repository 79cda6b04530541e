"""The log in the drawer: what travels to the page, and what a person sees of it."""

import asyncio
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.logs import Position
from clausius_panel.runtime import Runtime
from clausius_panel.state import BoardState, LogPiece
from clausius_panel.views.log_part import _rows, log_part
from clausius_panel.views.log_view import LogDesk, LogPane
from tests.views.conftest import live
from tests.views.kit import a_job, fill, pending

sync_api = pytest.importorskip("playwright.sync_api")
expect, Page = sync_api.expect, sync_api.Page

Open = Callable[..., Page]
LINES = ".log-lines .row"
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "slurm-1.out"


def job_with(log: Path, number: int = 1, **facts: Any) -> Any:
    return a_job(
        number, **{"stdout_path": str(log), "stderr_path": str(log), "work_dir": str(log.parent), **facts}
    )


def written(runtime: Runtime, log: Path, text: str) -> None:
    """Job 1 has written this."""
    log.write_text(text)
    fill(runtime, [job_with(log)])


async def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.01)


class Shown(dict[str, Any]):
    """Stands where the page is: the parts as they were put."""

    def put(self, name: str, value: Any) -> None:
        self[name] = value


async def pane(runtime: Runtime, query: str = "job=alpha:1&tab=log") -> tuple[LogPane, Shown]:
    state, shown = BoardState(runtime), Shown()
    state.start(query)
    made = LogPane(state, shown.put)
    made.open()
    await until(lambda: not made.view.busy)
    return made, shown


# ---- without a browser


async def test_nothing_is_asked_before_the_log_is_opened(runtime: Runtime, log: Path):
    written(runtime, log, "one\n")
    made, shown = await pane(runtime, "job=alpha:1")
    assert not shown
    made.board.tab = "log"
    made.open()
    assert shown["log"]["busy"] == "asking alpha where the log is"
    assert shown["log"]["rows"] == []
    await until(lambda: shown["log"]["rows"])
    assert shown["log"]["rows"] == [[0, 1, [["one"]]]]
    made.board.opened = None
    made.open()
    assert shown["log"] is None


async def test_what_was_closed_meanwhile_is_not_shown(runtime: Runtime, log: Path):
    written(runtime, log, "one\n")
    made, shown = await pane(runtime)
    made.hear({"act": "end"})
    made.board.opened = None
    made.open()
    await until(lambda: not made._tasks)
    assert shown["log"] is None


async def test_colours_travel_as_classes_and_lines_know_where_they_begin(runtime: Runtime, log: Path):
    written(runtime, log, "a\x1b[1;31mred\nstill\x1b[0m\n\x1b[38;2;1;2;3mown\x1b[7mturned\x1b[0m\n")
    _, shown = await pane(runtime)
    assert shown["log"]["rows"] == [
        [0, 1, [["a"], ["red", "bold ink-red", "", ""]]],
        [12, 2, [["still", "bold ink-red", "", ""]]],
        [22, 3, [["own", "", "#010203", ""], ["turned", "", "", "#010203"]]],
    ]
    assert (shown["log"]["facts"], shown["log"]["is_end"]) == ("all 3 lines", True)


async def test_messages_that_make_no_sense_do_nothing(runtime: Runtime, log: Path):
    written(runtime, log, "one\n")
    made, shown = await pane(runtime)
    before = shown["log"]
    no_sense = [
        {},
        {"act": "no such"},
        {"act": "file"},
        {"act": "task", "id": "2"},
        {"act": "folder", "path": "x"},
    ]
    for message in no_sense:
        made.hear(message)
    for act in ("jump", "goto", "record"):
        with pytest.raises(ValueError, match="None"):
            made.hear({"act": act})
    await until(lambda: not made._tasks)
    assert shown["log"] == before


async def test_a_file_outside_is_refused_in_words(runtime: Runtime, log: Path):
    written(runtime, log, "one\n")
    made, shown = await pane(runtime)
    made.hear({"act": "file", "path": "/etc/passwd"})
    await until(lambda: shown["log"]["error"])
    assert "outside the directories of known logs" in shown["log"]["error"]
    assert shown["log"]["rows"] == []


@given(strategy.binary(max_size=400))
def test_every_line_is_drawn_once_whatever_its_bytes(data: bytes):
    where = Position(path="/p", offset=len(data), anchor=b"", inode=1)
    piece = LogPiece(
        position=where,
        start=7,
        data=data,
        first_line=1,
        size=len(data),
        modified=datetime.now(UTC),
        is_end=True,
    )
    rows = _rows(piece)
    ends = data.count(b"\n") + (0 if data.endswith(b"\n") or not data else 1)
    assert len(rows) == ends
    assert [row[1] for row in rows] == list(range(1, ends + 1))
    assert all(data[row[0] - 8 : row[0] - 7] in (b"\n", b"") for row in rows[1:])


async def test_a_very_long_line_is_cut_and_says_by_how_much(runtime: Runtime, log: Path):
    written(runtime, log, "x" * 5000 + "\n")
    made, _ = await pane(runtime)
    [[_, _, [[text]]]] = log_part(made.view, ("alpha", "1"))["rows"]
    assert text.endswith("x … 1000 more characters")


CRASH = "Traceback (most recent call last):\n  File x\nValueError: bad\n"


def failed(runtime: Runtime, log: Path) -> Path:
    """Job 1 failed, and only its stderr tells why."""
    error = log.with_suffix(".err")
    log.write_text("said\n")
    error.write_text(CRASH)
    fill(runtime, [job_with(log, state="FAILED", stderr_path=str(error))])
    return error


async def test_the_log_of_a_failed_job_leads_to_the_error_in_its_other_stream(runtime: Runtime, log: Path):
    error = failed(runtime, log)
    made, shown = await pane(runtime)
    await until(lambda: shown["log"]["elsewhere"])
    there = shown["log"]["elsewhere"]
    assert (there["path"], there["text"]) == (str(error), "stderr: ValueError: bad")
    made.hear({"act": "beside"})
    await until(lambda: shown["log"]["side"] and shown["log"]["side"]["rows"])
    assert shown["log"]["elsewhere"] is None, "it stands beside"
    made.hear({"act": "file", "path": there["path"], "at": there["at"], "line": there["line"]})
    await until(lambda: shown["log"]["rows"] and not shown["log"]["busy"])
    assert (shown["log"]["path"], shown["log"]["mark"]) == (str(error), 0)


async def test_a_search_for_errors_goes_on_where_it_is_told_to(runtime: Runtime, log: Path):
    written(runtime, log, CRASH + "fine\n" * 2000 + CRASH)
    made, shown = await pane(runtime)
    made.hear({"act": "error", "start": 9000})
    await until(lambda: shown["log"]["mark"] is not None)
    assert shown["log"]["mark"] == len(CRASH) + 10_000


async def test_a_link_brings_the_file_beside_back(runtime: Runtime, log: Path):
    error, shown = failed(runtime, log), Shown()
    desk = LogDesk(runtime, shown.put)
    desk.show(("alpha", "1"), side=str(error))
    await until(lambda: shown["log"]["side"] and shown["log"]["side"]["rows"])
    assert (shown["log"]["path"], shown["log"]["side"]["path"]) == (str(log), str(error))
    desk.show(("alpha", "1"), side="../odd")
    await until(lambda: shown["log"]["rows"] and not desk.view.busy)
    assert shown["log"]["side"] is None


# ---- in a browser


@pytest.mark.chromium
def test_the_log_opens_in_the_drawer_and_has_an_address(runtime: Runtime, open_board: Open, log: Path):
    log.write_text("".join(f"line {number}\n" for number in range(1, 501)))
    fill(runtime, [job_with(log)])
    page = open_board(runtime)
    page.get_by_role("button", name="job-1", exact=True).click()
    page.get_by_role("tab", name="Log").click()
    expect(page.locator(LINES)).to_have_count(200)
    expect(page.locator(LINES).last).to_have_text("500line 500")
    expect(page.locator(LINES).last).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"\?job=alpha:1(:\d+)?&tab=log$"))
    page.reload()
    live(page)
    expect(page.locator(LINES)).to_have_count(200)
    page.locator("aside").get_by_role("button", name="Close (Esc)").click()
    expect(page.locator("aside.drawer")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/$"))


@pytest.mark.chromium
def test_hostile_lines_are_text(runtime: Runtime, open_board: Open, log: Path):
    log.write_text(f"\x1b[31m{EVIL}\x1b[0m\n\x1b]0;{EVIL}\x07plain\n")
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(".log-lines .text").first).to_have_text(EVIL)
    expect(page.locator(".log-lines .text").last).to_have_text("plain")
    assert page.locator(".log-lines img, .log-lines script").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.chromium
def test_following_brings_new_lines_and_leaves_who_reads_above_where_they_are(
    runtime: Runtime, open_board: Open, log: Path
):
    log.write_text("".join(f"line {number}\n" for number in range(1, 151)))
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(150)
    page.get_by_role("button", name="Follow").click()
    with log.open("a") as file:
        file.write("new one\n")
    expect(page.locator(LINES).last).to_have_text("151new one")
    expect(page.locator(LINES).last).to_be_in_viewport()
    page.locator(".log-lines").evaluate("node => { node.scrollTop = 300 }")
    with log.open("a") as file:
        file.write("new two\n")
    expect(page.locator(LINES)).to_have_count(152)
    assert page.locator(".log-lines").evaluate("node => node.scrollTop") == 300


@pytest.mark.chromium
def test_the_first_error_is_shown_and_ends_following(runtime: Runtime, open_board: Open, log: Path):
    crash = "Traceback (most recent call last):\n  File x\nValueError: bad\n"
    log.write_text("fine\n" * 300 + crash + "fine\n" * 5000)
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(200)
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("button", name="First error").click()
    expect(page.locator(".marked")).to_have_text("301Traceback (most recent call last):")
    expect(page.locator(".marked")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Last lines").click()
    expect(page.locator(LINES).last).to_be_in_viewport()


@pytest.mark.chromium
def test_searching_lists_lines_that_lead_into_the_file(runtime: Runtime, open_board: Open, log: Path):
    log.write_text("".join(f"step {number}\n" for number in range(1, 2001)))
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(200)
    field = page.get_by_label("Search this file")
    field.fill("STEP 77")
    field.press("Enter")
    expect(page.locator(".hit")).to_have_count(11)
    page.locator(".hit").nth(1).click()
    expect(page.locator(".marked")).to_have_text("770step 770")


@pytest.mark.chromium
def test_missing_logs_are_said_in_words(runtime: Runtime, open_board: Open, log: Path):
    fill(
        runtime, [job_with(log), pending(2, stdout_path=str(log), stderr_path=str(log), work_dir=str(log.parent))]
    )
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(".log")).to_contain_text("There is no such file (yet)")
    page.keyboard.press("Escape")
    expect(page.locator("aside.drawer")).to_be_hidden()
    page.get_by_role("button", name="job-2", exact=True).click()
    expect(page.locator("aside h2")).to_have_text("job-2")
    page.keyboard.press("l")
    expect(page.locator(".log")).to_contain_text("No log yet: the job has not started.")


@pytest.mark.chromium
@pytest.mark.parametrize("width", [900, 1440])
def test_nothing_of_the_log_is_cut_at_the_right_edge(runtime: Runtime, open_board: Open, log: Path, width: int):
    log.write_text("x" * 900 + "\n")
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.locator(LINES)).to_have_count(1)
    edges = "node => Math.max(...[...node.querySelectorAll('*')].map(each => each.getBoundingClientRect().right))"
    assert page.locator(".log").evaluate(edges) <= width
    page.get_by_role("button", name="Wrap").click()
    assert page.locator(".log-lines").evaluate("node => node.scrollWidth > node.clientWidth")


# ---- what is around the lines


def task_with(log: Path, task: int, **facts: Any) -> Any:
    ids = {"job_id": f"5_{task}", "array_job_id": "5", "array_task_id": str(task)}
    path = str(log.parent / f"5_{task}.out")
    return a_job(
        50 + task, **{**ids, "stdout_path": path, "stderr_path": path, "work_dir": str(log.parent), **facts}
    )


@pytest.mark.chromium
def test_scrolling_up_brings_older_lines_and_leaves_the_reader_where_they_are(
    runtime: Runtime, open_board: Open, log: Path
):
    log.write_text("".join(f"line {number}\n" for number in range(1, 8001)))
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES).last).to_have_text("8,000line 8000")
    page.locator(".log-lines").evaluate("node => { node.scrollTop = 0 }")
    expect(page.locator(LINES)).not_to_have_count(200)
    seen = page.locator(".log-lines").evaluate(
        "node => [...node.children].find(row => row.offsetTop + 18 > node.scrollTop).textContent"
    )
    assert seen.startswith("7,80"), seen
    for _ in range(8):
        page.locator(".log-lines").evaluate("node => { node.scrollTop = 0 }")
        if page.locator(LINES).first.text_content() == "1line 1":
            break
        page.wait_for_timeout(300)
    expect(page.locator(LINES).first).to_have_text("1line 1")
    assert page.locator(LINES).count() <= 2001
    page.locator(".log-lines").evaluate("node => { node.scrollTop = node.scrollHeight }")
    expect(page.locator(LINES).first).not_to_have_text("1line 1")


@pytest.mark.chromium
def test_the_directories_are_browsed_a_level_at_a_time_and_links_are_shown(
    runtime: Runtime, open_board: Open, log: Path, tmp_path: Path
):
    log.write_text("mine\n")
    (tmp_path / "my results").mkdir()
    (tmp_path / "my results" / f"a{EVIL[:20].replace('/', '')}.txt").write_text("inside\n")
    (tmp_path / "way out").symlink_to("/etc")
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(1)
    page.get_by_role("button", name="Files").click()
    tree = page.locator(".tree")
    expect(tree.locator(".entry").nth(1)).to_contain_text("data")
    expect(tree.get_by_role("button", name="way out")).to_have_attribute("title", "leads to /etc")
    tree.get_by_role("button", name="my results").click()
    tree.locator(".entry", has_text="a<img").click()
    expect(page.locator(LINES)).to_have_text(["1inside"])
    tree.get_by_role("button", name="my results").click()
    expect(tree.locator(".entry", has_text="a<img")).to_have_count(0)
    tree.get_by_role("button", name="way out").click()
    expect(page.locator(".log")).to_contain_text("way out: it ")
    assert page.locator(".tree img").count() == 0


@pytest.mark.chromium
def test_stderr_stands_beside_stdout(runtime: Runtime, open_board: Open, log: Path):
    log.write_text("said\n")
    error = log.with_suffix(".err")
    error.write_text("complained\n")
    fill(runtime, [job_with(log, stderr_path=str(error))])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_text(["1said"])
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(LINES)).to_have_text(["1said", "1complained"])
    page.locator(".side").get_by_role("button", name="Follow").click()
    with error.open("a") as file:
        file.write("again\n")
    expect(page.locator(f".side {LINES}").last).to_have_text("2again")
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator(LINES)).to_have_text(["1said"])


@pytest.mark.chromium
def test_a_task_of_an_array_is_chosen_by_its_state(runtime: Runtime, open_board: Open, log: Path):
    for task in (0, 1):
        (log.parent / f"5_{task}.out").write_text(f"task {task}\n")
    fill(runtime, [task_with(log, 0), task_with(log, 1, state="FAILED")])
    page = open_board(runtime, "?job=alpha:5_0&tab=log")
    expect(page.locator(LINES)).to_have_text(["1task 0"])
    chooser = page.get_by_label("Task", exact=True)
    expect(chooser.locator("option")).to_have_text(["task 0: Running", "task 1: Failed"], ignore_case=True)
    chooser.select_option("5_1")
    expect(page.locator(LINES)).to_have_text(["1task 1"])


@pytest.mark.chromium
def test_records_tables_and_markdown_are_shown_as_what_they_are(
    runtime: Runtime, open_board: Open, log: Path, tmp_path: Path
):
    log.write_text("x\n")
    (tmp_path / "1.jsonl").write_text("".join(f'{{"id": {n}, "prompt": "why {n}?"}}\n' for n in range(120)))
    (tmp_path / "1.csv").write_text(f'step,"loss, mean",note\n1,0.5,{EVIL.replace(chr(34), "")}\n')
    (tmp_path / "1.md").write_text(f"# Report\n\n[here](https://example.org) {EVIL}\n")
    (tmp_path / "1.json").write_text('{"a": [1, "two"]}')
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(1)
    chooser = page.get_by_label("File", exact=True)
    chooser.select_option(str(tmp_path / "1.jsonl"))
    expect(page.locator(".records > li")).to_have_count(50)
    page.locator(".records .hit").nth(1).click()
    expect(page.locator(".record pre")).to_contain_text('"prompt": "why 1?"')
    page.get_by_role("button", name="Later").click()
    expect(page.locator(".records .hit").first).to_contain_text("id: 50")
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator(".records .hit").first).to_contain_text("id: 0")
    page.get_by_role("button", name="Lines", exact=True).click()
    expect(page.locator(LINES)).to_have_count(120)
    page.get_by_role("button", name="Lines", exact=True).click()
    chooser.select_option(str(tmp_path / "1.csv"))
    expect(page.locator(".sheet td").last).to_contain_text("<img")
    chooser.select_option(str(tmp_path / "1.md"))
    expect(page.locator(".prose h1")).to_have_text("Report")
    expect(page.locator(".prose a")).to_have_attribute("href", "https://example.org")
    expect(page.locator(".prose p")).to_contain_text("<script>")
    chooser.select_option(str(tmp_path / "1.json"))
    expect(page.locator(".log-rich .json")).to_contain_text('"two"')
    assert page.locator(".log-rich img, .log-rich script").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.chromium
def test_a_file_is_downloaded_whole_in_pieces(runtime: Runtime, open_board: Open, log: Path):
    log.write_bytes(os.urandom(5 << 20).replace(b"\x00", b"\n"))
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES).first).to_be_visible()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download").click()
    assert begun.value.suggested_filename == "slurm-1.out"
    assert Path(begun.value.path()).read_bytes() == log.read_bytes()
    expect(page.get_by_role("button", name="Download")).to_be_visible()


@pytest.mark.chromium
def test_pages_of_trackers_stand_above_the_log_and_on_the_pages_of_its_job(
    runtime: Runtime, open_board: Open, log: Path
):
    said = "wandb: View run {} at: \x1b[34m{}\x1b[0m.\n"
    first = said.format("sunny <img src=x onerror=alert(1)>", "https://wandb.ai/lab/llm/runs/a1")
    bad = said.format("evil", "javascript:alert(1)//lab/llm/runs/x")
    last = said.format("late", "http://wandb.lab:8080/lab/llm/runs/b2")
    log.write_text(first + bad + "step\n" * 300 + last)
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    links = page.get_by_role("navigation", name="Experiment trackers").get_by_role("link")
    expect(links).to_have_text(["W&Bsunny <img src=x onerror=alert(1)>wandb.ai", "W&Blatewandb.lab:8080"])
    expect(links.first).to_have_attribute("href", "https://wandb.ai/lab/llm/runs/a1")
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    expect(links.first).to_have_attribute("target", "_blank")
    assert page.locator(".trackers img").count() == 0
    expect(page.locator(LINES).last).to_be_in_viewport()  # the row took its room from the lines above
    page = open_board(runtime, "?page=job&cluster=alpha&job=1")
    expect(links).to_have_count(2)


@pytest.mark.chromium
def test_a_name_that_breaks_its_line_is_one_line_with_a_sign(runtime: Runtime, open_board: Open, log: Path):
    log.write_text("mine\n")
    (log.parent / "new\nline\x1b\u202e.log").write_text("inside\n")
    fill(runtime, [job_with(log)])
    page = open_board(runtime, "?job=alpha:1&tab=log")
    expect(page.locator(LINES)).to_have_count(1)
    page.get_by_role("button", name="Files").click()
    odd = page.locator(".tree .entry", has_text="new␊line␛\ufffd.log")
    expect(odd).to_have_count(1)
    expect(odd).to_have_attribute("title", re.compile("/new␊line␛\ufffd.log$"))
    assert odd.evaluate("node => node.scrollHeight <= node.clientHeight")
    odd.click()
    expect(page.locator(LINES)).to_have_text(["1inside"])
    expect(page.locator(".log-path .path")).to_have_text(re.compile("new␊line"))
