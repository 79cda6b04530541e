"""Three simulated Slurm clusters behind real SSH: from the transport up, the code path of real ones."""

from .fleet import DemoCluster, DemoFleet

__all__ = ["DemoCluster", "DemoFleet"]
