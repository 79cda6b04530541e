from collections import Counter

from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.simulation import Simulation


def test_every_way_of_waiting_and_ending_is_on_the_board_at_the_start():
    for spec in catalogue():
        sim = Simulation(spec, seed=7, history_s=4 * 3600.0)
        sim.advance(0.0)
        mine = [job for job in sim.jobs.values() if job.user in ("demo", "ada")]
        reasons = Counter(job.reason for job in mine)
        assert {
            "JobHeldUser",
            "JobHeldAdmin",
            "BeginTime",
            "PartitionTimeLimit",
            "JobArrayTaskLimit",
        } <= reasons.keys()
        assert "DependencyNeverSatisfied" in reasons
        assert {"OUT_OF_MEMORY", "TIMEOUT", "FAILED"} <= {job.state for job in mine}, spec.name
