import json
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.cli.backfill import read_day
from clausius_panel.errors import InvalidInput
from clausius_panel.store import put_cluster
from tests.history_kit import Accounting, a_record
from tests.stores import new_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def accounting(tmp_path):
    found = Accounting(tmp_path / "accounting")
    found.jobs([a_record(str(number), NOW - timedelta(days=number, hours=1)) for number in range(5)])
    store = new_store(tmp_path / "data" / "clausius.duckdb")
    with store.write() as cur:
        put_cluster(cur, found.cluster())
    store.close()
    return found


SPAN = ("--since", "2026-02-20", "--until", "2026-03-01T00:00:00+00:00", "--pause", "0")


def test_it_fetches_and_says_how_many(run, accounting):
    result = run("backfill", "fake", *SPAN)
    assert result.exit_code == 0, result.output
    assert "5 jobs in" in result.stdout
    assert "2026-02-28 00:00 to 2026-03-01 00:00 UTC: 1 jobs, 1 new" in result.stderr


def test_a_second_time_there_is_nothing_to_do(run, accounting):
    run("backfill", "fake", *SPAN)
    result = run("backfill", "fake", *SPAN)
    assert result.stdout == "nothing to do: all of this was fetched before\n"


def test_a_store_with_jobs_is_copied_before_more_are_fetched(run, accounting, tmp_path):
    assert "backup" not in run("backfill", "fake", *SPAN, "--no-backup").stderr
    assert "backup: " in run("backfill", "fake", *SPAN).stderr
    assert len(list((tmp_path / "data" / "backups").glob("*.duckdb"))) == 1


def test_json_is_one_line_a_window(run, accounting):
    lines = run("backfill", "fake", *SPAN, "--json").stdout.splitlines()
    steps = [json.loads(line) for line in lines]
    assert sum(step["new"] for step in steps) == 5
    assert steps[-1]["share"] == 1.0


def test_everybodys_jobs_are_asked_for_with_all_users(run, accounting):
    run("backfill", "fake", *SPAN, "--all-users")
    assert all(" -a " in call for call in accounting.calls)


def test_a_failure_of_accounting_is_said_with_exit_code_1(run, accounting):
    accounting.limits(broken="Slurm accounting storage is disabled")
    result = run("backfill", "fake", *SPAN)
    assert result.exit_code == 1
    assert "disabled" in result.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["fake", "--since", "yesterday"], "--since"),
        (["fake", "--since", "2026-03-01", "--until", "2026-02-01"], "since"),
        (["nowhere", "--since", "2026-03-01"], "nowhere"),
        (["fake"], "--since"),
    ],
)
def test_values_that_cannot_be_right_cost_exit_code_2(run, accounting, words, named):
    result = run("backfill", *words)
    assert result.exit_code == 2
    assert named in result.stderr
    assert accounting.calls == []


def test_days_and_times_are_read_with_this_machines_zone():
    assert read_day("--since", "2026-01-01").tzinfo is not None
    assert read_day("--since", "2026-01-01T00:00:00+02:00") == datetime(2025, 12, 31, 22, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="--until"):
        read_day("--until", "soon")
