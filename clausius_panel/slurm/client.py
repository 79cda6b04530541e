"""One cluster's Slurm: a poll is one script in one round trip."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ..errors import CommandFailed, ParseError
from ..model import Cluster
from ..transport import Transport
from . import scancel, scontrol
from .answers import ConnectionReport, PollRequest, Problem, Snapshot
from .control import Change, change_jobs
from .framing import Command
from .poll import LIMIT_S, Poll, run_script
from .provenance import Provenance, capture

__all__ = ["ConnectionReport", "PollRequest", "Problem", "SlurmClient", "Snapshot"]

_CHUNK = 100


class SlurmClient:
    """Asks one cluster, and changes jobs there. Safe to use from several threads if the transport is."""

    def __init__(self, cluster: Cluster, transport: Transport, *, limit_s: int = LIMIT_S) -> None:
        """`limit_s`: seconds that one Slurm command may take."""
        self.cluster, self.transport, self._limit_s = cluster, transport, limit_s

    def poll(self, request: PollRequest) -> Snapshot:
        """Everything `request` asks for; what failed is a `Problem` of the snapshot.

        Raises `TransportError` only where the cluster answered nothing at all.
        """
        return Poll(self.cluster, self.transport, request, limit_s=self._limit_s).run()

    def cancel(self, job_ids: Iterable[str]) -> dict[str, str]:
        """Cancel jobs: for each id "" or why it was not cancelled.

        Raises `InvalidInput` for an id that is none, before anything is cancelled, and `TransportError`.
        """
        words = {job_id: scancel.words(job_id) for job_id in dict.fromkeys(job_ids)}
        ids = list(words)
        said: dict[str, str] = {}
        for start in range(0, len(ids), _CHUNK):
            chunk = {f"c{number}": job_id for number, job_id in enumerate(ids[start : start + _CHUNK])}
            frames, _, _ = run_script(
                self.transport,
                [Command(name=name, words=words[job_id], server="ctld") for name, job_id in chunk.items()],
                slurm_path=self.cluster.slurm_path,
                limit_s=self._limit_s,
            )
            said |= {job_id: scancel.outcome(frames.get(name)) for name, job_id in chunk.items()}
        return said

    def change(self, wish: Change, job_ids: Iterable[str]) -> dict[str, str]:
        """Hold, release or change jobs: for each id "" or why it was not done. Raises as `cancel`."""
        return change_jobs(self.cluster, self.transport, wish, job_ids, limit_s=self._limit_s)

    def provenance(self, job_id: str, *, work_dir: str = "") -> Provenance:
        """What a job was submitted with. Raises as `provenance.capture`."""
        return capture(self.cluster, self.transport, job_id, work_dir=work_dir)

    def test(self) -> ConnectionReport:
        """Connect and ask who and what is there.

        Raises `TransportError`; `CommandFailed` too where Slurm's commands are missing or do not answer.
        """
        started = time.monotonic()
        frames, _, _ = run_script(
            self.transport,
            [
                Command(name="user", words=("id", "-un")),
                Command(name="config", words=scontrol.WORDS, server="ctld"),
            ],
            slurm_path=self.cluster.slurm_path,
            limit_s=self._limit_s,
        )
        told = frames.get("config")
        try:
            facts = scontrol.parse(told.stdout if told else "")
        except ParseError as error:
            status, stderr = (told.exit_status, told.stderr) if told else (1, "no answer")
            raise CommandFailed(self.transport.host, "scontrol show config", status, stderr) from error
        seconds = time.monotonic() - started
        detour = ""
        if self.cluster.data_host:
            detour = self.transport.run("true", lane="data", timeout_s=self._limit_s).detour
        return ConnectionReport(
            cluster=self.cluster.name,
            host=self.transport.host,
            user=frames["user"].stdout.strip() if "user" in frames else "",
            version=facts.version,
            slurm_cluster=facts.cluster_name,
            accounting="yes" if facts.has_accounting else "no",
            seconds=seconds,
            detour=detour,
        )
