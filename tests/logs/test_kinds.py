import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.logs.kinds import file_kind, file_label, label_rank, names_job, natural_key


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.out", "text"),
        ("A.JSON", "json"),
        ("a.jsonl", "jsonl"),
        ("out.jsonl-async", "jsonl"),
        ("README.md", "markdown"),
        ("x.tsv", "csv"),
        ("plot.png", "image"),
        ("icon.svg", "image"),
        ("model.pt", "binary"),
        ("noending", "text"),
        ("/dir.png/log", "text"),
    ],
)
def test_kinds(name: str, kind: str):
    assert file_kind(name) == kind


def test_labels_and_their_order():
    names = ["x.txt", "a.err", "a.out", "1_sbatch.log", "sandbox_1.log", "server_1.log", "main_1_srun.log"]
    labels = [file_label(name) for name in names]
    assert labels == ["x.txt", "stderr", "stdout", "sbatch log", "sandbox output", "server output", "main output"]
    assert sorted(labels, key=label_rank) == labels[::-1]
    assert file_label("domain.log") == "domain.log"


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("123", True),
        ("a123b", True),
        ("slurm-123_4.out", True),
        ("1234", False),
        ("0123", False),
        ("x_41234.out", False),
        ("12.3", False),
    ],
)
def test_an_id_counts_only_as_a_whole_number(name: str, holds: bool):
    assert names_job(name, "123") is holds


def test_no_id_names_nothing():
    assert not names_job("123", "")


@given(st.text(st.sampled_from("0123456789_-a."), max_size=20), st.integers(1, 9999))
def test_an_id_is_one_of_the_numbers_of_the_name(name: str, job_id: int):
    assert names_job(name, str(job_id)) == (str(job_id) in re.findall(r"[0-9]+", name))


def test_numbers_sort_as_numbers():
    assert sorted(["t_10", "t_9", "T_1", "a"], key=natural_key) == ["a", "T_1", "t_9", "t_10"]


@settings(max_examples=50)
@given(st.lists(st.text(max_size=10)))
def test_any_names_can_be_sorted(names: list[str]):
    keys = [natural_key(name) for name in sorted(names, key=natural_key)]
    assert all(one <= other for one, other in itertools.pairwise(keys))
