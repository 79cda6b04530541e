import random
import re
from collections import Counter

from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.request import Request
from clausius_panel.simulator.workload import Workload, fate


def submissions(count: int, *, seed: str = "s") -> list[Request]:
    taken: list[Request] = []

    def submit(request: Request) -> int:
        taken.append(request)
        return len(taken)

    for spec in catalogue():
        workload = Workload(spec.campaigns, gap_s=60.0, seed=seed)
        for _ in range(count):
            workload.submit_one(submit)
    return taken


def test_the_same_seed_submits_the_same_and_another_seed_something_else():
    assert submissions(40) == submissions(40)
    assert submissions(40) != submissions(40, seed="t")


def test_names_have_the_form_project_campaign_rest():
    for request in submissions(80):
        assert re.fullmatch(r"[a-z0-9]+_[a-z0-9-]+_[a-z0-9-]+", request.name), request.name


def test_there_are_arrays_dependencies_heterogeneous_jobs_and_licences():
    taken = submissions(300)
    kinds = Counter(term.kind for request in taken for term in request.dependencies)
    assert kinds.keys() == {"afterok", "afternotok", "singleton"}
    assert any(request.tasks and request.array_limit for request in taken)
    assert any(request.others for request in taken)
    assert any(request.licence for request in taken)
    assert any(request.preemptible for request in taken)


def test_a_long_queue_makes_people_hold_back():
    gaps = {
        waiting: sum(
            Workload(catalogue()[0].campaigns, gap_s=60.0, seed=str(n)).next_gap(waiting, 50) for n in range(50)
        )
        for waiting in (0, 50, 500)
    }
    assert gaps[0] < gaps[50] < gaps[500]


def test_filler_jobs_are_single_and_come_last():
    taken: list[Request] = []

    def submit(request: Request) -> int:
        taken.append(request)
        return len(taken)

    Workload(catalogue()[0].campaigns, gap_s=60.0, seed="s").filler(25, submit)
    assert len(taken) == 25
    assert not any(request.tasks or request.dependencies or request.others for request in taken)
    assert max(request.boost for request in taken) < 0


def test_runs_end_in_every_way_and_only_a_timeout_uses_all_of_its_limit():
    rng = random.Random(3)
    fates = [fate(rng, 3600.0, (0.3, 0.9)) for _ in range(2000)]
    assert {state for _, state, _ in fates} == {"COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "CANCELLED"}
    assert all(5.0 <= run_s <= 3600.0 for run_s, _, _ in fates)
    assert {state for run_s, state, _ in fates if run_s == 3600.0} == {"TIMEOUT"}
