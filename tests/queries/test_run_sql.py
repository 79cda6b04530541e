from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as hs

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.run_sql import TASKS_SQL, job_of, paged


def tasks(store, expression: str) -> int:
    with store.read() as cur:
        sql = f"SELECT {TASKS_SQL} FROM (SELECT ? AS array_task_id)"
        [(count,)] = cur.execute(sql, [expression]).fetchall()
    return count


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("", 1),
        ("7", 1),
        ("5-9", 5),
        ("5-9%2", 5),
        ("0-20:5", 5),
        ("1,3,5-7", 5),
        ("1-2,...", 3),
        ("9-1", 1),
        ("1-3:0", 3),
    ],
)
def test_the_rest_of_an_array_counts_its_tasks(store, expression, count):
    assert tasks(store, expression) == count


SPANS = hs.tuples(hs.integers(0, 500), hs.integers(0, 500), hs.integers(1, 9))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(hs.lists(SPANS, min_size=1, max_size=5))
def test_tasks_are_counted_as_python_counts_them(store, spans):
    text = ",".join(f"{low}-{low + more}:{step}" for low, more, step in spans)
    assert tasks(store, text) == sum(len(range(low, low + more + 1, step)) for low, more, step in spans)


def test_limits_out_of_range_are_refused():
    assert paged(5, 0) == [5, 0]
    for call in (lambda: paged(-1, 0), lambda: paged(1, -1), lambda: paged(10**6, 0)):
        with pytest.raises(InvalidInput):
            call()


def test_a_row_becomes_a_job_again(store, now):
    from clausius_panel.queries.run_sql import JOB_SELECT

    with store.read() as cur:
        [row] = cur.execute(f"SELECT {JOB_SELECT}, 5 FROM jobs WHERE job_id = '1'").fetchall()
    job = job_of(row)
    assert (job.name, job.gpus, job.submit_time) == ("llm_pretrain_main", 16, now - timedelta(hours=1))
