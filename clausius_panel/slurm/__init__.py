"""Slurm's commands, how to read what they print, and `SlurmClient`, which asks one cluster."""

from .client import ConnectionReport, PollRequest, Problem, SlurmClient, Snapshot

__all__ = ["ConnectionReport", "PollRequest", "Problem", "SlurmClient", "Snapshot"]
