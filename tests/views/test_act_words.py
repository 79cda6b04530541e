import pytest

from clausius_panel.state import ACTS
from clausius_panel.state.acts import check_value
from clausius_panel.views.act_words import WORDS, field_of
from tests.views.kit import a_job, pending


def test_every_act_has_words():
    assert set(WORDS) == set(ACTS)


@pytest.mark.parametrize("act", ["nice", "time_limit", "partition"])
def test_what_stands_in_a_form_at_first_can_be_right(act):
    field = field_of(act, pending(1), partitions=[])
    assert field is not None
    check_value(act, field["value"])


@pytest.mark.parametrize(
    ("job_id", "value"),
    [("7_[5-9%2]", "5-9"), ("7_4", "4"), ("7", "all"), ("7_*", "all"), ("7_[1,3,...]", "all")],
)
def test_the_tasks_of_a_row_stand_in_the_form(job_id, value):
    job = a_job(1, job_id=job_id, array_job_id="7")
    field = field_of("cancel_tasks", job, partitions=[])
    assert field is not None
    assert field["value"] == value
