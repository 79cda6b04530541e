from clausius_panel.simulator.mishaps import Mishaps
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import SPEC, gpus, quiet, submit, want


def struck(seed: str) -> Simulation:
    sim = quiet()
    submit(sim, want(), want(partition="cpu", shape=gpus(0)))
    mishaps = Mishaps(seed)
    for _ in range(3):
        mishaps.strike(sim)
    return sim


def test_the_same_seed_strikes_the_same():
    def scars(sim: Simulation) -> list[object]:
        return [(node.name, node.drain, node.down, node.reason) for node in sim.nodes.values()]

    assert scars(struck("a")) == scars(struck("a"))


def test_nodes_are_drained_and_lost_and_jobs_suspended():
    sims = [struck(str(seed)) for seed in range(12)]
    assert any(node.drain for sim in sims for node in sim.nodes.values())
    assert any(node.down for sim in sims for node in sim.nodes.values())
    assert any(job.state == "SUSPENDED" for sim in sims for job in sim.jobs.values())


def test_the_next_one_comes_after_half_an_hour_at_the_earliest():
    mishaps = Mishaps(SPEC.name)
    assert min(mishaps.next_gap() for _ in range(100)) >= 1800.0
