from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.errors import InvalidInput
from clausius_panel.model.job_id import valid_job_id
from clausius_panel.state.acts import ACTS, array_part, check_value, is_held, why_not
from tests.views.kit import a_job, pending

HELD = pending(1, reason="JobHeldUser")
ENDED = a_job(1, state="FAILED")


@pytest.mark.parametrize(
    ("job", "able"),
    [
        (a_job(1), {"cancel", "cancel_run", "requeue", "time_limit"}),
        (pending(1), {"cancel", "cancel_run", "hold", "top", "nice", "time_limit", "partition"}),
        (HELD, {"cancel", "cancel_run", "release", "top", "nice", "time_limit", "partition"}),
        (a_job(1, state="REQUEUE_HOLD"), {"cancel", "cancel_run", "release", "requeue", "time_limit"}),
        (
            a_job(1, job_id="7_1", array_job_id="7"),
            {"cancel", "cancel_run", "cancel_tasks", "requeue", "time_limit"},
        ),
        (ENDED, {"cancel_run"}),
    ],
)
def test_each_act_applies_where_slurm_takes_it_and_says_why_not_elsewhere(job, able):
    assert {act for act in ACTS if not why_not(act, job)} == able


def test_what_has_ended_can_be_requeued_while_slurm_keeps_it():
    now = datetime(2026, 1, 2, tzinfo=UTC)
    ended = a_job(1, state="FAILED", end_time=now - timedelta(minutes=4))
    assert why_not("requeue", ended, now=now) == ""
    assert why_not("requeue", ended, now=now + timedelta(minutes=2)) == "it ended too long ago"


def test_who_holds_a_job_does_not_matter_but_a_licence_is_no_hold():
    assert is_held(pending(1, reason="JobHeldAdmin"))
    assert not is_held(pending(1, reason="Licenses"))
    assert not is_held(a_job(1, reason="JobHeldUser"))


@pytest.mark.parametrize(
    ("act", "value"),
    [("nice", "ten"), ("nice", ""), ("time_limit", "soon"), ("partition", "a b"), ("cancel_tasks", "5-9%2")],
)
def test_a_value_that_cannot_be_right_is_refused_with_what_can(act, value):
    with pytest.raises(InvalidInput) as caught:
        check_value(act, value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("act", "value"), [("nice", "-5"), ("time_limit", "1-12"), ("partition", "gpu"), ("cancel", ""), ("hold", "")]
)
def test_a_value_that_can_be_right_passes(act, value):
    check_value(act, value)


@given(strategy.text(max_size=30))
def test_whatever_is_typed_becomes_an_id_or_a_refusal(tasks):
    try:
        part = array_part("12", tasks)
    except InvalidInput:
        return
    assert valid_job_id(part)
    assert part == "12" or part.startswith("12_[")
