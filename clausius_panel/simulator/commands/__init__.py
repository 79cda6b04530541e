"""Slurm's commands, answered from the simulation in the words and formats of the real ones."""

from __future__ import annotations

from collections.abc import Mapping

from .context import Answer, Command, Context
from .sacct import sacct
from .sbatch import sbatch
from .scancel import scancel
from .scontrol import scontrol
from .sinfo import sinfo
from .squeue import squeue
from .srun import srun
from .sstat import sstat

__all__ = ["COMMANDS", "Answer", "Context", "answer"]

COMMANDS: Mapping[str, Command] = {
    "sacct": sacct,
    "sbatch": sbatch,
    "scancel": scancel,
    "scontrol": scontrol,
    "sinfo": sinfo,
    "squeue": squeue,
    "srun": srun,
    "sstat": sstat,
}
"""By name, as they stand on the cluster's PATH."""


def answer(name: str, argv: list[str], context: Context) -> Answer:
    """Run one command at the present moment of the cluster."""
    with context.sim.lock:
        context.sim.advance(context.clock.now())
        return COMMANDS[name](argv, context)
