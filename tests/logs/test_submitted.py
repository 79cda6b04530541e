import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs.submitted import output_patterns


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ("sbatch -o a.out -e a.err run.sh", ("a.out", "a.err")),
        ("sbatch --output=a.out --error a.err run.sh", ("a.out", "a.err")),
        ("/usr/bin/sbatch -oa.out run.sh", ("a.out", "")),
        ("sbatch --parsable -H -J name -o a.out run.sh", ("a.out", "")),
        ("sbatch run.sh -o other.out", ("", "")),
        ("sbatch -o first -o second run.sh", ("second", "")),
        ("sbatch --wrap python train.py -o no", ("", "")),
        ("srun -o a.out hostname", ("", "")),
        ("", ("", "")),
        ("sbatch -o", ("", "")),
    ],
)
def test_the_command_line(line: str, patterns: tuple[str, str]):
    assert output_patterns(line, "") == patterns


@pytest.mark.parametrize(
    ("script", "patterns"),
    [
        ("#!/bin/bash\n#SBATCH -o a.out\n#SBATCH --error=a.err # why\necho\n", ("a.out", "a.err")),
        ("#!/bin/bash\n#SBATCH --output 'my logs/%j.out' -N 2\n", ("my logs/%j.out", "")),
        ("#!/bin/bash\necho\n#SBATCH -o late.out\n", ("", "")),
        ("#!/bin/bash\n# comment\n\n##SBATCH -o no.out\n#SBATCH -o yes.out\n", ("yes.out", "")),
        ("#SBATCH -o 'open", ("'open", "")),
    ],
)
def test_the_directives_of_the_script(script: str, patterns: tuple[str, str]):
    assert output_patterns("", script) == patterns


def test_the_command_line_wins():
    assert output_patterns("sbatch -o typed run.sh", "#SBATCH -o written\n#SBATCH -e both") == ("typed", "both")


@given(st.text(max_size=60), st.text(max_size=100))
def test_any_text_gives_patterns(line: str, script: str):
    assert all("\n" not in pattern for pattern in output_patterns("sbatch " + line, "#SBATCH " + script))
