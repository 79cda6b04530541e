from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.project_history import project_history
from tests.queries.run_kit import a_job, look
from tests.stores import filled

NOW = datetime(2025, 6, 12, 15, 0, tzinfo=UTC)  # a Thursday


def ended(number, state, days, **facts):
    end = NOW - timedelta(days=days)
    return a_job(
        number,
        "p_c_x",
        number * 10,
        state=state,
        end_time=end,
        start_time=end - timedelta(hours=2),
        elapsed_s=7200,
        gpus=4,
        cpus=8,
        **facts,
    )


@filled
def history(store):
    look(
        store,
        ended=(
            ended(1, "COMPLETED", 0),
            ended(2, "COMPLETED", 1),
            ended(3, "TIMEOUT", 4),
            ended(4, "CANCELLED", 8),
            ended(5, "FAILED", 900),
        ),
    )


def test_what_ended_is_counted_week_by_week_without_gaps(history):
    found = project_history(history, "p", weeks=3, now=NOW)
    assert [week.start.isoformat()[:10] for week in found.weeks] == ["2025-05-26", "2025-06-02", "2025-06-09"]
    assert [(week.completed, week.failed, week.cancelled) for week in found.weeks] == [
        (0, 0, 0),
        (0, 1, 1),
        (2, 0, 0),
    ]
    assert found.weeks[-1].gpu_hours == pytest.approx(16)
    assert found.weeks[-1].cpu_hours == pytest.approx(32)
    assert found.success_rate == pytest.approx(2 / 3)
    assert found.gpu_hours == pytest.approx(32)


def test_a_campaign_counts_for_itself(history):
    look(history, ended=(ended(8, "COMPLETED", 0),))
    assert project_history(history, "p", weeks=1, campaign="c", now=NOW).weeks[0].completed == 3
    assert project_history(history, "p", weeks=1, campaign="d", now=NOW).success_rate is None


def test_a_project_that_never_was_has_empty_weeks(store):
    found = project_history(store, "none", now=NOW)
    assert (len(found.weeks), found.success_rate, found.gpu_hours) == (12, None, 0)


@pytest.mark.parametrize("weeks", [0, -1, 1000])
def test_weeks_have_bounds(store, weeks):
    with pytest.raises(InvalidInput):
        project_history(store, "p", weeks=weeks)
