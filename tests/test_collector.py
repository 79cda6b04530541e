import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel import actions, queries
from clausius_panel import store as st
from clausius_panel.collector import Collector, _jitter
from clausius_panel.config import Config
from clausius_panel.errors import AuthenticationRefused, CircuitOpen, StoreError, Unreachable
from clausius_panel.model import Cluster
from clausius_panel.slurm import SlurmClient
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import LocalTransport
from clausius_panel.transport.breaker import Breaker
from tests.fake_slurm.rows import accounted, queued


def states(alpha_store):
    return {job.job_id: job.state for job in queries.jobs(alpha_store, max_age_s=None).jobs}


def test_a_refresh_brings_the_queue_into_the_store(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1"), queued("2_[3-9%2]", "PENDING", Reason="Priority")])
    answer = look()
    assert (answer.source, answer.error) == ("live", "")
    assert states(alpha_store) == {"1": "RUNNING", "2_[3-9%2]": "PENDING"}


def test_young_data_are_not_asked_for_again(slurm, collector):
    collector.refresh("alpha")
    asked = len(slurm.calls)
    again = collector.refresh("alpha", max_age_s=30)
    assert (again.source, len(slurm.calls)) == ("store", asked)


def test_the_floor_holds_even_when_forced(slurm, collector):
    collector.refresh("alpha")
    asked = len(slurm.calls)
    collector.refresh("alpha", max_age_s=0, force=True)
    assert len(slurm.calls) == asked


def test_data_from_before_an_act_are_not_young(slurm, alpha_store, collector):
    collector.refresh("alpha")
    asked = len(slurm.calls)
    with alpha_store.write() as cur:
        cur.execute(
            "UPDATE cluster_state SET last_attempt = last_attempt - INTERVAL 20 SECOND, "
            "jobs_as_of = jobs_as_of - INTERVAL 20 SECOND"
        )
        told = {"actor": "cli", "target": "1", "outcome": "done"}
        st.append_audit(cur, action="star", cluster="alpha", **told)
    assert collector.refresh("alpha", max_age_s=30).source == "store"
    with alpha_store.write() as cur:
        st.append_audit(cur, action="cancel", cluster="alpha", **told)
    assert collector.refresh("alpha", max_age_s=30).source == "live"
    assert len(slurm.calls) > asked


FAILURES = {
    "exit 1": {"rc": 1, "stderr": "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"},
    "empty": {"rc": 0},
    "garbage": {"rc": 0, "stdout": "\x00\xff no header here\n"},
    "time-out": {"rc": 124},
    "header only of another command": {"rc": 0, "stdout": "NODELIST\n"},
}


@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES.keys())
def test_a_squeue_that_fails_changes_no_job(slurm, alpha_store, look, fault):
    slurm.answer(queue=[queued("1"), queued("2", "PENDING")])
    look()
    before = queries.jobs(alpha_store).jobs
    slurm.answer(faults={"squeue": fault})
    answer = look()
    assert answer.error
    assert answer.error_kind in {"failed", "timeout", "parse"}
    assert queries.jobs(alpha_store).jobs == before


def test_data_keep_their_age_while_the_cluster_fails(slurm, look):
    slurm.answer(queue=[queued("1")])
    good = look()
    slurm.answer(faults={"squeue": FAILURES["exit 1"]})
    first, second = look(), look()
    assert first.as_of == second.as_of == good.as_of
    assert first.error_since == second.error_since


def test_an_empty_queue_is_believed_when_squeue_says_so(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")])
    look()
    slurm.answer(queue=[])
    assert look().error == ""
    assert states(alpha_store) == {"1": "UNKNOWN"}


def test_a_job_that_vanished_is_unknown_until_accounting_tells(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1"), queued("2")])
    look()
    slurm.answer(queue=[queued("2")])
    look()
    assert states(alpha_store) == {"1": "UNKNOWN", "2": "RUNNING"}
    slurm.answer(queue=[queued("2")], accounted=[accounted("1", "OUT_OF_MEMORY", ExitCode="0:125")])
    look()
    detail = queries.job(alpha_store, cluster="alpha", job_id="1")
    assert (detail.job.state, detail.job.exit_code, detail.evidence) == ("OUT_OF_MEMORY", "0:125", "sacct")
    assert [event.state for event in detail.events] == ["RUNNING", "UNKNOWN", "OUT_OF_MEMORY"]


def test_a_final_state_in_squeue_is_evidence(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")])
    look()
    slurm.answer(queue=[queued("1", "FAILED", exit_code=256)])
    look()
    slurm.answer(queue=[])
    look()
    detail = queries.job(alpha_store, cluster="alpha", job_id="1")
    assert (detail.job.state, detail.job.exit_code, detail.evidence) == ("FAILED", "1:0", "squeue")


def test_lost_jobs_are_looked_up_by_id_and_not_for_ever(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")])
    look()
    slurm.answer(queue=[])
    look()
    asked = slurm.calls.count("sacct")
    look()
    assert slurm.calls.count("sacct") == asked + 2  # the window, and the lost one
    with alpha_store.write() as cur:
        cur.execute("UPDATE jobs SET lookups = lookups + 1000")
    look()
    assert slurm.calls.count("sacct") == asked + 3


def test_without_accounting_the_rest_works_and_says_so(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")], accounting="accounting_storage/none")
    answer = look()
    [status] = queries.cluster_status(alpha_store)
    assert answer.error == ""
    assert status.accounting == "no"
    assert "accounts" in status.warning
    look()
    assert slurm.calls.count("sacct") <= 1


def test_a_failing_sacct_is_a_warning_not_an_error(slurm, alpha_store, look):
    down = {"rc": 1, "stderr": "sacct: error: Problem talking to the database: Connection refused"}
    slurm.answer(queue=[queued("1")], faults={"sacct": down})
    assert look().error == ""
    [status] = queries.cluster_status(alpha_store)
    assert "ended jobs" in status.warning
    assert states(alpha_store) == {"1": "RUNNING"}


def test_two_processes_asking_at_once_cost_one_poll(slurm, new_collector):
    slurm.answer(queue=[queued("1")], faults={"squeue": {"sleep": 0.5}})
    collectors = [new_collector() for _ in range(4)]
    answers = []
    threads = [threading.Thread(target=lambda c=c: answers.append(c.refresh("alpha"))) for c in collectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert slurm.calls.count("squeue") == 1
    assert len({answer.as_of for answer in answers}) == 1
    assert sorted(answer.source for answer in answers) == ["live", "store", "store", "store"]


def test_whoever_cannot_wait_gets_the_older_data_labelled(slurm, alpha_store, look, collector):
    slurm.answer(queue=[queued("1")])
    good = look()
    slurm.answer(queue=[queued("1")], faults={"squeue": {"sleep": 3}})
    with alpha_store.write() as cur:
        cur.execute("UPDATE cluster_state SET last_attempt = NULL")
    hurried = collector.refresh("alpha", force=True, wait_s=0.2)
    assert hurried.as_of == good.as_of
    assert hurried.error_kind == "busy"


def test_a_slow_cluster_does_not_delay_the_others(slurm, alpha_store, collector, tmp_path):
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "squeue").write_text("#!/bin/sh\nsleep 20\n")
    (slow / "squeue").chmod(0o755)
    with alpha_store.write() as cur:
        st.put_cluster(cur, Cluster(name="slow", kind="local", slurm_path=str(slow)))
    started = time.monotonic()
    by_name = {found.cluster: found for found in collector.refresh_many(["slow", "alpha"], wait_s=5)}
    assert time.monotonic() - started < 15
    assert by_name["alpha"].source == "live"
    assert by_name["slow"].error_kind == "busy"


def test_failures_in_a_row_are_asked_less_and_less(slurm, alpha_store, collector):
    slurm.answer(faults={"squeue": FAILURES["exit 1"]})
    pauses = []
    for _ in range(3):
        with alpha_store.write() as cur:
            cur.execute("UPDATE cluster_state SET last_attempt = NULL, next_attempt = NULL")
        collector.refresh("alpha", max_age_s=0)
        state = st.cluster_states(alpha_store)["alpha"]
        pauses.append((state.next_attempt - state.last_attempt).total_seconds())
    assert pauses[0] < pauses[1] < pauses[2]
    asked = len(slurm.calls)
    collector.refresh("alpha", max_age_s=0)
    assert len(slurm.calls) == asked


@pytest.mark.parametrize("failures", range(8))
def test_a_pause_begins_when_the_attempt_has_failed_and_outlasts_that_of_the_line(alpha_store, tmp_path, failures):
    def fail(command, stdin):
        time.sleep(0.3)  # as long as nobody answers
        line.failed(error := Unreachable("alpha", "no answer in time"))
        failed.append(datetime.now(UTC))
        return error

    failed, line = [], Breaker("alpha", clock=time.time)
    for _ in range(failures):
        line.failed(Unreachable("alpha", "no answer in time"))
    state = st.ClusterState(cluster="alpha", failures=failures)
    with alpha_store.write() as cur:
        st.put_cluster_state(cur, state)
    client = SlurmClient(st.get_cluster(alpha_store, "alpha"), FakeTransport(fail))
    collector = Collector(alpha_store, lambda name: client, locks=tmp_path / "locks")
    collector.refresh("alpha", max_age_s=0)
    collector.close()
    after = st.cluster_states(alpha_store)["alpha"]
    pause_s = (after.next_attempt - failed[0]).total_seconds()
    told_s = min(300, 10 * 2**failures) * (1 + _jitter(state))
    assert told_s <= pause_s < told_s + 5
    with pytest.raises(CircuitOpen) as caught:
        line.check()
    assert datetime.now(UTC) + timedelta(seconds=caught.value.retry_in_s) < after.next_attempt


def test_a_line_that_is_not_tried_yet_is_asked_when_it_may_be_and_makes_no_pause_longer(alpha_store, tmp_path):
    answers = iter([Unreachable("alpha", "no route"), *(CircuitOpen("alpha", 20, "no banner") for _ in range(2))])
    client = SlurmClient(st.get_cluster(alpha_store, "alpha"), FakeTransport(lambda command, stdin: next(answers)))
    collector = Collector(alpha_store, lambda name: client, locks=tmp_path / "locks")
    collector.refresh("alpha")
    before = st.cluster_states(alpha_store)["alpha"]
    for _ in range(2):
        with alpha_store.write() as cur:
            cur.execute("UPDATE cluster_state SET last_attempt = last_attempt - INTERVAL 1 MINUTE")
        asked = datetime.now(UTC)
        answer = collector.refresh("alpha", force=True)
        assert (answer.error, answer.error_kind) == ("alpha: no banner", "unreachable")
        state = st.cluster_states(alpha_store)["alpha"]
        assert timedelta(seconds=20) <= state.next_attempt - asked < timedelta(seconds=25)
        assert (state.failures, state.error_since) == (1, before.error_since)
    collector.close()


def test_a_refused_login_is_not_tried_again_soon(alpha_store, tmp_path):
    refused = FakeTransport(lambda command, stdin: AuthenticationRefused("alpha", "no key was accepted"))
    client = SlurmClient(st.get_cluster(alpha_store, "alpha"), refused)
    collector = Collector(alpha_store, lambda name: client, locks=tmp_path / "locks")
    answer = collector.refresh("alpha")
    collector.close()
    state = st.cluster_states(alpha_store)["alpha"]
    assert answer.error_kind == "refused"
    assert state.next_attempt - state.last_attempt >= timedelta(seconds=120)


@pytest.mark.parametrize(
    "mend",
    [
        lambda store, client: actions.try_again(store, "alpha"),
        lambda store, client: actions.test_cluster(store, client),
        lambda store, client: actions.update_cluster(store, "alpha", config=Config(), user="bob"),
    ],
)
def test_what_kept_us_out_and_was_mended_is_tried_at_once(slurm, alpha_store, tmp_path, mend):
    answers = iter([AuthenticationRefused("alpha", "no key was accepted")])
    client = SlurmClient(st.get_cluster(alpha_store, "alpha"), FakeTransport(lambda command, stdin: next(answers)))
    working = SlurmClient(st.get_cluster(alpha_store, "alpha"), LocalTransport())
    clients = iter([client, working])
    collector = Collector(alpha_store, lambda name: next(clients), locks=tmp_path / "locks")
    assert collector.refresh("alpha").error_kind == "refused"
    assert collector.refresh("alpha", max_age_s=0).error_kind == "refused"
    mend(alpha_store, working)
    assert collector.refresh("alpha").source == "live"
    collector.close()


def test_a_success_ends_the_back_off(slurm, alpha_store, look):
    slurm.answer(faults={"squeue": FAILURES["exit 1"]})
    look()
    slurm.answer(queue=[])
    assert look().error == ""
    state = st.cluster_states(alpha_store)["alpha"]
    assert (state.failures, state.next_attempt, state.error_since) == (0, None, None)


def test_a_minute_of_looking_stays_within_the_budget(slurm, alpha_store, collector):
    """One viewer asks every second; the clock is moved instead of waiting."""

    def pass_seconds(seconds):
        past = (
            "last_attempt = last_attempt - to_seconds($1), jobs_as_of = jobs_as_of - to_seconds($1), "
            "nodes_as_of = nodes_as_of - to_seconds($1), accounted_until = accounted_until - to_seconds($1)"
        )
        with alpha_store.write() as cur:
            cur.execute(f"UPDATE cluster_state SET {past}", [seconds])

    slurm.answer(queue=[queued("1")], nodes=[])
    for _ in range(12):
        collector.refresh("alpha")
        pass_seconds(5)
    first_minute = len(slurm.calls)
    for _ in range(12):
        collector.refresh("alpha")
        pass_seconds(5)
    assert first_minute <= 6
    assert len(slurm.calls) - first_minute <= 4


def test_the_cost_is_written_down(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")])
    look()
    [status] = queries.cluster_status(alpha_store, now=datetime.now(UTC) + timedelta(seconds=1))
    assert status.commands_per_min == len(slurm.calls)


def test_a_requeued_job_is_a_new_attempt(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1")])
    look()
    again = queued("1", "PENDING", SubmitTime="2026-01-01T11:00:00", Reason="BeginTime")
    slurm.answer(queue=[again], accounted=[accounted("1", "PREEMPTED")])
    look()
    both = queries.jobs(alpha_store, max_age_s=None).jobs
    assert sorted(job.state for job in both) == ["PENDING", "PREEMPTED"]


def test_hostile_names_arrive_whole(slurm, alpha_store, look):
    name = "$(touch x) | 'q' \"d\" <img onerror=alert(1)>\nnew line é 🚀 100%"
    slurm.answer(queue=[queued("1", Name=name)])
    look()
    [job] = queries.jobs(alpha_store).jobs
    assert job.name == name


def test_what_did_not_change_stays_as_it_was_and_runs_on(slurm, alpha_store, look):
    slurm.answer(queue=[queued("1"), queued("2", "PENDING", Reason="Priority")])
    look()
    slurm.answer(queue=[queued("1", TimeUsed="2:00"), queued("2", "PENDING", Reason="Resources")])
    look()
    by_id = {job.job_id: job for job in queries.jobs(alpha_store).jobs}
    assert by_id["1"].elapsed_s == 120
    assert by_id["2"].reason == "Resources"
    assert [event.state for event in queries.job(alpha_store, cluster="alpha", job_id="1").events] == ["RUNNING"]


def test_a_cluster_that_somebody_else_polled_is_read_as_new(slurm, alpha_store, new_collector, look):
    slurm.answer(queue=[queued("1")])
    look()
    slurm.answer(queue=[])
    with alpha_store.write() as cur:
        cur.execute("UPDATE cluster_state SET last_attempt = NULL")
    new_collector().refresh("alpha", force=True)
    assert states(alpha_store) == {"1": "UNKNOWN"}
    slurm.answer(queue=[queued("1")])
    look()
    assert states(alpha_store) == {"1": "RUNNING"}


def test_a_clock_that_was_set_back_stops_nothing(slurm, alpha_store, new_collector):
    slurm.answer(queue=[queued("1")])
    new_collector().refresh("alpha")
    to_come = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=3)
    with alpha_store.write() as cur:
        cur.execute(
            "UPDATE cluster_state SET last_attempt = $1, jobs_as_of = $1, nodes_as_of = $1, accounted_until = $1, "
            "next_attempt = $1",
            [to_come],
        )
    asked = len(slurm.calls)
    answer = new_collector().refresh("alpha", max_age_s=30)
    assert answer.source == "live"
    assert answer.as_of < datetime.now(UTC) + timedelta(seconds=5)
    assert {"squeue", "sinfo", "sacct"} <= set(slurm.calls[asked:])


def test_a_file_in_the_place_of_the_lock_directory_is_told(alpha_store, tmp_path):
    (tmp_path / "locks").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Collector(alpha_store, unasked, locks=tmp_path / "locks")


def test_a_lock_that_cannot_be_had_is_told_and_others_cannot_hold_it(slurm, alpha_store, new_collector, tmp_path):
    new_collector().refresh("alpha")
    [lock] = tmp_path.rglob("alpha.lock")
    assert lock.stat().st_mode & 0o077 == 0
    lock.unlink()
    lock.mkdir()
    with alpha_store.write() as cur:
        cur.execute("UPDATE cluster_state SET last_attempt = NULL")
    with pytest.raises(StoreError, match="cannot lock alpha"):
        new_collector().refresh("alpha", force=True)


def unasked(cluster: str) -> SlurmClient:
    raise AssertionError(f"{cluster} was asked")
