from dataclasses import replace

import pytest

from clausius_panel.simulator.commands.context import Context, uid_of, user_of
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import FrozenClock


@pytest.mark.parametrize(
    ("env", "shown"),
    [
        ({"TZ": "UTC0"}, "2026-09-21T14:13:20"),
        ({"TZ": "UTC0", "SLURM_TIME_FORMAT": "standard"}, "2026-09-21T14:13:20"),
        ({"TZ": "UTC"}, "2026-09-21T14:13:20"),
        ({"TZ": "Asia/Tokyo"}, "2026-09-21T23:13:20"),
        ({"TZ": "No/Such"}, "2026-09-21T14:13:20"),
        ({"TZ": "UTC0", "SLURM_TIME_FORMAT": "%s"}, "1790000000"),
        ({"TZ": "UTC0", "SLURM_TIME_FORMAT": "%H:%M"}, "14:13"),
        ({"TZ": "UTC0", "SLURM_TIME_FORMAT": "relative"}, "14:13:20"),
    ],
)
def test_times_follow_the_environment(sim: Simulation, env: dict[str, str], shown: str):
    assert Context(sim=sim, clock=FrozenClock(), env=env).time(0.0) == shown


def test_unknown_times_and_scaled_durations(sim: Simulation):
    context = Context(sim=sim, clock=FrozenClock(speed=60.0), env={})
    assert (context.time(None), context.time(None, "Unknown"), context.seconds(3600.0)) == ("N/A", "Unknown", 60)


def test_users_by_name_and_number(sim: Simulation):
    assert (uid_of("ada"), uid_of("5002"), uid_of("nobody"), uid_of("0")) == (5002, 5002, None, None)
    assert (user_of(5002), user_of(42)) == ("ada", "42")
    assert replace(Context(sim=sim, clock=FrozenClock(), env={}), user="ada").uid == 5002
