from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.commands import text
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import gpus, submit, want


def seconds(shown: str) -> int:
    days, _, clock = shown.rpartition("-")
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total + int(days or 0) * 86400


@given(st.integers(0, 10**8))
def test_durations_say_what_they_were(duration: int):
    assert seconds(text.short_time(duration)) == seconds(text.long_time(duration)) == duration


@given(st.integers(0, 10**9))
def test_sizes_lose_nothing(mib: int):
    shown = text.memory(mib)
    factor = {"M": 1, "G": 1024, "T": 1048576}.get(shown[-1], 1)
    assert int(shown.rstrip("MGT")) * factor == mib


def test_resources_stand_in_the_order_of_the_command(sim: Simulation):
    [job] = submit(sim, want(shape=gpus(2, nodes=2)))
    assert text.tres(job) == "cpu=8,mem=64G,node=2,billing=48,gres/gpu=4,gres/gpu:a100=4"
    by_name = text.tres(job, by_name=True, convert=False)
    assert by_name == "billing=48,cpu=8,gres/gpu:a100=4,gres/gpu=4,mem=65536M,node=2"


@given(st.sets(st.integers(0, 300), min_size=1))
def test_uncut_array_expressions_name_every_task(tasks: set[int]):
    named: set[int] = set()
    for part in text.array_tasks(sorted(tasks), 0, most=0).split(","):
        first, _, last = part.partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named == tasks


def test_long_array_expressions_are_cut_after_64_characters():
    shown = text.array_tasks(range(0, 500, 3), 5)
    assert shown.endswith("...")
    assert len(shown) <= 67
