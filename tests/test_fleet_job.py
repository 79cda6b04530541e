from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import clausius_panel as cp
from clausius_panel import job_logs
from clausius_panel.fleet_job import FleetJob
from tests.faces import CLUSTER, changed, data_directory, row, scancelled
from tests.stats_kit import give, quiet_queue


@contextmanager
def a_fleet(root: Path) -> Iterator[cp.Fleet]:
    """A fleet whose cluster tells what jobs use; its Slurm lies in `root`/slurm."""
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(root)) as fleet:
        quiet_queue(root / "slurm")
        give(root / "slurm")
        yield fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[cp.Fleet]:
    with a_fleet(tmp_path) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cp.Fleet]:
    """For tests that change neither the queue nor a job."""
    with a_fleet(Path(tmp_path_factory.mktemp("common"))) as fleet:
        yield fleet


def test_a_job_has_what_its_answer_has(common):
    job = common.job(CLUSTER, 1)
    assert isinstance(job, FleetJob)
    assert (job.job.job_id, job.in_queue, job.evidence) == ("1", True, "")
    assert [event.state for event in job.events] == ["RUNNING"]
    assert job.first_seen == job.last_seen
    assert job.clusters[0].cluster == CLUSTER
    assert job.refresh().job == job.job


def test_a_job_shows_itself_as_text_and_escaped_as_html(fleet, tmp_path):
    (tmp_path / "slurm" / "queue.json").write_text(json.dumps([row(5, Name="<img src=x> \x1b[31mred")]))
    fleet.refresh()
    job = fleet.job(CLUSTER, "5")
    assert repr(job).splitlines()[0] == f"Job 5 on {CLUSTER}"
    assert "\x1b" not in repr(job)
    assert "&lt;img src=x&gt;" in job._repr_html_()
    assert "<img" not in job._repr_html_()


def test_what_it_uses_and_used_is_there(common):
    job = common.job(CLUSTER, "1")
    assert job.stats_history().empty
    assert job.stats().rss_mib == 1024
    assert [gpu.index for gpu in job.stats(by_step=True).devices] == [0, 1]
    assert len(job.stats_history()) == 2
    assert job.stats_history(per_gpu=True)["gpu"].tolist() == ["n1:0", "n1:1"]


def test_its_run_is_found(common):
    assert [line.job.job_id for line in common.job(CLUSTER, "1").run.rows] == ["1"]


def test_it_can_be_held_released_requeued_and_cancelled(fleet, tmp_path):
    job = fleet.job(CLUSTER, "2")
    assert (job.hold().done, job.release().done, job.requeue().done) == (["2"], ["2"], ["2"])
    assert [line.split()[0] for line in changed(tmp_path)] == ["uhold", "release", "requeue"]
    assert job.cancel().cancelled == ["2"]
    assert scancelled(tmp_path) == ["2"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetJob]:
    """A job that has ended and left a log."""
    root = Path(tmp_path_factory.mktemp("written"))
    (root / "1.out").write_text("\x1b[31mstart\x1b[0m\nlast\n")
    facts = {"UserName": getpass.getuser(), "WorkDir": str(root), "STDOUT": str(root / "1.out")}
    with a_fleet(root) as fleet:
        ended = row(1, **facts, STDERR=facts["STDOUT"], State="COMPLETED")
        (root / "slurm" / "queue.json").write_text(json.dumps([ended]))
        fleet.refresh()
        yield fleet.job(CLUSTER, "1")


def test_its_log_is_read_and_its_files_are_listed(written):
    assert written.log(lines=1) == "last\n"
    assert written.log(grep="art") == "start\n"
    assert written.log(offset=3, lines=1) == "last\n"  # from the next beginning of a line on
    assert written.log_files()["label"].tolist() == ["stdout and stderr"]


def test_its_log_is_followed_until_it_has_ended(written, capsys, monkeypatch):
    monkeypatch.setattr(job_logs, "QUIET_S", 0.0)
    assert written.log(follow=True) == ""
    assert capsys.readouterr().out == "start\nlast\n"
    assert "".join(written.log_pieces()) == "start\nlast\n"


def test_ctrl_c_ends_the_following_without_a_traceback(written, capsys, monkeypatch):
    def interrupted(self: FleetJob, **_: object) -> Iterator[str]:
        yield "first\n"
        raise KeyboardInterrupt

    monkeypatch.setattr(FleetJob, "log_pieces", interrupted)
    assert written.log(follow=True) == ""
    assert capsys.readouterr().out.startswith("first\n")


def test_pages_of_trackers_that_its_log_names_are_told(fleet, tmp_path):
    log = tmp_path / "7.out"
    log.write_text("wandb: 🚀 View run sunny at: https://wandb.ai/lab/llm/runs/a1\n")
    facts = {"UserName": getpass.getuser(), "WorkDir": str(tmp_path), "STDOUT": str(log), "STDERR": str(log)}
    (tmp_path / "slurm" / "queue.json").write_text(json.dumps([row(7, **facts)]))
    fleet.refresh()
    [link] = fleet.job(CLUSTER, 7).links()
    assert (link.tracker, link.run, link.url) == ("wandb", "sunny", "https://wandb.ai/lab/llm/runs/a1")


def test_an_attempt_that_was_not_made_is_refused(fleet):
    with pytest.raises(cp.InvalidInput, match="attempt: 9 is unknown"):
        fleet.job(CLUSTER, "1").stats(attempt=9)
