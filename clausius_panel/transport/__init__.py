"""How a command reaches a cluster: over SSH, or on this very host."""

from .base import Completed, Lane, Transport

__all__ = ["Completed", "Lane", "Transport"]
