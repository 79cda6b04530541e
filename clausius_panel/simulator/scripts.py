"""The batch scripts of simulated jobs, and the command lines that submitted them, as people write both."""

from __future__ import annotations

import posixpath
import random
import re

from .job import Dependency, Shape, SimJob

__all__ = ["batch_script", "project_of", "stage_of", "submit_line", "work_directory"]

_STAGES = (
    (re.compile(r"summarize"), "summarize"),
    (re.compile(r"judge"), "judge"),
    (re.compile(r"cleanup|rescue"), "rescue"),
    (re.compile(r"eval"), "eval"),
    (re.compile(r"tokenize|shards|preproc|hardneg|screening"), "prepare"),
)
_ENVIRONMENTS = (
    ("module load cuda/12.4 gcc/12.2", 'source "$HOME/venvs/{project}/bin/activate"'),
    ("module load cuda/12.4 nccl/2.21", "conda activate {project}"),
    ("module load apptainer/1.3", 'source "$HOME/venvs/shared/bin/activate"'),
)
_COMMANDS = {
    "eval": "python -m {project}.evaluate --config configs/{campaign}.yaml --checkpoint checkpoints/last",
    "judge": "python -m {project}.judge --answers outputs/answers.jsonl --shard ${{SLURM_JOB_NAME##*rs}}",
    "prepare": 'srun python scripts/prepare.py --shard "${{SLURM_ARRAY_TASK_ID:-0}}" --workers {cpus}',
    "rescue": "python scripts/rescue.py --outputs outputs --keep-checkpoints",
    "summarize": "python scripts/summarize.py outputs/*.jsonl > report.md",
    "train": "python -m {project}.train --config configs/{campaign}.yaml --workers {cpus}",
}
_SEVERAL_GPUS = """srun torchrun --nnodes={nodes} --nproc-per-node={gpus} \\
    --rdzv-backend=c10d --rdzv-endpoint="$(hostname):29500" \\
    -m {project}.train --config configs/{campaign}.yaml"""


def project_of(name: str) -> tuple[str, str]:
    """Project and campaign in a job's name.

    >>> project_of("llm7b_sft-mix2_r01"), project_of("wrap")
    (('llm7b', 'sft-mix2'), ('wrap', 'misc'))
    """
    project, _, rest = name.partition("_")
    return project, rest.partition("_")[0] or "misc"


def stage_of(name: str) -> str:
    """What a job of this name does: "train", "prepare", "eval", "judge", "summarize" or "rescue"."""
    return next((stage for pattern, stage in _STAGES if pattern.search(name)), "train")


def work_directory(name: str, home: str) -> str:
    """Where jobs of this name work."""
    return f"{home}/projects/{_safe(project_of(name)[0])}"


def submit_line(
    name: str, script: str, *, account: str, partition: str, dependencies: tuple[Dependency, ...], tasks: int
) -> str:
    """The `sbatch` that submitted a job (or an array of so many tasks), as accounting keeps it."""
    words = ["sbatch", "--parsable", f"--job-name={name}", f"--account={account}", f"--partition={partition}"]
    if dependencies:
        terms = (f"{term.kind}:{term.job_id}" if term.job_id else term.kind for term in dependencies)
        words.append(f"--dependency={','.join(terms)}")
    if tasks:
        words.append(f"--array=0-{tasks - 1}")
    return " ".join([*words, script])


def batch_script(job: SimJob, *, limit_s: int) -> str:
    """The script of a job: what was submitted, else one that fits it. `limit_s` is its limit as it is reported."""
    return job.script or "\n".join(["#!/bin/bash", *_directives(job, limit_s), *_body(job)]) + "\n"


def _directives(job: SimJob, limit_s: int) -> list[str]:
    shape = job.shape
    hours, rest = divmod(limit_s, 3600)
    values = {
        "nodes": str(shape.nodes),
        "cpus-per-task": str(shape.cpus),
        "mem": f"{shape.memory_mib}M",
        "gres": f"gpu:{shape.gpu_type}:{shape.gpus}" if shape.gpus else "",
        "time": f"{hours:02}:{rest // 60:02}:{rest % 60:02}",
        "qos": "" if job.qos == "normal" else job.qos,
        "licenses": f"{job.licence}:1" if job.licence else "",
        "output": job.stdout,
    }
    return [f"#SBATCH --{name}={value}" for name, value in values.items() if value] + (
        [] if job.requeue else ["#SBATCH --no-requeue"]
    )


def _body(job: SimJob) -> list[str]:
    project, campaign = map(_safe, project_of(job.name))
    words = {"project": project, "campaign": campaign, **_numbers(job.shape)}
    modules, activate = random.Random(project).choice(_ENVIRONMENTS)
    stage = stage_of(job.name)
    several = stage == "train" and job.shape.gpus * job.shape.nodes > 1
    command = (_SEVERAL_GPUS if several else _COMMANDS[stage]).format(**words)
    return [
        "",
        "set -euo pipefail",
        modules,
        activate.format(**words),
        f'cd "{posixpath.normpath(job.work_dir)}"',
        f"export OMP_NUM_THREADS={job.shape.cpus // max(1, job.shape.gpus)}",
        *([f'export WANDB_PROJECT="{project}" WANDB_NAME="$SLURM_JOB_NAME"'] if job.shape.gpus else []),
        "",
        command,
    ]


def _numbers(shape: Shape) -> dict[str, int]:
    return {"nodes": shape.nodes, "gpus": shape.gpus, "cpus": shape.cpus}


def _safe(word: str) -> str:
    """A name that can be part of a path and of a shell's line: people call jobs anything."""
    return re.sub(r"[^\w.-]", "_", word).strip(".") or "misc"
