"""A notebook-native control room for Slurm."""

__version__ = "0.1.0"
