import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput, UnknownHost
from clausius_panel.model.history_job import HistoryJob
from clausius_panel.queries import dashboard
from clausius_panel.queries.dashboard import (
    JobSelection,
    filter_jobs,
    host_facts,
    host_names,
    host_totals,
)
from clausius_panel.store import Store
from clausius_panel.store.history_rows import merge_history

FIRST = datetime(2025, 12, 29, 12, tzinfo=UTC)  # a Monday


def a_job(number, **facts):
    submit = FIRST + timedelta(days=number)
    usual = {
        "cluster": "alpha",
        "job_id": str(number),
        "job_id_raw": str(number),
        "submit_time": submit,
        "start_time": submit + timedelta(hours=2),
        "end_time": submit + timedelta(hours=3),
        "elapsed_s": 3600,
        "state": "COMPLETED",
        "user": "alice" if number % 2 else "bob",
        "account": f"dept-{number % 3}",
        "partition": "gpu",
        "qos": "normal",
        "cpus": 4,
        "gpus": 1,
        "nodes": 2,
        "node_list": "n[1-2]",
    }
    return HistoryJob(**(usual | facts))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.create(Path(tmp_path_factory.mktemp("dashboard")) / "clausius.duckdb")
    jobs = [a_job(number) for number in range(10)]
    jobs += [
        a_job(
            20, partition="gpu,cpu", state="CANCELLED", start_time=None, end_time=FIRST, elapsed_s=0, user="carol"
        ),
        a_job(1, cluster="beta", submit_time=FIRST),
    ]
    with store.write() as cur:
        merge_history(cur, jobs, evidence="ingest", at=FIRST)
    yield store
    store.close()


def ids(found):
    return [row["JobID"] for row in found.data]


def test_hosts_are_those_with_jobs(store):
    assert host_names(store) == ["alpha", "beta"]


def test_there_is_to_choose_what_the_jobs_have(store):
    alpha, beta = host_facts(store, hosts=["alpha", "beta", "nosuch"])
    assert alpha.partitions == ["cpu", "gpu"]
    assert alpha.users == ["alice", "bob", "carol"]
    assert alpha.states == ["CANCELLED", "COMPLETED"]
    assert (alpha.min_date, alpha.max_date) == ("2025-12-29", "2026-01-18")
    assert beta.accounts == ["dept-1"]
    [some_] = host_facts(store, hosts=["alpha"], start=date(2026, 1, 2), end=date(2026, 1, 2))
    assert some_.users == ["bob"]


def test_totals_are_hours_of_all_jobs(store):
    totals = host_totals(store, JobSelection(hostname="alpha"))
    assert (totals.total_jobs, totals.total_users) == (11, 3)
    assert (totals.total_cpu_hours, totals.total_gpu_hours) == (40.0, 10.0)


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"users": ["alice"]}, 5),
        ({"users": ["alice", "carol"]}, 6),
        ({"accounts": ["dept-0"], "users": ["bob"]}, 2),
        ({"partitions": ["cpu"]}, 1),
        ({"states": ["CANCELLED"]}, 1),
        ({"qos": ["high"]}, 0),
        ({"start_date": date(2025, 12, 30), "end_date": date(2025, 12, 31)}, 2),
        ({"start_date": date(2026, 1, 18)}, 1),
        ({"end_date": date.max}, 11),
        ({"start_date": date.min}, 11),
    ],
    ids=str,
)
def test_filters_choose_jobs_and_dates_are_inclusive(store, chosen, count):
    found = filter_jobs(store, JobSelection(hostname="alpha", **chosen))
    assert found.totals.total_jobs == len(found.data) == count


def test_a_row_has_the_names_and_values_that_are_expected(store):
    row = filter_jobs(store, JobSelection(hostname="alpha", users=["alice"])).data[0]
    assert row == {
        "JobID": "1",
        "User": "alice",
        "Account": "dept-1",
        "Partition": "gpu",
        "QOS": "normal",
        "State": "COMPLETED",
        "Submit": "2025-12-30T12:00:00",
        "Start": "2025-12-30T14:00:00",
        "End": "2025-12-30T15:00:00",
        "NodeList": "n[1-2]",
        "CPUs": 4,
        "GPUs": 1,
        "Nodes": 2,
        "CPUHours": 4.0,
        "GPUHours": 1.0,
        "ElapsedHours": 1.0,
        "WaitingTimeHours": 2.0,
        "SubmitDay": "2025-12-30",
        "SubmitYearMonth": "2025-12",
        "SubmitYearWeek": "2025-12-29",
        "SubmitYear": 2025,
        "StartDay": "2025-12-30",
        "StartYearMonth": "2025-12",
        "StartYearWeek": "2025-12-29",
        "StartYear": 2025,
    }
    assert json.dumps(row)


@settings(max_examples=12)
@given(limit=some.integers(1, 12))
def test_pages_are_the_whole_without_gap_or_repetition(store, limit):
    seen, after, pages = [], "", 0
    while True:
        found = filter_jobs(store, JobSelection(hostname="alpha"), limit=limit, after=after)
        assert found.totals.total_jobs == 11
        assert len(found.data) <= limit
        seen += ids(found)
        pages += 1
        if found.next is None:
            break
        after = found.next
    assert seen == [*map(str, range(10)), "20"]
    assert pages == -(-11 // limit)


@settings(max_examples=12)
@given(some.text(some.characters()))  # lone surrogates too, which JSON can bring
def test_sql_in_a_filter_is_a_name_that_nobody_has(store, text):
    attack = f"{text}') OR (1=1) OR user_name IN ('q"
    for name in ("users", "accounts", "partitions", "qos", "states"):
        assert filter_jobs(store, JobSelection(hostname="alpha", **{name: [attack]})).totals.total_jobs == 0
    with pytest.raises(UnknownHost):
        host_totals(store, JobSelection(hostname=attack))


@settings(max_examples=15)
@given(some.text(some.characters()) | some.just("2026-01-01T00:00:00~\udcff"))
def test_any_text_as_a_place_is_taken_or_refused(store, text):
    with suppress(InvalidInput):
        assert filter_jobs(store, JobSelection(hostname="alpha"), after=text).totals.total_jobs == 11


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"start_date": date(2026, 2, 1), "end_date": date(2026, 1, 1)}, "start_date"),
        ({"period_type": "decade"}, "period_type"),
        ({"users": ["x"] * 20_000}, "users"),
    ],
)
def test_what_cannot_be_right_is_refused(facts, what):
    with pytest.raises(InvalidInput) as caught:
        JobSelection(hostname="alpha", **facts)
    assert caught.value.what == what


@pytest.mark.parametrize("limit", [-1, 10_001])
def test_a_page_has_its_limits(store, limit):
    with pytest.raises(InvalidInput, match="limit"):
        filter_jobs(store, JobSelection(hostname="alpha"), limit=limit)


@pytest.mark.parametrize(
    ("start", "end", "period", "span"),
    [
        (None, None, "month", (dashboard._FIRST, "2026-03-01")),
        (date(2026, 1, 1), date(2026, 2, 28), "month", ("2026-01-01", "2026-03-01")),
        (date(2026, 1, 2), date(2026, 2, 27), "month", ("2026-02-01", "2026-02-01")),
        (date(2026, 1, 1), None, "week", ("2026-01-05", "2026-03-09")),
        (date(2025, 6, 1), None, "year", ("2026-01-01", "2026-01-01")),
        (date(2026, 3, 1), None, "day", ("2026-03-01", "2026-03-11")),
    ],
)
def test_complete_periods_are_those_that_are_over_and_lie_in_the_span(monkeypatch, start, end, period, span):
    class Then(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 3, 11, 10, tzinfo=tz)

    monkeypatch.setattr(dashboard, "datetime", Then)
    found = dashboard._whole_periods(*dashboard._span(start, end), period)
    assert found == tuple(datetime.fromisoformat(each) if isinstance(each, str) else each for each in span)


def test_only_complete_periods_can_be_asked_for(store):
    selection = JobSelection(
        hostname="alpha", start_date=date(2025, 12, 30), period_type="week", complete_periods_only=True
    )
    assert ids(filter_jobs(store, selection)) == ["7", "8", "9", "20"]


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_the_last_day_of_the_calendar_selects_nothing(store, period):
    last = date(9999, 12, 31)
    wanted = JobSelection(hostname="alpha", start_date=last, complete_periods_only=True, period_type=period)
    assert filter_jobs(store, wanted).totals.total_jobs == 0
