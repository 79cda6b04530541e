"""How long a line that a job writes takes to the screen of a person who follows its log, in a real browser."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from clausius_panel.views import shell
from tests.conftest import CHROMIUM_ARGS
from tests.views.kit import a_job, a_runtime, fill, serving

from .figure import Figure, Unmeasured, median, p95, spread

__all__ = ["measure"]

INTERVAL_S = 2.0
"""FOLLOW_MS of views/client/log_viewer.js."""

_LINES = 16
_STEP_S = 0.37  # no divisor of the interval, so that lines come at all moments of it


def measure() -> list[Figure]:
    """Write a line, wait until the page shows it, again and again."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as exc:
        raise Unmeasured(f"playwright is missing: {exc}") from exc
    with tempfile.TemporaryDirectory(prefix="clausius-bench-") as directory, sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM_ARGS))
        except Error as exc:
            raise Unmeasured(f"no Chromium: {exc}") from exc
        samples = _samples(browser, Path(directory))
        browser.close()
    return [
        Figure(
            what="a line written -> on the screen of a follower / follow interval, 95th percentile",
            value=p95(samples) / INTERVAL_S,
            reach=1.5,
            how=f"{spread(samples)}, median {median(samples) / INTERVAL_S:.2f} of {INTERVAL_S:g} s; "
            "the file of a local cluster, read through the same script as over SSH",
        )
    ]


def _samples(browser: object, root: Path) -> list[float]:
    log = root / "1.out"
    log.write_text("begin\n")
    runtime = a_runtime(root)
    fill(runtime, [a_job(1, stdout_path=str(log), stderr_path=str(log), work_dir=str(root))])
    samples = []
    try:
        with serving(lambda: shell.page(runtime)) as address:
            page = browser.new_page()  # type: ignore[attr-defined]
            page.goto(f"{address}?page=log&cluster=alpha&job=1")
            page.get_by_role("button", name="Follow").click(timeout=30_000)
            page.wait_for_selector(".log-lines .row")
            for number in range(_LINES):
                time.sleep(number * _STEP_S % INTERVAL_S)
                with log.open("a") as file:
                    file.write(f"mark {number} end\n")
                begun = time.perf_counter()
                page.get_by_text(f"mark {number} end").wait_for(timeout=20_000)
                samples.append(time.perf_counter() - begun)
            page.close()
    finally:
        runtime.close()
    return samples
