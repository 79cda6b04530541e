"""One part of a real fleet breaks: the rest goes on, nothing is forgotten, and it comes back by itself."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel import queries
from clausius_panel.collector import FLOOR_S
from clausius_panel.model import Freshness
from clausius_panel.runtime import Runtime
from clausius_panel.store import put_cluster
from tests.testbed.lagproxy import far_away

pytestmark = pytest.mark.slurm


def look(runtime: Runtime, *, wait_s: float = 60.0) -> dict[str, Freshness]:
    """A refresh that really asks, now or as soon as the floor allows it."""
    asked = time.monotonic()
    while time.monotonic() < asked + 3 * FLOOR_S:
        started = time.time()
        answers = {each.cluster: each for each in runtime.refresh(force=True, wait_s=wait_s)}
        if all(each.error or (each.as_of and each.as_of.timestamp() >= started) for each in answers.values()):
            return answers
        time.sleep(0.5)
    raise AssertionError(f"no look within {3 * FLOOR_S} s: {answers}")


def states(runtime: Runtime, cluster: str) -> dict[tuple[str, object], str]:
    """The state of every job that we know of there."""
    page = queries.jobs(runtime.store, clusters=[cluster], max_age_s=None, limit=10_000)
    return {(job.job_id_raw, job.submit_time): job.state for job in page.jobs}


def until_well(runtime: Runtime, cluster: str, *, patience_s: float = 60) -> Freshness:
    """The first answer without an error."""
    end = time.monotonic() + patience_s
    while (answer := look(runtime)[cluster]).error:
        assert time.monotonic() < end, f"it did not recover: {answer}"
        time.sleep(0.5)
    return answer


def wait_for_floor() -> None:
    """Until clusters may be asked again."""
    time.sleep(FLOOR_S + 0.1)


@pytest.mark.parametrize(
    ("fault", "kind", "patience_s"),
    [
        pytest.param("ctld-stop", {"failed", "timeout"}, 40, id="its slurmctld is stopped"),
        pytest.param("ctld-freeze", {"failed", "timeout"}, 60, id="its slurmctld is frozen"),
        pytest.param("sshd-stop", {"unreachable"}, 30, id="its sshd is stopped"),
        pytest.param("sessions-freeze", {"unreachable", "timeout"}, 60, id="its login node is frozen"),
    ],
)
def test_one_broken_cluster_keeps_its_last_data_and_delays_no_other(
    bed_runtime: Runtime, bed_fault: Callable[..., None], fault: str, kind: set[str], patience_s: float
):
    before = look(bed_runtime)
    assert [each.error for each in before.values()] == ["", ""]
    known = states(bed_runtime, "beta")
    assert known
    bed_fault(fault, "beta")
    wait_for_floor()

    started = time.monotonic()
    [alpha] = bed_runtime.refresh(["alpha"], force=True)
    assert alpha.error == ""
    assert time.monotonic() - started < 5, "a live cluster was delayed"
    [beta] = bed_runtime.refresh(["beta"], force=True, wait_s=patience_s)
    assert beta.error_kind in kind
    assert beta.error
    assert beta.as_of == before["beta"].as_of, "old data pass for new ones"
    assert states(bed_runtime, "beta") == known, "a failure ended jobs"

    bed_fault()
    wait_for_floor()
    assert until_well(bed_runtime, "beta").as_of > before["beta"].as_of
    assert "UNKNOWN" not in states(bed_runtime, "beta").values()


def test_a_dead_cluster_does_not_hold_up_the_answer_for_both(bed_runtime: Runtime, bed_fault: Callable[..., None]):
    look(bed_runtime)
    bed_fault("ctld-freeze", "beta")
    wait_for_floor()
    started = time.monotonic()
    answers = {each.cluster: each for each in bed_runtime.refresh(force=True, wait_s=3)}
    assert time.monotonic() - started < 5
    assert answers["alpha"].error == ""
    assert answers["alpha"].source == "live"
    assert answers["beta"].error_kind == "busy"


def test_without_accounting_the_queue_stays_fresh_and_the_lack_is_told(
    bed_runtime: Runtime, bed_fault: Callable[..., None]
):
    bed_fault("dbd-stop")
    answers = look(bed_runtime)
    assert [each.error for each in answers.values()] == ["", ""]
    status = queries.cluster_status(bed_runtime.store)
    assert all(each.jobs["running"] for each in status)
    assert all("sacct" in each.warning or "accounting" in each.warning for each in status)


def test_a_frozen_sshd_that_sends_no_banner_is_unreachable_in_bounded_time(
    bed_runtime: Runtime, bed_fault: Callable[..., None]
):
    bed_fault("sshd-freeze", "beta")
    started = time.monotonic()
    answers = {each.cluster: each for each in bed_runtime.refresh(wait_s=60)}
    assert time.monotonic() - started < 40
    assert answers["beta"].error_kind == "unreachable"
    assert answers["alpha"].error == ""


def trust_beta_at(port: int, bed: dict, runtime: Runtime) -> None:
    """Make beta's host key known for another port."""
    kind, key, _ = Path(bed["runtime_dir"], "ssh/beta_host.pub").read_text(encoding="utf-8").split()
    runtime.config.known_hosts_files[0].write_text(f"[127.0.0.1]:{port} {kind} {key}\n", encoding="utf-8")


def test_a_far_cluster_answers_in_few_round_trips(bed: dict, bed_runtime: Runtime, bed_cluster: Callable):
    with far_away(bed["hosts"]["beta"]["port"], "--rtt", "300") as port:
        with bed_runtime.store.write() as cur:
            put_cluster(cur, bed_cluster("beta", port=port))
        trust_beta_at(port, bed, bed_runtime)
        [first] = bed_runtime.refresh(["beta"])
        assert first.error == ""
        wait_for_floor()
        started = time.monotonic()
        [second] = bed_runtime.refresh(["beta"], force=True)
        assert (second.error, second.source) == ("", "live")
        # opening a channel, exec, script and answer: some 3 round trips, however many commands travel
        assert time.monotonic() - started < 2.5


def test_a_line_that_goes_silent_is_noticed_and_the_next_one_is_used(
    bed: dict, bed_runtime: Runtime, bed_cluster: Callable
):
    with far_away(bed["hosts"]["beta"]["port"], "--rtt", "2", "--stall-after", "8") as port:
        with bed_runtime.store.write() as cur:
            put_cluster(cur, bed_cluster("beta", port=port))
        trust_beta_at(port, bed, bed_runtime)
        [first] = bed_runtime.refresh(["beta"])
        assert first.error == ""
        wait_for_floor()
        started = time.monotonic()
        [second] = bed_runtime.refresh(["beta"], force=True, wait_s=60)
        assert time.monotonic() - started < 30
        assert second.error == "" or second.error_kind == "unreachable"
        wait_for_floor()
        [third] = bed_runtime.refresh(["beta"], force=True, wait_s=60)
        assert third.as_of > first.as_of
