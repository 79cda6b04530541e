from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.logs import ErrorBeside, FirstError, Mount
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


def opened(runtime: Runtime, out: Path, err: Path, **facts: Any) -> LogExplorer:
    fill(runtime, [a_job(1, stdout_path=str(out), stderr_path=str(err), work_dir=str(out.parent), **facts)])
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


def test_an_error_in_the_log_of_a_job_that_completed_is_told_mildly(runtime: Runtime, tmp_path: Path):
    log = tmp_path / "1.out"
    log.write_text("ValueError: bad\n")
    assert log_part(opened(runtime, log, log, state="FAILED"), KEY)["crash"]["mild"] is False
    assert log_part(opened(runtime, log, log, state="COMPLETED"), KEY)["crash"]["mild"] is True


def test_a_link_names_cluster_and_job(runtime: Runtime, tmp_path: Path):
    view = opened(runtime, tmp_path / "1.out", tmp_path / "1.out")
    assert around_part(view)["link"] == {"cluster": "alpha", "job": "1"}
    assert around_part(LogExplorer(runtime))["link"] is None


def test_how_far_the_search_for_errors_came_is_told_with_where_to_go_on(runtime: Runtime, tmp_path: Path):
    view = opened(runtime, tmp_path / "1.out", tmp_path / "1.out")
    facts: dict[str, Any] = {"path": "/1.out", "crash": None, "size": 2 << 30}
    view.unsearched = FirstError(searched=1 << 30, stopped_by="time", **facts)
    assert log_part(view, KEY)["unsearched"] == {
        "text": "no error in the first 1 GiB of 2 GiB; there the search stopped: its time was up",
        "start": 1 << 30,
    }
    view.crash_at = view.mark = 77
    assert log_part(view, KEY)["unsearched"]["text"].endswith("; the marked line is one of the last")
    view.unsearched = FirstError(searched=5, stopped_by="line", **facts)
    assert log_part(view, KEY)["unsearched"]["start"] is None
    view.unsearched = FirstError(searched=0, stopped_by="time", **facts)
    assert log_part(view, KEY)["unsearched"]["text"].startswith("the search came to nothing: its time was up")


def test_an_error_in_the_other_stream_is_told_with_the_way_there(runtime: Runtime, tmp_path: Path):
    view = opened(runtime, tmp_path / "1.out", tmp_path / "1.err")
    view.elsewhere = ErrorBeside(
        label="stderr", path="/1.err", message="\x1b[31mValueError: bad\x1b[0m", offset=7, line=2
    )
    assert log_part(view, KEY)["elsewhere"] == {
        "path": "/1.err",
        "text": "stderr: ValueError: bad",
        "at": 7,
        "line": 2,
    }


def test_only_what_can_be_read_is_offered_to_be_saved(runtime: Runtime, tmp_path: Path):
    out = tmp_path / "1.out"
    assert not log_part(opened(runtime, out, out), KEY)["saves"]
    for content in (b"text\n", b"a\x00b\n"):
        out.write_bytes(content)
        assert log_part(opened(runtime, out, out), KEY)["saves"]
