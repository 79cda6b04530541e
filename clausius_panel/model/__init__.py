"""The nouns: frozen values without input or output."""

from .cluster import Cluster
from .freshness import Freshness
from .job import ACTIVE_STATES, FINAL_STATES, Job, StateFamily, is_final, state_family
from .node import Node, Partition

__all__ = [
    "ACTIVE_STATES",
    "FINAL_STATES",
    "Cluster",
    "Freshness",
    "Job",
    "Node",
    "Partition",
    "StateFamily",
    "is_final",
    "state_family",
]
