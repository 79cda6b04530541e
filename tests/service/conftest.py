"""One `clausius serve` for all tests that only ask it something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces import a_runtime
from tests.http import SERVE, TOKEN, Site, ask, process_serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page of a `clausius serve` that knows three jobs."""
    root = Path(tmp_path_factory.mktemp("page"))
    with a_runtime(root) as runtime:
        runtime.refresh()
    with process_serving("--data-dir", str(root / "data"), *SERVE) as (_, sites):
        yield sites[0]


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    """What a browser keeps after it was let in."""
    answer = ask(site, f"/login?token={TOKEN}", token="")
    return answer.headers["set-cookie"].split(";")[0]
