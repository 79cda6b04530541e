import pytest

from clausius_panel import actions, control
from clausius_panel import store as st
from clausius_panel.errors import CommandTimeout, InvalidInput, ReadOnly
from clausius_panel.model import Cluster
from clausius_panel.slurm import SlurmClient
from clausius_panel.store.audit import audit_rows
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import LocalTransport
from tests.fake_slurm.rows import queued
from tests.store.kit import a_job, look

SCONTROL = """#!/bin/sh
echo "0 scontrol $*" >> "$(dirname "$0")/calls.log"
case "$*" in *99*) echo "Access/permission denied for job 99" >&2; exit 1 ;; esac
"""


@pytest.fixture
def client(slurm, alpha_store):
    (slurm.directory / "scontrol").write_text(SCONTROL)
    transport = LocalTransport()
    yield SlurmClient(st.get_cluster(alpha_store, "alpha"), transport)
    transport.close()


def commands(slurm):
    log = slurm.directory / "calls.log"
    return [line.split(" ", 2)[2] for line in log.read_text().splitlines()] if log.exists() else []


def test_each_job_is_told_apart_and_leaves_a_row(slurm, alpha_store, client):
    outcome = control.hold(alpha_store, client, ["1", "99", "2_[3-4]"], actor="test")
    assert outcome.done == ["1", "2_[3-4]"]
    assert "may not" in outcome.failed["99"]
    assert outcome.undo == "release it"
    rows = {row.target: (row.actor, row.action, row.outcome) for row in audit_rows(alpha_store)}
    assert rows["1"] == ("test", "hold", "done")
    assert rows["99"] == ("test", "hold", "failed")


@pytest.mark.parametrize(
    ("act", "line"),
    [
        (lambda *a: control.hold(*a), "uhold 5"),
        (lambda *a: control.release(*a), "release 5"),
        (lambda *a: control.requeue(*a), "requeue 5"),
        (lambda *a: control.to_top(*a), "top 5"),
        (lambda *a: control.set_nice(*a, 100), "update JobId=5 Nice=100"),
        (lambda *a: control.set_time_limit(*a, "1:00:00"), "update JobId=5 TimeLimit=1:00:00"),
        (lambda *a: control.set_partition(*a, "gpu"), "update JobId=5 Partition=gpu"),
    ],
)
def test_each_verb_is_one_command(slurm, alpha_store, client, act, line):
    assert act(alpha_store, client, ["5"]).done == ["5"]
    assert commands(slurm) == [line]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s, c: control.hold(s, c, ["1", "$(touch x)"]),
        lambda s, c: control.hold(s, c, []),
        lambda s, c: control.set_partition(s, c, ["1"], "a b"),
        lambda s, c: control.set_time_limit(s, c, ["1"], "soon"),
        lambda s, c: control.run_script(s, c, ""),
        lambda s, c: control.run_script(s, c, "x", interpreter="perl"),
        lambda s, c: control.cancel_run(s, c, "404"),
    ],
)
def test_a_wrong_value_means_that_nothing_is_done(slurm, alpha_store, client, wrong):
    with pytest.raises(InvalidInput):
        wrong(alpha_store, client)
    assert commands(slurm) == []
    assert audit_rows(alpha_store) == []


def test_read_only_mode_refuses_all_of_them(slurm, alpha_store, client):
    actions.set_setting(alpha_store, "read_only", "true")
    for act in (
        lambda: control.hold(alpha_store, client, ["1"]),
        lambda: control.set_nice(alpha_store, client, ["1"], 5),
        lambda: control.cancel_run(alpha_store, client, "1"),
        lambda: control.run_script(alpha_store, client, "echo x", interpreter="bash"),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert commands(slurm) == []


def test_what_timed_out_is_recorded_as_unknown(alpha_store):
    look(alpha_store, a_job(1))
    dead = SlurmClient(
        Cluster(name="alpha", host="a"), FakeTransport(lambda command, stdin: CommandTimeout("alpha", "sh -s", 30))
    )
    for act in (
        lambda: control.hold(alpha_store, dead, ["1"]),
        lambda: control.cancel_run(alpha_store, dead, "1"),
    ):
        with pytest.raises(CommandTimeout):
            act()
    assert [row.detail.partition(":")[0] for row in audit_rows(alpha_store)] == ["unknown", "unknown"]


def test_a_run_is_cancelled_job_by_job_and_arrays_as_a_whole(slurm, alpha_store, client):
    look(
        alpha_store,
        a_job(1, "x"),
        a_job("2_[1-9]", "x", 1, array_job_id="2", array_task_id="1-9"),
        a_job("2_0", "x", 1, job_id_raw="3", array_job_id="2", array_task_id="0", state="RUNNING"),
        a_job(9, "other", 90),
        ended=(a_job(4, "x", 2, state="FAILED"),),
    )
    slurm.answer(queue=[queued("1"), queued("2")])
    outcome = control.cancel_run(alpha_store, client, "3", actor="test")
    assert outcome.done == ["1", "2"]
    assert {row.detail for row in audit_rows(alpha_store)} == {"run 1"}
    look(alpha_store, a_job(9, "other", 90))
    with pytest.raises(InvalidInput, match="no job in the queue"):
        control.cancel_run(alpha_store, client, "1")


def test_a_script_runs_where_the_cluster_is_and_leaves_a_row(alpha_store, client):
    outcome = control.run_script(alpha_store, client, "echo hi; exit 4", interpreter="bash", actor="mcp")
    assert (outcome.stdout, outcome.exit_code) == ("hi\n", 4)
    [row] = audit_rows(alpha_store)
    assert (row.actor, row.action, row.target) == ("mcp", "run script", "bash: echo hi; exit 4")
    assert (row.outcome, row.detail) == ("failed", "exit 4")


def test_a_slow_script_does_not_close_the_cluster_for_others(slurm, alpha_store, client):
    outcome = control.run_script(alpha_store, client, "sleep 30", interpreter="bash", timeout_s=1)
    assert outcome.timed_out
    assert audit_rows(alpha_store)[0].detail == "did not end in time"
    assert control.hold(alpha_store, client, ["1"]).done == ["1"]


def test_where_nothing_was_done_there_is_nothing_to_take_back(slurm, alpha_store, client):
    assert control.hold(alpha_store, client, ["99"], actor="test").undo == ""
