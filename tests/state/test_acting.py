from pathlib import Path

from clausius_panel import store as st
from clausius_panel.model import Cluster
from clausius_panel.state import ActResult, act_on
from tests.faces import CLUSTER, a_runtime, changed, closed_port, scancelled


def test_nothing_selected_is_nothing_done(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        assert act_on(runtime, "cancel", [], actor="test") == ActResult(act="cancel")


def test_each_job_has_its_own_outcome(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        result = act_on(runtime, "cancel", [(CLUSTER, "1"), (CLUSTER, "404")], actor="test")
    assert result.done == [(CLUSTER, "1")]
    assert list(result.failed) == [(CLUSTER, "404")]
    assert result.failed[(CLUSTER, "404")]
    assert "cannot come back" in result.undo
    assert scancelled(tmp_path) == ["1"]


def test_every_act_reaches_slurm(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        for act, value in (
            ("hold", ""),
            ("release", ""),
            ("requeue", ""),
            ("top", ""),
            ("nice", "100"),
            ("time_limit", "2:00:00"),
            ("partition", "batch"),
        ):
            result = act_on(runtime, act, [(CLUSTER, "1")], value=value, actor="test")
            assert (result.done, result.failed) == ([(CLUSTER, "1")], {}), act
    assert changed(tmp_path) == [
        "uhold 1",
        "release 1",
        "requeue 1",
        "top 1",
        "update 1 Nice=100",
        "update 1 TimeLimit=2:00:00",
        "update 1 Partition=batch",
    ]


def test_tasks_of_an_array_are_cancelled_once_however_many_of_it_were_selected(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        keys = [(CLUSTER, "7_1"), (CLUSTER, "7_[5-9%2]")]
        result = act_on(runtime, "cancel_tasks", keys, value="5-9", actor="test")
        assert result.done == [(CLUSTER, "7_[5-9]")]
        assert act_on(runtime, "cancel_tasks", keys[:1], value="all", actor="test").done == [(CLUSTER, "7")]
        assert list(act_on(runtime, "cancel_tasks", keys[:1], value="x", actor="test").failed) == [
            (CLUSTER, "7_1")
        ]
    assert scancelled(tmp_path) == ["7_[5-9]", "7"]


def test_a_run_is_cancelled_once_and_as_a_whole(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        runtime.refresh()
        with runtime.store.write() as cur:
            cur.execute("UPDATE jobs SET run_id = '1' WHERE job_id IN ('1', '3')")
            cur.execute("DELETE FROM runs WHERE run_id = '3'")
        keys = [(CLUSTER, "1"), (CLUSTER, "3"), (CLUSTER, "99")]
        result = act_on(runtime, "cancel_run", keys, actor="test")
    assert result.done == [(CLUSTER, "1"), (CLUSTER, "3")]
    assert list(result.failed) == [(CLUSTER, "99")]
    assert scancelled(tmp_path) == ["1", "3"]


def test_a_cluster_that_cannot_be_asked_keeps_no_other_from_it(tmp_path: Path):
    with a_runtime(
        tmp_path, known_hosts_files=(tmp_path / "known",), ssh_config_file=tmp_path / "none"
    ) as runtime:
        with runtime.store.write() as cur:
            st.put_cluster(cur, Cluster(name="gone", host="127.0.0.1", port=closed_port()))
        result = act_on(runtime, "cancel", [("gone", "7"), ("gone", "8"), (CLUSTER, "3")], actor="test")
    assert result.done == [(CLUSTER, "3")]
    assert set(result.failed) == {("gone", "7"), ("gone", "8")}


def test_an_unknown_cluster_is_an_answer_and_no_crash(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        result = act_on(runtime, "hold", [("nowhere", "7")], actor="test")
    assert "nowhere" in result.failed[("nowhere", "7")]


def test_read_only_refuses_and_says_so(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        runtime.refresh()
        with runtime.store.write() as cur:
            st.set_setting(cur, "read_only", True)
        for act in ("cancel", "cancel_run", "hold"):
            result = act_on(runtime, act, [(CLUSTER, "1")], actor="test")
            assert "read-only" in result.failed[(CLUSTER, "1")]
    assert scancelled(tmp_path) == changed(tmp_path) == []
