from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import ParseError
from clausius_panel.slurm.exported_columns import COLUMNS, MEASURES, column_names, lifetime, measured, of_hours
from clausius_panel.slurm.sacct_steps import fold_steps

SUBMIT = datetime(2026, 1, 1, 10, tzinfo=UTC)
NOTHING = {"told_s": None, "hours": None, "waited_hours": None, "has_ended": True}
USED = {
    "TotalCPU": "1-01:00:00",
    "AveCPU": "00:10:00",
    "MaxRSS": "1025K",
    "AveDiskRead": "1M",
    "AveDiskWrite": "2M",
}


def hour(number):
    return SUBMIT + timedelta(hours=number)


def test_newer_and_older_names_are_the_same_columns():
    assert column_names(["WaitingTime [h]", "GPU-hours", "CPUs", "AllocCPUS"]) == {
        "WaitingTime [h]": "WaitingTimeHours",
        "GPU-hours": "GPUHours",
        "CPUs": "AllocCPUS",
        "AllocCPUS": "",
    }


@given(some.lists(some.text() | some.sampled_from(COLUMNS), unique=True))
def test_every_column_has_a_name_of_ours_or_none(names):
    found = column_names(names)
    ours = [name for name in found.values() if name]
    assert list(found) == names
    assert len(ours) == len(set(ours))
    assert set(ours) <= set(COLUMNS)


def test_what_a_job_used_is_as_sacct_of_one_step_would_have_it():
    assert measured(USED) == fold_steps(USED, [], gpus=0)
    assert measured({}) == fold_steps({}, [], gpus=0)
    assert measured({"TotalCPU": "00:00:00", "MaxRSS": "0"}).total_cpu_s is None


@given(some.dictionaries(some.sampled_from(sorted(MEASURES)), some.text(max_size=8), min_size=1))
def test_any_text_is_a_measure_or_is_told_by_its_name(texts):
    wrong = []
    try:
        measured(texts)
    except ParseError as error:
        wrong.append((error.command, error.text))
    assert set(wrong) <= set(texts.items())


@pytest.mark.parametrize(
    ("start", "end", "said", "told"),
    [
        (1, 3, {}, (1, 3, 7200)),
        (1, 3, {"told_s": 3600}, (1, 3, 3600)),  # suspended for an hour
        (1, 3, {"hours": 9.0}, (1, 3, 7200)),
        (1, None, {"hours": 2.0}, (1, 3, 7200)),
        (None, None, {"hours": 2.0, "waited_hours": 1.0}, (1, 3, 7200)),
        (None, 3, {"hours": 2.0, "waited_hours": 1.0}, (1, 3, 7200)),
        (1, None, {"hours": 2.0, "has_ended": False}, (1, None, 7200)),
        (None, 3, {"waited_hours": 1.0}, (None, 3, 0)),  # waited, and never ran
        (None, None, {"hours": 2.0, "waited_hours": -1.0}, (None, None, 7200)),
        (None, None, {"hours": float("nan")}, (None, None, 0)),
    ],
)
def test_times_follow_from_each_other_where_one_is_not_said(start, end, said, told):
    begin, stop = (None if at is None else hour(at) for at in (start, end))
    *times, seconds = lifetime(SUBMIT, begin, stop, **{**NOTHING, **said})
    assert (*times, seconds) == (*(None if at is None else hour(at) for at in told[:2]), told[2])


def test_cpus_follow_from_their_hours():
    assert (of_hours(8.0, 3600), of_hours(8.0, 0), of_hours(None, 3600)) == (8, 0, 0)
