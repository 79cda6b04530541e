from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel import actions, control, queries
from clausius_panel import store as st
from clausius_panel.errors import CommandFailed, InvalidInput, ParseError, ReadOnly
from clausius_panel.job_logs import job_log
from clausius_panel.local_processes import (
    PROCESS_FILTERS,
    ProcessClient,
    ProcessFilter,
    add_filter,
    are_processes,
    parse,
    process_clusters,
    remove_filter,
)
from clausius_panel.model import Cluster
from clausius_panel.model.cluster import PROCESSES as CLUSTER
from clausius_panel.runtime import Runtime
from clausius_panel.slurm import PollRequest
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed
from tests.views.kit import a_runtime

MARK = f"clausius-test-{os.getpid()}"
ASK = PollRequest(dialect={}, queue=True, nodes=False, accounted_since=None, lost=())


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Processes of ours with a mark in their command line; they are gone when the test ends."""
    made = []

    def start(mark: str = MARK) -> subprocess.Popen[bytes]:
        code = "import sys, time; print('begun', flush=True); time.sleep(60)"
        with (tmp_path / f"{mark}.log").open("wb") as log:
            made.append(subprocess.Popen([sys.executable, "-c", code, mark], stdout=log, cwd=tmp_path))
        return made[-1]

    yield start
    for each in made:
        each.kill()
        each.wait()


def running(runtime: Runtime) -> dict[str, queries.JobDetail]:
    with runtime.store.read() as cur:
        ids = cur.execute("SELECT job_id FROM jobs WHERE cluster = 'local' AND in_queue").fetchall()
    return {job_id: queries.job(runtime.store, cluster=CLUSTER, job_id=job_id) for (job_id,) in ids}


def test_nothing_of_this_machine_is_shown_until_a_filter_includes_it(runtime, spawn):
    process = spawn()
    assert st.list_clusters(runtime.store) == []
    add_filter(runtime.store, ProcessFilter(text="nothing of this", action="exclude"))
    assert st.list_clusters(runtime.store) == []
    add_filter(runtime.store, ProcessFilter(text=MARK.upper()))
    runtime.refresh()
    found = running(runtime)
    assert list(found) == [str(process.pid)]
    job = found[str(process.pid)].job
    assert (job.state, job.node_list != "", MARK in job.comment) == ("RUNNING", True, True)
    assert "python" in job.name
    assert 0 <= job.elapsed_s < 60


def test_what_is_excluded_is_not_shown(runtime, spawn):
    spawn()
    kept = spawn(f"{MARK}-kept")
    add_filter(runtime.store, ProcessFilter(text=f"{MARK}-kept"))
    add_filter(runtime.store, ProcessFilter(text=f"{MARK}-other", action="exclude"))
    spawn(f"{MARK}-kept {MARK}-other")
    runtime.refresh()
    assert list(running(runtime)) == [str(kept.pid)]


def test_what_a_process_writes_into_a_file_is_its_log(runtime, spawn, tmp_path):
    process = spawn()
    add_filter(runtime.store, ProcessFilter(text=MARK))
    end = time.monotonic() + 20
    while not (tmp_path / f"{MARK}.log").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    runtime.refresh()
    log = job_log(runtime, CLUSTER, str(process.pid))
    assert log.tail(lines=5, max_bytes=1000).text == "begun\n"


def test_cancelling_ends_what_is_shown_and_nothing_else(runtime, spawn):
    process, other = spawn(), spawn(f"other-{os.getppid()}")
    add_filter(runtime.store, ProcessFilter(text=MARK))
    runtime.refresh()
    outcome = actions.cancel_jobs(runtime.store, runtime.client(CLUSTER), [str(process.pid), str(other.pid), "1"])
    assert outcome.cancelled == [str(process.pid)]
    assert set(outcome.failed) == {str(other.pid), "1"}
    assert process.wait(10) == -15
    assert other.poll() is None


def test_a_number_that_another_process_has_by_now_is_left_alone(runtime, spawn):
    process = spawn()
    add_filter(runtime.store, ProcessFilter(text=MARK))
    runtime.refresh()
    with runtime.store.write() as cur:
        cur.execute("UPDATE jobs SET submit_time = submit_time - INTERVAL 1 HOUR WHERE cluster = 'local'")
    said = runtime.client(CLUSTER).cancel([str(process.pid)])
    assert said == {str(process.pid): "another process has this number now"}
    assert process.poll() is None


def test_a_start_that_is_told_a_second_off_is_the_same_process(runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    cluster = st.get_cluster(runtime.store, CLUSTER)
    seconds = iter(("05", "06", "09"))

    def ps(command: str, stdin: str) -> Completed:
        return Completed(stdout=f"77 Sun Nov  1 03:04:{next(seconds)} 2026 2048 1.5 python train.py\n")

    client = ProcessClient(cluster, FakeTransport(ps), store=runtime.store)
    [first] = client.poll(ASK).jobs or []
    with runtime.store.write() as cur:
        st.merge_queue(cur, CLUSTER, [first], at=first.submit_time)
    [second] = client.poll(ASK).jobs or []
    assert second.submit_time == first.submit_time
    [third] = client.poll(ASK).jobs or []
    assert third.submit_time == first.submit_time + timedelta(seconds=4)


def test_with_the_last_include_the_cluster_goes(runtime):
    add_filter(runtime.store, ProcessFilter(text="one"))
    add_filter(runtime.store, ProcessFilter(text="two"))
    remove_filter(runtime.store, "one")
    assert are_processes(runtime.store, st.get_cluster(runtime.store, CLUSTER))
    assert remove_filter(runtime.store, "two") == ProcessFilter(text="two")
    assert st.list_clusters(runtime.store) == []
    with pytest.raises(InvalidInput, match="none"):
        remove_filter(runtime.store, "two")


def test_a_cluster_of_slurm_that_is_named_local_stays_what_it_is(runtime):
    mine = Cluster(name=CLUSTER, kind="local")
    with runtime.store.write() as cur:
        st.put_cluster(cur, mine)
    with pytest.raises(InvalidInput, match="has this name already"):
        add_filter(runtime.store, ProcessFilter(text="python"))
    assert not are_processes(runtime.store, mine)
    assert not are_processes(runtime.store, replace(mine, name="other"))


def test_read_only_mode_and_values_that_make_no_sense_are_refused(runtime):
    for text, action in (("x", "include"), ("", "include"), ("python", "keep")):
        with pytest.raises(InvalidInput):
            ProcessFilter(text=text, action=action)  # type: ignore[arg-type]
    actions.set_setting(runtime.store, "read_only", "true")
    with pytest.raises(ReadOnly):
        add_filter(runtime.store, ProcessFilter(text="python"))
    assert PROCESS_FILTERS.all(runtime.store) == []


def test_a_ps_that_fails_is_no_end_of_processes(runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    cluster = st.get_cluster(runtime.store, CLUSTER)
    client = ProcessClient(
        cluster, FakeTransport(lambda *_: Completed(stdout="", exit_status=1, stderr="no")), store=runtime.store
    )
    for act in (lambda: client.poll(ASK), client.test, lambda: client.cancel(["1"])):
        with pytest.raises(CommandFailed, match="no"):
            act()


def test_the_connection_test_says_who_one_is_here(runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    report = actions.test_cluster(runtime.store, runtime.client(CLUSTER))
    assert (report.cluster, report.accounting) == (CLUSTER, "no")
    assert report.user


@given(strategy.text())
def test_what_ps_did_not_print_is_refused_or_read(text):
    try:
        found = parse(text)
    except ParseError:
        return
    assert found == [] or text.strip()
    assert all(each.pid >= 0 for each in found)


def test_a_process_cannot_be_held_or_changed_and_says_so(runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    cluster = st.get_cluster(runtime.store, CLUSTER)
    transport = FakeTransport(lambda *_: Completed(stdout="", exit_status=1, stderr="nothing is to be run"))
    client = ProcessClient(cluster, transport, store=runtime.store)
    for act in (control.hold, control.release, control.requeue, control.to_top):
        outcome = act(runtime.store, client, ["77"])
        assert (outcome.done, list(outcome.failed)) == ([], ["77"])
        assert "process of this machine" in outcome.failed["77"]
    assert "process of this machine" in control.set_time_limit(runtime.store, client, ["77"], "10").failed["77"]
    assert process_clusters(runtime.store) == [CLUSTER]


def test_a_process_was_not_submitted_and_nobody_is_asked_with_what(runtime):
    add_filter(runtime.store, ProcessFilter(text="train"))
    told = runtime.client(CLUSTER).provenance("77", work_dir="/home/me")
    assert (told.work_dir, told.batch_script, told.fields) == ("/home/me", "", {})
    assert "not submitted" in told.error


def test_the_cluster_of_processes_takes_the_filters_that_show_some_with_it(runtime: Runtime):
    store = runtime.store
    assert actions.PROCESSES == CLUSTER
    add_filter(store, ProcessFilter(text="train.py"))
    add_filter(store, ProcessFilter(text="jupyter", action="exclude"))
    actions.remove_cluster(store, CLUSTER)
    assert [each.text for each in PROCESS_FILTERS.all(store)] == ["jupyter"]
    add_filter(store, ProcessFilter(text="train.py"))
    assert [each.name for each in st.list_clusters(store)] == [CLUSTER]
