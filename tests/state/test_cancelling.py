from pathlib import Path

from clausius_panel import store as st
from clausius_panel.model import Cluster
from clausius_panel.state import CancelResult, cancel_selection
from tests.faces import CLUSTER, a_runtime, closed_port, scancelled


def test_nothing_selected_is_nothing_done(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        assert cancel_selection(runtime, [], actor="test") == CancelResult()


def test_each_job_has_its_own_outcome(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        result = cancel_selection(runtime, [(CLUSTER, "1"), (CLUSTER, "404")], actor="test")
    assert result.cancelled == [(CLUSTER, "1")]
    assert list(result.failed) == [(CLUSTER, "404")]
    assert result.failed[(CLUSTER, "404")]
    assert scancelled(tmp_path) == ["1"]


def test_a_cluster_that_cannot_be_asked_keeps_no_other_from_it(tmp_path: Path):
    with a_runtime(
        tmp_path, known_hosts_files=(tmp_path / "known",), ssh_config_file=tmp_path / "none"
    ) as runtime:
        with runtime.store.write() as cur:
            st.put_cluster(cur, Cluster(name="gone", host="127.0.0.1", port=closed_port()))
        result = cancel_selection(runtime, [("gone", "7"), ("gone", "8"), (CLUSTER, "3")], actor="test")
    assert result.cancelled == [(CLUSTER, "3")]
    assert set(result.failed) == {("gone", "7"), ("gone", "8")}


def test_an_unknown_cluster_is_an_answer_and_no_crash(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        result = cancel_selection(runtime, [("nowhere", "7")], actor="test")
    assert "nowhere" in result.failed[("nowhere", "7")]


def test_read_only_refuses_and_says_so(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        with runtime.store.write() as cur:
            st.set_setting(cur, "read_only", True)
        result = cancel_selection(runtime, [(CLUSTER, "1")], actor="test")
    assert "read-only" in result.failed[(CLUSTER, "1")]
    assert scancelled(tmp_path) == []
