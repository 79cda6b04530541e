"""Text from clusters and URLs that would like to be markup, script or style: every page shows it as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from clausius_panel import saved_filters
from clausius_panel import store as st
from clausius_panel.local_processes import ProcessFilter, add_filter
from clausius_panel.logs.configured import log_shelf
from clausius_panel.model import Cluster
from clausius_panel.model.project import Project
from clausius_panel.runtime import Runtime
from clausius_panel.store.projects import put_project
from tests.views.kit import BEGUN, a_job, a_runtime, pending, serving
from tests.views.run_kit import fill_runs

sync_api = pytest.importorskip("playwright.sync_api")
Page = sync_api.Page

__all__: list[str] = []

IMAGE = "<img src=x onerror=window.hacked=1>"
LEAVE = "\"'></script></style></textarea><script>window.hacked=2</script><svg onload=window.hacked=3>"
TEMPLATE = "{{7*7}}${window.hacked=4}{%print(7*7)%}@tip{safe}$$\\href{javascript:window.hacked=5}{x}$$"
STYLE = "red;background:url(http://127.0.0.1:9/evil)"
EVIL = f"{IMAGE}{LEAVE}{TEMPLATE}{STYLE}"
LINKS = (
    "[read](javascript:window.hacked=6) [me](JaVaScRiPt&#58;window.hacked=7) <javascript:window.hacked=8>\n\n"
    f"![x](javascript:window.hacked=9) [data](data:text/html,<script>window.hacked=10</script>)\n\n{EVIL}\n"
)
TRACKER = f'wandb: View run at https://wandb.ai/a/b/runs/"onclick="window.hacked=11 {EVIL}\n'

FOUND = """() => {
  const found = []
  const walk = root => { for (const node of root.querySelectorAll("*")) {
    if (node.shadowRoot) walk(node.shadowRoot)
    for (const one of node.attributes) {
      if (/^on/i.test(one.name) && one.value.includes("hacked")) found.push(node.outerHTML)
      const leads = /^(href|src|action|formaction)$/.test(one.name)
      if (leads && /^\\s*(javascript|data:text)/i.test(one.value)) found.push(node.outerHTML)
    }
    if (node.tagName === "IMG" && node.getAttribute("src") === "x") found.push(node.outerHTML)
    if (node.tagName === "SCRIPT" && node.textContent.startsWith("window.hacked")) found.push(node.outerHTML)
    if (getComputedStyle(node).backgroundImage.includes("evil")) found.push(node.outerHTML)
  } }
  walk(document)
  return [window.hacked ?? null, found]
}"""

SHOWS = """text => {
  const says = node => node.value === text || (!/SCRIPT|STYLE/.test(node.tagName)
    && [...node.childNodes].some(child => child.nodeType === 3 && child.data.includes(text)))
  const shows = root => [...root.querySelectorAll("*")].some(node =>
    says(node) || (node.shadowRoot && shows(node.shadowRoot)))
  return !document.getElementById("first") && shows(document.body)  // the live page, not its first picture
}"""

HOSTILE_FACTS = {
    "name": f"hle_{EVIL}_x",
    "user": EVIL,
    "account": EVIL,
    "partition": EVIL,
    "qos": EVIL,
    "reason": EVIL,
    "comment": EVIL,
    "gpu_type": EVIL,
    "gpus": 4,
    "node_list": EVIL,
    "tres": EVIL,
    "exit_code": EVIL,
}
LOG = f"{IMAGE}.log"


def _fill(runtime: Runtime, directory: Path) -> None:
    """Every text that others can choose is hostile."""
    facts = HOSTILE_FACTS | {"work_dir": str(directory), "stdout_path": str(directory / LOG)}
    past = {"end_time": BEGUN - timedelta(hours=5), "start_time": BEGUN - timedelta(hours=9), "elapsed_s": 14_400}
    fill_runs(
        runtime,
        [
            a_job(1, **facts),
            pending(2, **(facts | {"dependency": f"afterok:1{EVIL}"})),
            a_job(3, **(facts | {"state": EVIL})),
        ],
        ended=[a_job(number, state="FAILED", **(facts | past)) for number in (4, 5, 6)],
    )
    said = {"t": EVIL, "n": LINKS, "j": json.dumps({EVIL: EVIL})}
    with runtime.store.write() as cur:
        st.put_cluster(cur, Cluster(name="alpha", kind="local", scope="everyone", description=EVIL, gpu_type=EVIL))
        put_project(cur, Project(name="hle", prefix="hle_", colour="#4c78a8", emoji="{{7*7}}"))
        cur.execute(
            "UPDATE cluster_state SET last_error = $t, warning = $t, slurm_version = $t, user_name = $t,"
            " error_kind = 'auth', failures = 3",
            {"t": EVIL},
        )
        cur.execute(
            "UPDATE runs SET notes = $n, campaign = $t, captured_at = now()::TIMESTAMP, capture_error = $t,"
            " batch_script = $t, submit_command = $t, work_dir = $t, slurm_config = $j, environment = $j",
            said,
        )
        cur.execute("UPDATE jobs SET campaign = $t, group_name = $t", {"t": EVIL})
    for page in ("history", "usage"):
        saved_filters.save_filter(runtime.store, page, name=IMAGE, query="javascript:window.hacked=12")
    log_shelf("crash").put(runtime.store, {"pattern": IMAGE, "kind": STYLE})
    log_shelf("benign").put(runtime.store, {"text": EVIL[:300]})
    add_filter(runtime.store, ProcessFilter(text=IMAGE, action="include"))


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[tuple[Runtime, Path]]:
    """A fleet, its past and our settings, all of them hostile; and the directory of its logs, which are too."""
    directory = tmp_path / "logs"
    directory.mkdir()
    (directory / LOG).write_text(
        TRACKER + f"\x1b]8;;javascript:window.hacked=13\x07link\x1b]8;;\x07\n{EVIL}\n" * 5
    )
    (directory / f"{IMAGE}.md").write_text(LINKS)
    with a_runtime(tmp_path) as runtime:
        _fill(runtime, directory)
        yield runtime, directory


def _pages(directory: Path) -> dict[str, tuple[dict[str, str], str]]:
    """What is asked for, and a hostile text that the page must show (in the end: charts are drawn on a canvas)."""
    job, log = {"cluster": "alpha", "job": "1"}, {"page": "log", "cluster": "alpha", "job": "1"}
    filters = dict.fromkeys(
        ("text", "user", "users", "partition", "cluster", "sort", "tab", "days", "cursor"), EVIL
    )
    return {
        "board": ({"job": "alpha:1"}, IMAGE),
        "board, filtered": ({"page": "board", **filters}, EVIL),
        "runs": ({"page": "runs", "open": "alpha:1"}, IMAGE),
        "run": ({"page": "run", "cluster": "alpha", "run": "1"}, LINKS),
        "run that is not": ({"page": "run", "cluster": IMAGE, "run": IMAGE}, IMAGE),
        "projects": ({"page": "projects"}, "{{7*7}}"),
        "project": ({"page": "project", "name": "hle"}, IMAGE),
        "job": ({"page": "job", **job}, IMAGE),
        "log": (log, IMAGE),
        "log, Markdown": ({**log, "path": str(directory / f"{IMAGE}.md")}, "javascript:window.hacked=6"),
        "usage": ({"page": "usage"}, IMAGE),
        "usage, who": ({"page": "usage", "tab": "who"}, ""),
        "history": ({"page": "history", "text": EVIL}, IMAGE),
        "settings": ({"page": "settings"}, STYLE),
        "page that is not": ({"page": EVIL}, IMAGE),
    }


@pytest.mark.chromium
def test_no_page_takes_text_for_more_than_text(hostile: tuple[Runtime, Path], browser_page: Page) -> None:
    from clausius_panel.views import shell

    runtime, directory = hostile
    dialogs: list[str] = []
    browser_page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    found = {}
    with serving(lambda: shell.page(runtime)) as address:
        for name, (asked, text) in _pages(directory).items():
            browser_page.goto(f"{address}?{urlencode(asked)}", wait_until="commit")
            if text:
                browser_page.wait_for_function(SHOWS, arg=text, timeout=15_000)
            else:
                _hover_bars(browser_page)
            found[name] = browser_page.evaluate(FOUND)
    assert [(name, what) for name, what in found.items() if what != [None, []]] == []
    assert dialogs == []
    assert browser_page.console_errors == []  # type: ignore[attr-defined]


def _hover_bars(page: Page) -> None:
    """Move over the first chart until the tooltip shows a hostile name."""
    chart = page.locator(".bk-Canvas").first
    chart.wait_for()
    box = chart.bounding_box()
    assert box is not None
    for share in (0.36, 0.3, 0.42, 0.5, 0.2, 0.6):  # the second of four bars, wherever the fonts put it
        page.mouse.move(box["x"] + 0.42 * box["width"], box["y"] + share * box["height"], steps=4)
        with suppress(sync_api.TimeoutError):
            page.wait_for_function(SHOWS, arg=EVIL, timeout=1500)
            return
    pytest.fail("no tooltip shows the hostile state")
