import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.model.dependency import parse_dependencies
from clausius_panel.slurm.submit_line import dependency_of


@pytest.mark.parametrize(
    ("line", "dependency"),
    [
        ("sbatch --dependency=afterok:12 a.sh", "afterok:12"),
        ("sbatch --dependency afterany:12:13 a.sh", "afterany:12:13"),
        ("/usr/bin/sbatch -d afterok:12_3 a.sh", "afterok:12_3"),
        ("sbatch -dafterok:12 a.sh", "afterok:12"),
        ("sbatch --dependency=afterok:1?afternotok:2 a.sh", "afterok:1?afternotok:2"),
        ("sbatch -d afterok:1 -d afterok:2 a.sh", "afterok:2"),
        ("sbatch --parsable -p cpu -J x -t 5 -o /dev/null --dependency=afterok:9 --wrap sleep 5", "afterok:9"),
        ("sbatch --exclusive --mem=4G -N2 --hold -d after:5+10 a.sh --epochs 3", "after:5+10"),
        ("srun --dependency=afterok:12 hostname", "afterok:12"),
    ],
)
def test_what_the_job_was_to_wait_for_is_read(line, dependency):
    assert dependency_of(line) == dependency


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sbatch",
        "sbatch a.sh",
        "sbatch a.sh --dependency=afterok:12",  # the script's own
        "sbatch -p gpu a.sh -d afterok:12",
        "sbatch --parsable a.sh -d afterok:12",
        "sbatch --wrap python x.py --dependency=afterok:12",
        "sbatch --wrap=python --dependency=afterok:12",
        "sbatch -J two words --dependency=afterok:12 a.sh",  # cannot be told from a script
        "sbatch --dependency=singleton a.sh",  # names no job
        "sbatch --dependency=$(touch x) a.sh",
        "sbatch --dependency",
        "sbatch -d",
    ],
)
def test_what_is_the_scripts_or_is_not_understood_is_passed_over(line):
    assert dependency_of(line) == ""


@given(some.text(max_size=200) | some.text(alphabet="sbatch -d=afterok:12_[]?,\n\x1f", max_size=80))
def test_any_line_is_read_without_an_error(text):
    found = dependency_of(text)
    assert found == "" or parse_dependencies(found).job_ids
