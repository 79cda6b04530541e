from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import clausius_panel as cp
from clausius_panel import job_logs
from clausius_panel.fleet_job import FleetJob
from tests.faces import CLUSTER, changed, data_directory, row, scancelled
from tests.stats_kit import give, quiet_queue


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    return tmp_path / "slurm"


@pytest.fixture
def fleet(tmp_path: Path, slurm: Path) -> Iterator[cp.Fleet]:
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(tmp_path)) as fleet:
        quiet_queue(slurm)
        give(slurm)
        yield fleet


def test_a_job_has_what_its_answer_has(fleet):
    job = fleet.job(CLUSTER, 1)
    assert isinstance(job, FleetJob)
    assert (job.job.job_id, job.in_queue, job.evidence) == ("1", True, "")
    assert [event.state for event in job.events] == ["RUNNING"]
    assert job.first_seen == job.last_seen
    assert job.clusters[0].cluster == CLUSTER
    assert job.refresh().job == job.job


def test_a_job_shows_itself_as_text_and_escaped_as_html(fleet, slurm):
    (slurm / "queue.json").write_text(json.dumps([row(5, Name="<img src=x> \x1b[31mred")]))
    fleet.refresh()
    job = fleet.job(CLUSTER, "5")
    assert repr(job).splitlines()[0] == f"Job 5 on {CLUSTER}"
    assert "\x1b" not in repr(job)
    assert "&lt;img src=x&gt;" in job._repr_html_()
    assert "<img" not in job._repr_html_()


def test_what_it_uses_and_used_is_there(fleet):
    job = fleet.job(CLUSTER, "1")
    assert job.stats_history().empty
    assert job.stats().rss_mib == 1024
    assert [gpu.index for gpu in job.stats(by_step=True).devices] == [0, 1]
    assert len(job.stats_history()) == 2
    assert job.stats_history(per_gpu=True)["gpu"].tolist() == ["n1:0", "n1:1"]


def test_its_run_is_found(fleet):
    assert [line.job.job_id for line in fleet.job(CLUSTER, "1").run.rows] == ["1"]


def test_it_can_be_held_released_requeued_and_cancelled(fleet, tmp_path):
    job = fleet.job(CLUSTER, "2")
    assert (job.hold().done, job.release().done, job.requeue().done) == (["2"], ["2"], ["2"])
    assert [line.split()[0] for line in changed(tmp_path)] == ["uhold", "release", "requeue"]
    assert job.cancel().cancelled == ["2"]
    assert scancelled(tmp_path) == ["2"]


@pytest.fixture
def written(fleet: cp.Fleet, slurm: Path, tmp_path: Path) -> FleetJob:
    """A job that has ended and left a log."""
    (tmp_path / "1.out").write_text("\x1b[31mstart\x1b[0m\nlast\n")
    facts = {"UserName": getpass.getuser(), "WorkDir": str(tmp_path), "STDOUT": str(tmp_path / "1.out")}
    (slurm / "queue.json").write_text(json.dumps([row(1, **facts, STDERR=facts["STDOUT"], State="COMPLETED")]))
    fleet.refresh()
    return fleet.job(CLUSTER, "1")


def test_its_log_is_read_and_its_files_are_listed(written):
    assert written.log(lines=1) == "last\n"
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
