from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import clausius_panel as cp
from tests.faces import CLUSTER, data_directory, row


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cp.Fleet]:
    """A fleet with a job, 1, that has ended and left a log of ten lines."""
    root = tmp_path_factory.mktemp("written")
    log = Path(root) / "1.out"
    log.write_text("".join(f"\x1b[1mline {number}\x1b[0m\n" for number in range(10)))
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(root)) as fleet:
        facts = {"UserName": getpass.getuser(), "WorkDir": str(root), "STDOUT": str(log), "STDERR": str(log)}
        (root / "slurm" / "queue.json").write_text(json.dumps([row(1, **facts, State="COMPLETED")]))
        fleet.refresh()
        yield fleet


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"lines": 2}, "line 8\nline 9\n"),
        ({"lines": 2, "offset": 0}, "line 0\nline 1\n"),
        ({"lines": 1, "offset": 1}, "line 1\n"),
        ({"grep": "ine 3"}, "line 3\n"),
        ({"grep": "nowhere"}, ""),
        ({"path": "1.out", "lines": 1, "stderr": True}, "line 9\n"),
    ],
)
def test_a_log_is_read_from_its_end_from_a_byte_on_or_searched(written, asked, text):
    path = {"path": str(written.log_files(CLUSTER, 1)["path"].iloc[0])} if "path" in asked else {}
    assert written.log(CLUSTER, 1, **{**asked, **path}) == text


def test_files_and_rules_are_frames_and_lists(written):
    assert written.log_files(CLUSTER, "1")["label"].tolist() == ["stdout and stderr"]
    written.add_path_base("/logs/%u", cluster=CLUSTER)
    assert written.path_bases()["template"].tolist() == ["/logs/%u"]
    written.remove_path_base("/logs/%u", cluster=CLUSTER)
    assert written.path_bases().empty
    assert written.log_rules("crash") == []
