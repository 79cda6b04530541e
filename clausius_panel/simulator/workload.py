"""Who submits what: campaigns of jobs as people in machine learning and the sciences run them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from .job import Dependency, Shape
from .request import Request

__all__ = ["Campaign", "Workload", "fate"]

HOUR = 3600.0
_FATES: tuple[tuple[float, str, str], ...] = (
    (0.895, "COMPLETED", "0:0"),
    (0.935, "FAILED", "1:0"),
    (0.943, "FAILED", "0:11"),
    (0.963, "TIMEOUT", "0:0"),
    (0.98, "OUT_OF_MEMORY", "0:125"),
    (1.0, "CANCELLED", "0:0"),
)

Submit = Callable[[Request], int]
"""Gives a request to the scheduler; the answer is the job id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A family of jobs: `<project>_<campaign>_<rest>`, one of `shapes`, a limit, and how it is submitted."""

    project: str
    campaign: str
    partition: str
    users: tuple[tuple[str, str], ...]  # (user, account)
    shapes: tuple[Shape, ...]
    limits_h: tuple[float, ...]
    weight: float = 1.0
    fraction: tuple[float, float] = (0.3, 0.9)  # of the limit that a good run takes
    kind: str = "single"  # single, array, judged, chain, het
    tasks: tuple[int, int] = (8, 40)
    array_limit: int = 4
    qos: str = "normal"
    boost: float = 0.0
    licence: str = ""
    preemptible: bool = False
    rests: tuple[str, ...] = ("r{n:02d}", "r{n:02d}-fold{k}", "r{n:02d}-lr{k}e-5", "seed{n:02d}")


def fate(rng: random.Random, limit_s: float, fraction: tuple[float, float]) -> tuple[float, str, str]:
    """How a run goes: seconds until it ends, the state it ends in, and its exit code."""
    roll = rng.random()
    verdict, exit_code = next((state, code) for bound, state, code in _FATES if roll < bound)
    match verdict:
        case "COMPLETED":
            run_s = limit_s * rng.uniform(*fraction)
        case "TIMEOUT":
            run_s = limit_s
        case _:
            run_s = limit_s * fraction[1] * rng.uniform(0.02, 0.6)
    return max(5.0, run_s), verdict, exit_code


class Workload:
    """A stream of submissions that is steady but not smooth, the same for the same seed."""

    def __init__(self, campaigns: tuple[Campaign, ...], *, gap_s: float, seed: str) -> None:
        self._campaigns = campaigns
        self._weights = [campaign.weight for campaign in campaigns]
        self._gap_s = gap_s
        self._rng = random.Random(seed)
        self._numbers: dict[str, int] = {}

    def next_gap(self, waiting: int, target: int) -> float:
        """Seconds until the next submission: people hold back when they see a long queue."""
        pressure = max(0.1, min(6.0, 1.0 + 4.0 * (target - waiting) / max(1, target)))
        return self._rng.expovariate(pressure / self._gap_s)

    def submit_one(self, submit: Submit) -> None:
        """Submit whatever is next."""
        self.submit_campaign(self._rng.choices(self._campaigns, self._weights)[0], submit)

    def submit_campaign(self, campaign: Campaign, submit: Submit) -> None:
        """Submit one member of a campaign, with those that depend on it."""
        request = self._request(campaign)
        match campaign.kind:
            case "array":
                count = self._rng.randint(*campaign.tasks)
                submit(replace(request, tasks=tuple(range(count)), array_limit=campaign.array_limit))
            case "het":
                submit(replace(request, others=campaign.shapes[:1], shape=Shape(cpus=8, memory_mib=32768)))
            case "judged":
                self._judged(request, submit)
            case "chain":
                self._chain(request, submit)
            case _:
                submit(request)

    def filler(self, count: int, submit: Submit) -> None:
        """Submit `count` single jobs at the end of every queue, for large tables."""
        single = [campaign for campaign in self._campaigns if campaign.kind == "single"]
        for _ in range(count):
            submit(replace(self._request(self._rng.choice(single)), boost=-900.0))

    def _request(self, campaign: Campaign) -> Request:
        rng = self._rng
        user, account = rng.choice(campaign.users)
        limit_s = rng.choice(campaign.limits_h) * HOUR
        run_s, verdict, exit_code = fate(rng, limit_s, campaign.fraction)
        stem = f"{campaign.project}_{campaign.campaign}"
        number = self._numbers[stem] = self._numbers.get(stem, rng.randint(0, 20)) + 1
        return Request(
            name=f"{stem}_{rng.choice(campaign.rests).format(n=number, k=number % 5 + 1)}",
            user=user,
            account=account,
            partition=campaign.partition,
            shape=rng.choice(campaign.shapes),
            limit_s=limit_s,
            run_s=run_s,
            verdict=verdict,
            exit_code=exit_code,
            qos=campaign.qos,
            boost=campaign.boost + rng.uniform(0.0, 300.0),
            licence=campaign.licence,
            requeue=rng.random() < 0.6,
            preemptible=campaign.preemptible,
        )

    def _judged(self, request: Request, submit: Submit) -> None:
        """An evaluation, its judge, and a clean-up should the evaluation fail."""
        parent = submit(request)
        small = Shape(cpus=2, memory_mib=4096)
        judge = replace(
            request,
            name=f"{request.name}-judge-rs0",
            shape=small,
            limit_s=HOUR / 2,
            run_s=self._rng.uniform(120, 900),
            verdict="COMPLETED",
            exit_code="0:0",
            dependencies=(Dependency("afterok", parent),),
        )
        submit(judge)
        if self._rng.random() < 0.3:
            cleanup = replace(judge, name=f"{request.name}-cleanup", run_s=30.0)
            submit(replace(cleanup, dependencies=(Dependency("afternotok", parent),)))

    def _chain(self, request: Request, submit: Submit) -> None:
        """Segments of one long run: same name, one at a time."""
        for _ in range(self._rng.randint(2, 4)):
            submit(replace(request, dependencies=(Dependency("singleton"),)))
