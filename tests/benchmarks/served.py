"""`clausius serve` as people run it, in a process of its own, and a Chromium to look at it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .figure import Unmeasured

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["Served", "chromium", "first_line_matching", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the faces are."""

    page: str  # with its token
    api: str
    token: str


def first_line_matching(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """The first such line of its stderr. Raises Unmeasured with all of it where the process ends before."""
    seen: list[str] = []
    if process.stderr is not None:
        for line in process.stderr:
            seen.append(line)
            if found := re.search(pattern, line):
                return found
    raise Unmeasured(f"{process.args!r} ended: {''.join(seen)[-800:]}")


@contextmanager
def serve(*options: str, directory: Path, environment: dict[str, str] | None = None) -> Iterator[Served]:
    """`clausius serve` on the store in `directory`, on free ports."""
    main = "from clausius_panel.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", main, "serve", "--no-browser", "--port", "0", "--api-port", "0", *options]
    variables = {**(environment or {}), "CLAUSIUS_DATA_DIR": str(directory)}
    log = directory / "serve.log"
    with (
        log.open("w") as out,
        subprocess.Popen(command, env=variables, stdout=out, stderr=subprocess.PIPE, text=True) as server,
    ):
        try:
            page = first_line_matching(server, r"(http://\S+/\?token=(\S+))")
            api = first_line_matching(server, r"(http://\S+?)/api")
            yield Served(page=page[1], token=page[2], api=api[1])
        finally:
            server.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise Unmeasured("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()
