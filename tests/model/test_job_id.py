import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model.job_id import JobId, parse_job_id, valid_job_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123", JobId(job="123")),
        ("123_4", JobId(job="123", task="4")),
        ("123_[5-9%2]", JobId(job="123", task="5-9%2")),
        ("123_[1,3,5-9:2]", JobId(job="123", task="1,3,5-9:2")),
        ("123_*", JobId(job="123", task="*")),
        ("123+0", JobId(job="123", het_offset=0)),
        ("123.batch", JobId(job="123", step="batch")),
        ("123.extern", JobId(job="123", step="extern")),
        ("123_4.interactive", JobId(job="123", task="4", step="interactive")),
        ("123+1.0", JobId(job="123", het_offset=1, step="0")),
        ("123.0+1", JobId(job="123", het_offset=1, step="0")),
    ],
)
def test_every_form_of_a_job_id_is_taken_apart(text: str, expected: JobId):
    assert parse_job_id(text) == expected


def test_an_array_expression_that_squeue_cut_at_64_characters_is_still_an_id():
    cut = "1000081_[0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,..."
    assert parse_job_id(cut).job == "1000081"
    assert not valid_job_id(cut)


@pytest.mark.parametrize(
    "text", ["", "abc", "12a", "_4", "12_", "12+", "12.", "\uff11\uff12", "12 ", "-1", "12_[]"]
)
def test_what_is_no_job_id_is_refused(text: str):
    with pytest.raises(ParseError, match="job id line 1"):
        parse_job_id(text)
    assert not valid_job_id(text)


@pytest.mark.parametrize("text", ["123", "123_4", "123_[5-9]", "123_[5-9%2]", "123_[1,3]", "123+1"])
def test_ids_that_squeue_prints_may_reach_a_command(text: str):
    assert valid_job_id(text)


@pytest.mark.parametrize("text", ["123.batch", "123;ls", "$(id)", "123\n", "-u", "1 2", "123_*", "--me", "1" * 20])
def test_nothing_else_may_reach_a_command(text: str):
    assert not valid_job_id(text)


@given(st.text(alphabet="0123456789_[]-,%+:.*; $()\n", max_size=30) | st.text(max_size=30))
def test_any_text_is_an_id_or_a_parse_error(text: str):
    if valid_job_id(text):
        assert set(text) <= set("0123456789_[]-,%+:")
        assert text[0].isdigit()
    try:
        found = parse_job_id(text)
    except ParseError:
        assert not valid_job_id(text)
    else:
        assert text.startswith(found.job)


@given(
    job=st.integers(1, 2**63), task=st.none() | st.integers(0, 4_000_000), step=st.sampled_from(["", "batch", "7"])
)
def test_ids_round_trip(job: int, task: int | None, step: str):
    text = f"{job}" + (f"_{task}" if task is not None else "") + (f".{step}" if step else "")
    assert parse_job_id(text) == JobId(job=str(job), task="" if task is None else str(task), step=step)
