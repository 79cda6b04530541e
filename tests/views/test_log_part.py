from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.logs import Mount
from clausius_panel.logs.configured import MOUNTS
from clausius_panel.runtime import Runtime
from clausius_panel.state.log_explorer import LogExplorer
from clausius_panel.views.log_part import around_part, log_part, other_stream
from tests.views.kit import a_job, a_runtime, fill

KEY = ("alpha", "1")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def opened(runtime: Runtime, out: Path, err: Path) -> LogExplorer:
    fill(runtime, [a_job(1, stdout_path=str(out), stderr_path=str(err), work_dir=str(out.parent))])
    view = LogExplorer(runtime)
    assert view.show(view.begin("asking"), view.ask(lambda: view.find(KEY)))
    return view


def test_the_other_stream_is_that_of_the_same_job(runtime: Runtime, tmp_path: Path):
    out, err = tmp_path / "1.out", tmp_path / "1.err"
    out.write_text("x\n")
    err.write_text("y\n")
    view = opened(runtime, out, err)
    assert other_stream(view) == str(err)
    view.path = str(err)
    assert other_stream(view) == str(out)
    assert other_stream(opened(runtime, out, out)) == ""


def test_where_the_bytes_came_from_is_told(runtime: Runtime, tmp_path: Path):
    copy, far = tmp_path / "copy", tmp_path / "far"
    for place in (copy, far):
        place.mkdir()
        (place / "1.out").write_text("x\n")
    facts: Any = log_part(opened(runtime, far / "1.out", far / "1.out"), KEY)["facts"]
    assert facts == "1 line"
    MOUNTS.add(runtime.store, Mount(remote=str(far), local=str(copy)))
    facts = log_part(opened(runtime, far / "1.out", far / "1.out"), KEY)["facts"]
    assert facts == "1 line, from the mounted copy"


def test_a_link_names_cluster_and_job(runtime: Runtime, tmp_path: Path):
    view = opened(runtime, tmp_path / "1.out", tmp_path / "1.out")
    assert around_part(view)["link"] == {"cluster": "alpha", "job": "1"}
    assert around_part(LogExplorer(runtime))["link"] is None
