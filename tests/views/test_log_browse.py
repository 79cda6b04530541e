from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state.log_explorer import LogExplorer
from clausius_panel.views.log_browse import folders_part, records_part, rendered_part
from tests.views.kit import a_job, a_runtime, fill


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


@pytest.fixture
def view(runtime: Runtime, tmp_path: Path) -> LogExplorer:
    """The logs of a job in a directory with one of everything."""
    place = tmp_path / "job"
    (place / "sub dir").mkdir(parents=True)
    (place / "sub dir" / "deep.txt").write_text("12345")
    (place / "way").symlink_to("sub dir")
    (place / ".env").write_text("secret")
    (place / "1.out").write_text("x\n")
    fill(runtime, [a_job(1, stdout_path=str(place / "1.out"), stderr_path="", work_dir=str(place))])
    made = LogExplorer(runtime)
    return asked(made, lambda: made.find(("alpha", "1")))


def asked(view: LogExplorer, question: Any) -> LogExplorer:
    assert view.show(view.begin("asking"), view.ask(question))
    return view


def test_the_tree_has_directories_first_and_says_what_is_hidden(view: LogExplorer):
    [root] = folders_part(view)
    assert (root["kind"], root["is_open"]) == ("directory", False)
    asked(view, lambda: view.open_folder(root["path"]))
    asked(view, lambda: view.open_folder(f"{root['path']}/sub dir"))
    shown = [(row["depth"], row["name"], row["kind"]) for row in folders_part(view)[1:]]
    assert shown == [
        (1, "sub dir", "directory"),
        (2, "deep.txt", "file"),
        (1, "1.out", "file"),
        (1, "way", "link"),
        (1, "1 hidden", "note"),
    ]
    assert folders_part(view)[2]["size"] == "5 bytes"
    assert folders_part(view)[4]["tip"] == "leads to sub dir"


def test_a_directory_that_cannot_be_read_says_why(view: LogExplorer):
    path = view.roots[0]
    Path(path).rename(f"{path} gone")
    asked(view, lambda: view.open_folder(path))
    [_, problem] = folders_part(view)
    assert (problem["kind"], "no such file" in problem["name"]) == ("problem", True)


def test_records_are_told_in_one_line_each(view: LogExplorer):
    path = Path(view.roots[0]) / "a.jsonl"
    path.write_text('{"id": 1, "x": 2}\nnonsense\n')
    asked(view, lambda: view.read_file(str(path)))
    part = records_part(view)
    assert part is not None
    assert part["rows"][0]["text"] == "id: 1"
    assert [row["bad"] for row in part["rows"]] == [False, True]
    assert (part["start"], part["more"], part["chosen"]) == (0, False, None)
    asked(view, lambda: setattr(view, "path", str(path)) or view.read_record(0))
    assert '"x": 2' in (records_part(view) or {})["chosen"]["text"]


def test_markdown_travels_as_a_tree(view: LogExplorer):
    path = Path(view.roots[0]) / "a.md"
    path.write_text("# x\n<b>")
    asked(view, lambda: view.read_file(str(path)))
    part = rendered_part(view.rendered)
    assert part is not None
    assert (part["kind"], part["tree"]) == ("markdown", [["h1", "", ["x"]], ["p", "", ["<b>"]]])
    assert rendered_part(None) is None
