from datetime import UTC, datetime

import pytest

from clausius_panel import actions, config
from clausius_panel import store as st
from clausius_panel.errors import CommandTimeout, InvalidInput, ReadOnly, UnknownCluster
from clausius_panel.model import Cluster, Job
from clausius_panel.slurm import SlurmClient
from clausius_panel.store.audit import audit_rows
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import LocalTransport
from tests.fake_slurm.rows import queued

CONFIG = config.Config()


@pytest.fixture
def client(alpha_store):
    transport = LocalTransport()
    yield SlurmClient(st.get_cluster(alpha_store, "alpha"), transport)
    transport.close()


def test_each_job_is_told_apart(slurm, alpha_store, client):
    slurm.answer(queue=[queued("1"), queued("2")])
    outcome = actions.cancel_jobs(alpha_store, client, ["1", "99", "2"], actor="test")
    assert outcome.cancelled == ["1", "2"]
    assert list(outcome.failed) == ["99"]
    assert "not in the queue" in outcome.failed["99"]


def test_of_a_part_of_an_array_each_task_is_told_apart(slurm, alpha_store, client):
    slurm.answer(queue=[queued("5_18", JobID="118"), queued("5_19", JobID="119"), queued("1")])
    waiting = Job(
        cluster="alpha",
        job_id="5_[18-30]",
        job_id_raw="5",
        submit_time=datetime(2026, 1, 1, tzinfo=UTC),
        array_job_id="5",
        state="PENDING",
    )
    with alpha_store.write() as cur:
        st.merge_queue(cur, "alpha", [waiting], at=datetime.now(UTC))
    outcome = actions.cancel_jobs(alpha_store, client, ["5_[18-19,77]", "1"], actor="test")
    assert outcome.cancelled == ["5_[18-19]", "1"]
    assert list(outcome.failed) == ["5_77"]
    assert {row.target: row.outcome for row in audit_rows(alpha_store)} == {
        "5_[18-19]": "done",
        "5_77": "failed",
        "1": "done",
    }


def test_of_very_many_tasks_it_is_not_said_that_none_was_cancelled(slurm, alpha_store, client):
    slurm.answer(queue=[queued("1")])
    outcome = actions.cancel_jobs(alpha_store, client, ["5_[1-5000]"])
    assert outcome.cancelled == []
    assert "those that are have been cancelled" in outcome.failed["5_[1-5000]"]
    assert slurm.calls.count("scancel") == 1


def test_every_try_leaves_a_row_in_the_audit(slurm, alpha_store, client):
    slurm.answer(queue=[queued("1")])
    actions.cancel_jobs(alpha_store, client, ["1", "99"], actor="test")
    rows = {row.target: (row.actor, row.action, row.cluster, row.outcome) for row in audit_rows(alpha_store)}
    assert rows == {"1": ("test", "cancel", "alpha", "done"), "99": ("test", "cancel", "alpha", "failed")}


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", "1;reboot", "$(touch x)", "1 2", "-u alice", "1\n2", "12.batch", "1_[", "9" * 30, "\uff11\uff12"],
)
def test_one_wrong_id_means_that_nothing_is_cancelled(slurm, alpha_store, client, wrong):
    slurm.answer(queue=[queued("1")])
    with pytest.raises(InvalidInput):
        actions.cancel_jobs(alpha_store, client, ["1", wrong])
    assert slurm.calls == []


def test_the_same_id_twice_is_cancelled_once(slurm, alpha_store, client):
    slurm.answer(queue=[queued("1")])
    outcome = actions.cancel_jobs(alpha_store, client, ["1", " 1 "])
    assert outcome.cancelled == ["1"]
    assert slurm.calls.count("scancel") == 1


def test_no_ids_and_too_many_ids_are_refused(alpha_store, client):
    for ids in ([], [str(number) for number in range(1, 1002)]):
        with pytest.raises(InvalidInput):
            actions.cancel_jobs(alpha_store, client, ids)


def test_read_only_mode_refuses_every_change(slurm, alpha_store, client):
    slurm.answer(queue=[queued("1")])
    actions.set_setting(alpha_store, "read_only", "true")
    before = st.list_clusters(alpha_store)
    for change in (
        lambda: actions.cancel_jobs(alpha_store, client, ["1"]),
        lambda: actions.add_cluster(alpha_store, Cluster(name="beta", host="beta"), config=CONFIG),
        lambda: actions.update_cluster(alpha_store, "alpha", config=CONFIG, description="x"),
        lambda: actions.remove_cluster(alpha_store, "alpha"),
    ):
        with pytest.raises(ReadOnly):
            change()
    assert st.list_clusters(alpha_store) == before
    assert slurm.calls == []
    actions.set_setting(alpha_store, "read_only", False)
    assert actions.cancel_jobs(alpha_store, client, ["1"]).cancelled == ["1"]


def test_a_cancel_that_timed_out_is_recorded_as_unknown(alpha_store):
    dead = FakeTransport(lambda command, stdin: CommandTimeout("alpha", "sh -s", 30))
    with pytest.raises(CommandTimeout):
        actions.cancel_jobs(alpha_store, SlurmClient(Cluster(name="alpha", host="a"), dead), ["1"])
    [row] = audit_rows(alpha_store)
    assert row.outcome == "failed"
    assert row.detail.startswith("unknown")


def test_clusters_are_added_changed_and_removed(alpha_store):
    actions.add_cluster(alpha_store, Cluster(name="beta", host="localhost"), config=CONFIG)
    actions.update_cluster(alpha_store, "beta", config=CONFIG, port=2222, scope="everyone")
    beta = st.get_cluster(alpha_store, "beta")
    assert (beta.host, beta.port, beta.scope) == ("localhost", 2222, "everyone")
    actions.remove_cluster(alpha_store, "beta")
    with pytest.raises(UnknownCluster):
        st.get_cluster(alpha_store, "beta")
    assert [row.action for row in audit_rows(alpha_store)] == ["remove cluster", "update cluster", "add cluster"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: actions.add_cluster(s, Cluster(name="alpha", host="localhost"), config=CONFIG), "cluster"),
        (lambda s: actions.update_cluster(s, "nosuch", config=CONFIG, port=1), "cluster"),
        (lambda s: actions.remove_cluster(s, "nosuch"), "cluster"),
        (lambda s: actions.update_cluster(s, "alpha", config=CONFIG, prot=22), "field"),
        (lambda s: actions.update_cluster(s, "alpha", config=CONFIG, kind="ssh", host="a b; reboot"), "host"),
        (lambda s: actions.update_cluster(s, "alpha", config=CONFIG, port=0), "port"),
        (
            lambda s: actions.add_cluster(s, Cluster(name="new", host="no.such.host.invalid"), config=CONFIG),
            "host",
        ),
        (lambda s: actions.update_cluster(s, "alpha", config=CONFIG, key_file="/no/such/key"), "key_file"),
        (lambda s: actions.set_setting(s, "no_such_setting", 1), "setting"),
        (lambda s: actions.set_setting(s, "refresh_interval_s", 1), "refresh_interval_s"),
        (lambda s: actions.set_setting(s, "read_only", "maybe"), "read_only"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_written(alpha_store, change, what):
    revision = alpha_store.revision
    with pytest.raises(InvalidInput) as caught:
        change(alpha_store)
    assert caught.value.what == what
    assert alpha_store.revision == revision


def test_a_test_of_the_connection_says_who_and_what_is_there(alpha_store, slurm, client):
    slurm.answer(version="23.11.10")
    report = actions.test_cluster(alpha_store, client)
    assert (report.version, report.slurm_cluster, report.accounting) == ("23.11.10", "fake", "yes")
