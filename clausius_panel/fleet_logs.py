"""Logs in a notebook: what `Fleet` can be asked about what jobs wrote, and where they are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex, Unpack

from .job_logs import LogAsk, job_log_files, log_text
from .logs import LogFile, SearchPath
from .logs.configured import PATH_BASES, log_shelf
from .model.job_id import job_id_text
from .queries.frames import frame_of
from .store.rules import RuleKind

if TYPE_CHECKING:
    import pandas as pd

    from .runtime import Runtime

__all__ = ["FleetLogs"]

ACTOR = "notebook"


class FleetLogs:
    """Logs of jobs, and your own rules about them."""

    runtime: Runtime

    def log_files(self, cluster: str, job_id: str | SupportsIndex) -> pd.DataFrame:
        """The log files of a job, one row each, those that Slurm names first.

        Raises `InvalidInput`, `UnknownCluster`, `TransportError`.
        """
        return frame_of(job_log_files(self.runtime, cluster, job_id_text(job_id)).files, LogFile)

    def log(self, cluster: str, job_id: str | SupportsIndex, **asked: Unpack[LogAsk]) -> str:
        """The last 200 lines of what a job wrote to stdout; at most 8 MiB.

        `asked` are those of `job_logs.LogAsk`: path for another of its files, stderr, lines, offset for whole
        lines from that byte on, grep for the lines that hold a text. Of an array it is the log written last.
        Raises `LogRefused` for a file that is missing or may not be read, `InvalidInput`, `TransportError`.
        """
        return log_text(self.runtime, cluster, job_id_text(job_id), **asked)

    def path_bases(self) -> pd.DataFrame:
        """The directories that are searched for logs beside those that Slurm names, one row each."""
        return frame_of(PATH_BASES.all(self.runtime.store), SearchPath)

    def add_path_base(self, path: str, *, cluster: str = "") -> None:
        """Search one more directory for logs, on one cluster or all. Raises `ReadOnly`, `InvalidInput`."""
        PATH_BASES.add(self.runtime.store, SearchPath(template=path, cluster=cluster), actor=ACTOR)

    def remove_path_base(self, path: str, *, cluster: str = "") -> None:
        """Search a directory no more; no file is touched. Raises `ReadOnly`, `InvalidInput`."""
        PATH_BASES.remove(self.runtime.store, path, cluster=cluster, actor=ACTOR)

    def log_rules(self, kind: RuleKind) -> list[Any]:
        """Your own rules of one kind: "path_mapping", "mount", "crash", "soft_failure" or "benign"."""
        return log_shelf(kind).all(self.runtime.store)

    def add_log_rule(self, kind: RuleKind, **fields: str) -> None:
        """Add a rule about logs; `fields` as its kind has them. Raises `ReadOnly`, `InvalidInput`."""
        log_shelf(kind).put(self.runtime.store, fields, actor=ACTOR)

    def remove_log_rule(self, kind: RuleKind, key: str, *, cluster: str = "") -> None:
        """Forget a rule, named by its first field. Raises `ReadOnly`, `InvalidInput`."""
        log_shelf(kind).remove(self.runtime.store, key, cluster=cluster, actor=ACTOR)
