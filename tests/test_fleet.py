from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import clausius_panel as cp
from clausius_panel.errors import InvalidInput
from clausius_panel.simulator import DemoFleet
from tests.faces import CLUSTER, JOB_NAME, changed, closed_port, data_directory, scancelled


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[cp.Fleet]:
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(tmp_path)) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[cp.Fleet, Path]]:
    """For tests that only read, or are refused: a fleet and its root."""
    root = Path(tmp_path_factory.mktemp("common"))
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(root)) as fleet:
        yield fleet, root


def test_every_public_name_is_there_and_they_are_few():
    assert len(cp.__all__) <= 15
    assert all(getattr(cp, name) is not None for name in cp.__all__)
    assert set(cp.__all__) <= set(dir(cp))
    with pytest.raises(AttributeError, match="nosuch"):
        cp.nosuch  # noqa: B018 - the access is the test


def test_demo_is_the_function_although_a_subpackage_bears_the_name():
    assert DemoFleet.__module__.startswith("clausius_panel.simulator")
    assert callable(cp.demo)


def test_jobs_are_a_frame_with_aware_times(common):
    fleet, _ = common
    jobs = fleet.jobs()
    assert len(jobs) == 3
    assert str(jobs["submit_time"].dt.tz) == "UTC"
    assert set(fleet.jobs(states=["pending"])["name"]) == {JOB_NAME}


def test_counts_add_up_to_the_jobs(common):
    fleet, _ = common
    counts = fleet.counts()
    assert counts["jobs"].sum() == len(fleet.jobs())
    assert counts.set_index("state").loc["RUNNING", "gpus"] == 16


def test_status_has_a_row_for_each_cluster_with_the_age_of_its_data(common):
    fleet, _ = common
    status = fleet.status()
    assert list(status.index) == [CLUSTER]
    assert status.loc[CLUSTER, "running"] == 2
    assert status.loc[CLUSTER, "running_gpus"] == 16
    assert status.loc[CLUSTER, "age_s"] < 60


def test_a_frame_of_jobs_tells_how_old_each_clusters_data_are(common):
    [age] = common[0].jobs().attrs["clusters"]
    assert age["cluster"] == CLUSTER
    assert set(age) >= {"as_of", "age_s", "source", "error"}


def test_what_is_no_filter_is_named(common):
    with pytest.raises(InvalidInput, match="'limit'"):
        common[0].jobs(limit=-1)


def test_a_fleet_without_clusters_gives_empty_frames_with_columns(tmp_path: Path):
    with cp.Fleet(environ={}, file="/dev/null", data_dir=tmp_path) as fleet:
        assert list(fleet.jobs()["job_id"]) == []
        assert list(fleet.counts()["jobs"]) == []
        assert list(fleet.status()["error"]) == []
        assert "no cluster is configured yet" in repr(fleet)


def test_one_job_has_its_story(common):
    fleet, _ = common
    assert [event.state for event in fleet.job(CLUSTER, "1").events] == ["RUNNING"]


def test_cancel_takes_one_id_or_many(fleet, tmp_path: Path):
    assert fleet.cancel(CLUSTER, "1").cancelled == ["1"]
    assert list(fleet.cancel(CLUSTER, ["3", "404"]).failed) == ["404"]
    assert scancelled(tmp_path) == ["1", "3"]


def test_whole_numbers_are_job_ids_wherever_they_come_from(fleet, tmp_path: Path):
    ids = pd.Series([1, 404])
    assert list(fleet.cancel(CLUSTER, ids).failed) == ["404"]
    assert fleet.hold(CLUSTER, 3).done == ["3"]
    assert fleet.pin(CLUSTER, ids[:1]) == 1
    assert fleet.run(CLUSTER, ids[0]).summary.jobs == 1
    assert scancelled(tmp_path) == ["1"]


def test_a_script_is_run_on_the_cluster_and_its_outcome_told(fleet):
    assert fleet.run_script(CLUSTER, "#!/usr/bin/python3\nprint(6 * 7)").stdout == "42\n"
    assert fleet.run_script(CLUSTER, "exit 3").exit_code == 3


def test_the_jobs_of_a_project_are_a_frame(fleet):
    fleet.refresh()
    name = fleet.projects()["name"].iloc[0]
    assert not fleet.project_jobs(name).empty
    assert fleet.project_jobs(name, campaign="nosuch").columns.tolist()[:2] == ["cluster", "job_id"]


def test_jobs_are_held_released_and_requeued(fleet, tmp_path: Path):
    assert fleet.hold(CLUSTER, "1").done == ["1"]
    assert list(fleet.release(CLUSTER, ["1", "404"]).failed) == ["404"]
    assert fleet.requeue(CLUSTER, "3").done == ["3"]
    assert changed(tmp_path) == ["uhold 1", "release 1", "requeue 3"]


def test_showing_a_fleet_asks_no_cluster_and_escapes_what_it_shows(fleet, tmp_path: Path):
    assert f"{CLUSTER}  never answered" in repr(fleet)
    assert not (tmp_path / "slurm" / "calls.log").exists()
    fleet.add_cluster("gone", "127.0.0.1", port=closed_port())
    assert [age.cluster for age in fleet.refresh()] == [CLUSTER, "gone"]
    shown = fleet._repr_html_()
    assert "<td>gone</td>" in shown
    assert "refused" in shown


@pytest.mark.parametrize(
    ("do", "value"),
    [
        (lambda fleet: fleet.jobs(clusters=["nosuch"]), "nosuch"),
        (lambda fleet: fleet.counts(states=["dancing"]), "DANCING"),
        (lambda fleet: fleet.counts(states="dancing"), "DANCING"),
        (lambda fleet: fleet.jobs(state=["failed"]), "state"),
        (lambda fleet: fleet.job(CLUSTER, "one"), "one"),
        (lambda fleet: fleet.job("nosuch", "1"), "nosuch"),
        (lambda fleet: fleet.cancel("nosuch", "1"), "nosuch"),
        (lambda fleet: fleet.cancel(CLUSTER, "1;reboot"), "1;reboot"),
        (lambda fleet: fleet.cancel(CLUSTER, [1.5]), "1.5"),
        (lambda fleet: fleet.hold(CLUSTER, None), "None"),
        (lambda fleet: fleet.log(CLUSTER, True), "True"),
        (lambda fleet: fleet.log(CLUSTER, 1, since=5), "since"),
        (lambda fleet: fleet.job(CLUSTER, 1).log(follow=True, grep="x"), "True"),
        (lambda fleet: fleet.add_cluster("new", "no such"), "no such"),
        (lambda fleet: fleet.add_cluster("new", "nosuchhost.invalid"), "nosuchhost.invalid"),
        (lambda fleet: fleet.add_cluster("new", "127.0.0.1", port=99999), "99999"),
        (lambda fleet: fleet.add_cluster("new", "127.0.0.1", key_file="/nosuch/key"), "/nosuch/key"),
    ],
)
def test_bad_input_is_refused_with_its_value_and_nothing_is_written(common, do, value):
    fleet, root = common
    before = fleet.clusters
    with pytest.raises(cp.InvalidInput, match=r"is (not valid|unknown)") as refused:
        do(fleet)
    assert value in str(refused.value)
    assert fleet.clusters == before
    assert scancelled(root) == []


def test_a_single_name_stands_for_a_list_of_one(common):
    fleet, _ = common
    assert list(fleet.jobs(users="bob", states="running")["job_id"]) == ["3"]
    assert list(fleet.jobs(text="bob", users=["bob"])["job_id"]) == ["3"]


def test_an_unknown_argument_is_refused(tmp_path: Path):
    with pytest.raises(cp.InvalidInput, match="colour"):
        cp.Fleet(data_dir=tmp_path, colour="red")


def test_the_demo_fleet_answers_shows_its_logs_and_leaves_nothing_behind():
    with cp.demo(seed=3) as fleet:
        directory = fleet.runtime.config.data_dir
        jobs = fleet.jobs()
        assert set(jobs["cluster"]) == {"cinder", "tarn", "moraine"}
        assert {"running", "pending", "failed", "completed"} <= set(jobs["family"])
        assert directory.exists()
        running = fleet.jobs(states=["running"], clusters=["cinder"], mine=True).iloc[0]
        files = fleet.log_files("cinder", running["job_id"])
        text = fleet.log("cinder", running["job_id"], lines=5)
        assert "stdout" in files["label"].iloc[0]
        assert 1 <= len(text.splitlines()) <= 5
        with pytest.raises(cp.InvalidInput, match="outside"):
            fleet.log("cinder", running["job_id"], path="/etc/hostname")
    assert not directory.exists()
    fleet.close()
    assert str(directory) in repr(fleet)
    assert str(directory) in fleet._repr_html_()


def test_the_board_is_a_view_that_needs_no_network(common):
    # in a process of its own, because Panel's settings are the process's
    _, root = common
    code = (
        "import clausius_panel as cp, panel as pn\n"
        f"with cp.Fleet(environ={{}}, file='/dev/null', data_dir={str(root / 'data')!r}) as fleet:\n"
        "    print(isinstance(fleet.board(), pn.viewable.Viewer), pn.config.inline)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True True\n"


def test_a_backfill_can_begin_at_a_day(common):
    with pytest.raises(cp.InvalidInput, match="2999-01-01T00:00:00"):
        common[0].backfill(CLUSTER, since=date(2999, 1, 1))
