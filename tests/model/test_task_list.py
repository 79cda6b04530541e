import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.model.task_list import part_of, split_parts, tasks_of, together


@pytest.mark.parametrize(
    ("job_id", "found"),
    [
        ("12_7", ("12", {7})),
        ("12_[3-5,9]", ("12", {3, 4, 5, 9})),
        ("12_[0-8:4%2]", ("12", {0, 4, 8})),
        ("12_[1,3,...]", ("12", {1, 3})),
        ("12_[5-3]", ("12", set())),
        ("12", ("", set())),
        ("12+1", ("", set())),
        ("12_[0-9999999999]", ("", set())),
    ],
)
def test_the_tasks_of_an_id_are_those_that_slurm_means(job_id: str, found: tuple[str, set[int]]):
    assert tasks_of(job_id) == found


@given(st.sets(st.integers(0, 200), min_size=1))
def test_an_id_of_some_tasks_names_just_these(tasks: set[int]):
    assert tasks_of(part_of("7", tasks)) == ("7", tasks)


@given(st.text(max_size=30))
def test_any_text_is_read_without_an_error(text: str):
    array, tasks = tasks_of(text)
    assert array or not tasks


def test_what_was_split_comes_together_by_what_was_said():
    parts = split_parts(["5_[1-3]", "9", "6_[1-2]"], most=50)
    assert parts == {"5_[1-3]": ["5_1", "5_2", "5_3"], "9": ["9"], "6_[1-2]": ["6_1", "6_2"]}
    said = {"5_1": "", "5_2": "no", "5_3": "", "9": "", "6_1": "no", "6_2": "no"}
    assert together(parts, said) == {"5_[1,3]": "", "5_2": "no", "9": "", "6_[1-2]": "no"}


def test_what_would_be_too_many_stays_as_it_is():
    assert split_parts(["5_[1-30]", "6_[1-30]"], most=50) == {"5_[1-30]": ["5_[1-30]"], "6_[1-30]": ["6_[1-30]"]}


def test_only_what_is_not_known_to_be_there_is_split():
    known = {"5": {1, 2, 3}, "6": {1}}
    assert split_parts(["5_[1-3]", "6_[1-2]", "7_[1-2]"], most=50, known=known) == {
        "5_[1-3]": ["5_[1-3]"],
        "6_[1-2]": ["6_1", "6_2"],
        "7_[1-2]": ["7_[1-2]"],
    }
