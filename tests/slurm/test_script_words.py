import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.slurm.script_words import declared_environment, declared_parameters

SCRIPT = """#!/bin/bash
#SBATCH --container-image=nvcr.io/nvidia/pytorch:24.05
# module load nothing
module purge && module load gcc/12 cuda/12.4
ml python/3.11
source ~/envs/nemo/bin/activate
conda activate "my env"; echo hi
srun apptainer exec --nv /images/x.sif python train.py
echo "module load not-this
"""


def test_what_a_script_loads_is_read_from_it():
    assert declared_environment(SCRIPT) == {
        "container": "nvcr.io/nvidia/pytorch:24.05 /images/x.sif",
        "modules": "gcc/12 cuda/12.4 python/3.11",
        "virtual environment": "~/envs/nemo",
        "conda environment": "my env",
    }


@pytest.mark.parametrize(
    "script", ["", "\n\n", "echo 'unclosed", "module", "conda activate", "#!/bin/sh\nsleep 1\n"]
)
def test_a_script_that_loads_nothing_says_nothing(script):
    assert declared_environment(script).get("conda environment", "") == ""


@given(st.text(max_size=400))
def test_no_script_breaks_the_reader(script):
    assert all(isinstance(value, str) for value in declared_environment(script).values())


def test_values_are_bounded():
    assert len(declared_environment("module load " + "x" * 10_000)["modules"]) <= 300


@pytest.mark.parametrize(
    ("command", "script", "told"),
    [
        ("", "", {}),
        ("sbatch --gres=gpu:1 -p gpu", "", {}),
        ("sbatch run.sh --seed 3 --amp", "", {"seed": "3", "amp": "yes"}),
        ("sbatch run.sh --seed 3", "python a.py --seed 1", {"seed": "3"}),
        (
            "",
            "srun -n 4 --mem=3G python3 a.py lr=1e-4 +data.name='c4 en' out",
            {"lr": "1e-4", "data.name": "c4 en"},
        ),
        ("", "X=1 /opt/bin/python a.py --delta -1.5 --text='a b'", {"delta": "-1.5", "text": "a b"}),
        ("", "# python a.py --no 1\necho --not=this", {}),
        ("", "python a.py \\\n  --depth 12", {"depth": "12"}),
    ],
)
def test_what_programs_are_told_is_read_from_script_and_command(command: str, script: str, told: dict[str, str]):
    assert declared_parameters(command, script) == told


@given(st.text(), st.text())
def test_no_text_is_too_odd_for_parameters(command: str, script: str):
    assert len(declared_parameters(command, script)) <= 500
