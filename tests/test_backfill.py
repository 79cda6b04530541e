import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from clausius_panel import backfill
from clausius_panel.config import Config
from clausius_panel.errors import CommandFailed, InvalidInput, UnknownCluster
from clausius_panel.fleet import Fleet
from clausius_panel.runtime import Runtime
from clausius_panel.store import put_cluster
from tests.history_kit import Accounting, a_record, job_rows
from tests.stores import new_store

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
JOBS = 40


@pytest.fixture
def accounting(tmp_path):
    found = Accounting(tmp_path / "bin")
    found.jobs([a_record(str(number), NOW - timedelta(hours=15 * number + 1)) for number in range(JOBS)])
    return found


@pytest.fixture
def runtime(tmp_path, accounting):
    new_store(tmp_path / "data" / "clausius.duckdb")
    with Runtime(Config(data_dir=tmp_path / "data")) as runtime:
        with runtime.store.write() as cur:
            put_cluster(cur, accounting.cluster())
        yield runtime


def fetch(runtime, *, since=SINCE, until=NOW, **options):
    return list(backfill.run(runtime, "fake", since=since, until=until, pause_s=0, **options))


def test_every_job_of_the_span_comes_once_the_newest_first(runtime):
    steps = fetch(runtime)
    ids = [raw for (raw,) in job_rows(runtime.store, "job_id_raw")]
    assert sorted(map(int, ids)) == list(range(JOBS))
    assert [step.end for step in steps] == sorted((step.end for step in steps), reverse=True)
    assert (steps[0].end, steps[-1].start, steps[-1].share, steps[-1].eta_s) == (NOW, SINCE, 1.0, 0.0)
    assert sum(step.new for step in steps) == JOBS


def test_windows_grow_where_answers_are_quick(runtime):
    spans = [step.end - step.start for step in fetch(runtime)]
    assert spans[0] == timedelta(days=1)
    assert max(spans) > timedelta(days=7)


def test_what_was_answered_is_not_asked_again_but_what_is_new_is(runtime, accounting):
    fetch(runtime, since=NOW - timedelta(days=9))
    before = len(accounting.calls)
    assert fetch(runtime, since=NOW - timedelta(days=9)) == []
    assert len(accounting.calls) == before
    steps = fetch(runtime)
    assert steps[0].end == NOW - timedelta(days=9)
    assert sum(step.new for step in steps) + len(job_rows(runtime.store, "1")) > JOBS


def test_a_backfill_that_stops_goes_on_where_it_was(runtime):
    some = backfill.run(runtime, "fake", since=SINCE, until=NOW, pause_s=0)
    first = next(some)
    some.close()
    steps = fetch(runtime)
    assert steps[0].end == first.start
    assert len(job_rows(runtime.store, "1")) == JOBS


def test_windows_that_fail_are_asked_for_in_smaller_ones(runtime, accounting):
    accounting.limits(most=8)
    steps = fetch(runtime)
    assert "talking to the database" in "".join(step.trouble for step in steps)
    assert len(job_rows(runtime.store, "1")) == JOBS


def test_accounting_that_never_answers_ends_it_and_what_came_stays(runtime, accounting):
    some = backfill.run(runtime, "fake", since=SINCE, until=NOW, pause_s=0)
    next(some)
    accounting.limits(broken="sacct: error: the database is on fire")
    with pytest.raises(CommandFailed, match="on fire"):
        list(some)
    assert len(job_rows(runtime.store, "1")) > 0
    accounting.limits()
    fetch(runtime)
    assert len(job_rows(runtime.store, "1")) == JOBS


def test_a_cluster_without_accounts_is_asked_once(runtime, accounting):
    accounting.limits(broken="Slurm accounting storage is disabled")
    with pytest.raises(CommandFailed, match="disabled"):
        fetch(runtime)
    assert len(accounting.calls) == 1


def test_our_own_jobs_are_put_into_runs_and_everybodys_are_not(runtime):
    fetch(runtime, all_users=True)
    assert {run for (run,) in job_rows(runtime.store, "run_id")} == {None}
    with runtime.store.write() as cur:
        cur.execute("DELETE FROM jobs")
        cur.execute("DELETE FROM backfills")
    fetch(runtime)
    assert None not in {run for (run,) in job_rows(runtime.store, "run_id")}


def test_two_backfills_of_one_cluster_at_a_time_are_one_too_many(runtime):
    first = backfill.run(runtime, "fake", since=SINCE, until=NOW, pause_s=0)
    next(first)
    with pytest.raises(backfill.BackfillRuns, match="fake"):
        fetch(runtime)
    first.close()
    assert fetch(runtime)


def test_there_is_a_pause_between_windows_as_long_as_the_answer_took(runtime, accounting):
    accounting.limits(nap_s=0.1)
    begun = time.monotonic()
    steps = list(backfill.run(runtime, "fake", since=NOW - timedelta(days=3), until=NOW, pause_s=0))
    assert len(steps) == 2
    assert time.monotonic() - begun >= 0.3
    assert steps[0].pause_s >= 0.1
    assert steps[1].pause_s == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"since": NOW + timedelta(days=1)}, "since"),
        ({"since": datetime(2026, 1, 1)}, "zone"),
        ({"since": datetime(1970, 1, 1, tzinfo=UTC)}, "since"),
    ],
)
def test_spans_that_cannot_be_right_are_refused_before_anything_is_asked(runtime, accounting, options, named):
    with pytest.raises(InvalidInput, match=named):
        fetch(runtime, **options)
    assert accounting.calls == []


def test_a_cluster_that_is_not_configured_and_a_negative_pause_are_refused(runtime):
    with pytest.raises(UnknownCluster, match="nowhere"):
        list(backfill.run(runtime, "nowhere", since=SINCE))
    with pytest.raises(InvalidInput, match="pause_s"):
        list(backfill.run(runtime, "fake", since=SINCE, pause_s=-1))


def test_times_of_any_zone_are_understood_and_the_future_is_not_asked_for(runtime, accounting):
    east = timezone(timedelta(hours=9))
    list(
        backfill.run(
            runtime,
            "fake",
            since=datetime.now(east) - timedelta(hours=2),
            until=datetime.now(east) + timedelta(days=3),
            pause_s=0,
        )
    )
    [call] = accounting.calls
    words = call.split()
    end = datetime.fromisoformat(words[words.index("-E") + 1]).replace(tzinfo=UTC)
    assert abs((end - datetime.now(UTC)).total_seconds()) < 60


PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from clausius_panel import backfill
from clausius_panel.config import Config
from clausius_panel.runtime import Runtime
since, until = map(datetime.fromisoformat, sys.argv[2:4])
with Runtime(Config(data_dir=Path(sys.argv[1]))) as runtime:
    for step in backfill.run(runtime, "fake", since=since, until=until, pause_s=0):
        print(step.jobs, flush=True)
"""


def test_kill_9_in_the_middle_loses_nothing_that_was_told_and_doubles_nothing(runtime, accounting):
    accounting.limits(nap_s=0.05)
    data = str(runtime.config.data_dir)
    words = [sys.executable, "-c", PROGRAM, data, SINCE.isoformat(), NOW.isoformat()]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = sum(int(process.stdout.readline()) for _ in range(2))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    ids = [raw for (raw,) in job_rows(runtime.store, "job_id_raw")]
    assert len(ids) >= told
    assert len(set(ids)) == len(ids)
    fetch(runtime)
    ids = [raw for (raw,) in job_rows(runtime.store, "job_id_raw")]
    assert sorted(map(int, ids)) == list(range(JOBS))
    with runtime.store.read() as cur:
        windows = cur.execute("SELECT window_start, window_end FROM backfills ORDER BY ALL").fetchall()
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]


def test_a_fleet_fetches_the_history_of_a_cluster(tmp_path):
    accounting = Accounting(tmp_path / "accounting")
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    accounting.jobs([a_record("1", end)])
    with Fleet(data_dir=tmp_path / "data") as fleet:
        with fleet.runtime.store.write() as cur:
            put_cluster(cur, accounting.cluster())
        steps = fleet.backfill("fake", end - timedelta(hours=1))
    assert list(steps["new"]) == [1]
    assert list(steps.columns)[:4] == ["cluster", "start", "end", "jobs"]
