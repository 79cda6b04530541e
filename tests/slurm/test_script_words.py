import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.slurm.script_words import declared_environment

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
