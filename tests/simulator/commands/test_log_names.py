from clausius_panel.simulator.commands.log_names import expand
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import submit, want


def test_patterns_are_filled_in(sim: Simulation):
    [job] = submit(sim, want(stdout="/l/%x-%j-%u-%N-%%.out"))
    assert expand(job) == "/l/proj_camp_r01-1001-demo-fox01-%.out"


def test_array_tasks_have_the_arrays_id_and_their_index(sim: Simulation):
    submit(sim, want(tasks=(7, 8), array_limit=1))
    [task] = sim.holders()
    assert expand(task) == "/home/demo/logs/proj/camp/proj_camp_r01-1001_7.out"
