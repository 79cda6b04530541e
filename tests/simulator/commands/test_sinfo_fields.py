import pytest

from clausius_panel.simulator.catalogue import Trouble
from clausius_panel.simulator.commands.sinfo_fields import FIELDS, LETTERS, state_complete, state_long, state_rank
from clausius_panel.simulator.job import Shape
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import ask, gpus, submit, want


@pytest.mark.parametrize(
    ("cpus", "trouble", "words"),
    [
        (0, "", ("idle", "idle")),
        (8, "", ("mixed", "mixed")),
        (32, "", ("allocated", "allocated")),
        (0, "drain", ("drained", "idle+drain")),
        (8, "drain", ("draining", "mixed+drain")),
        (32, "drain", ("draining", "allocated+drain")),
        (8, "down", ("down*", "down+not_responding")),
    ],
)
def test_states_of_nodes(sim: Simulation, cpus: int, trouble: str, words: tuple[str, str]):
    if cpus:
        submit(sim, want(shape=Shape(cpus=cpus, memory_mib=1)))
    if trouble:
        sim.trouble(Trouble(node="fox01", kind=trouble, reason="r", at_s=0.0))
    node = sim.nodes["fox01"]
    assert (state_long(node), state_complete(node)) == words
    assert state_rank(node) in range(6)


def test_every_field_and_letter_answers(sim: Simulation):
    submit(sim, want(shape=gpus(1)))
    for name, field in FIELDS.items():
        lines = ask(sim, f"sinfo -N -O {name}:0").stdout.splitlines()
        assert (lines[0], len(lines)) == (field.header, 7), name
    for letter in LETTERS:
        answer = ask(sim, f"sinfo -o %{letter} -n nosuch")
        assert (answer.stderr, answer.stdout.count("\n")) == ("", 5), letter
