from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.clock import Clock

speeds = st.floats(0.1, 1000)
moments = st.floats(-1e6, 1e6)


@given(speed=speeds, first=moments, second=moments)
def test_times_and_durations_agree_at_every_speed(speed: float, first: float, second: float):
    clock = Clock(epoch=1.7e9, speed=speed)
    assert abs(clock.wall(second) - clock.wall(first) - clock.span(second - first)) < 1e-3


@given(speed=speeds, moment=moments)
def test_a_moment_is_found_again_from_the_wall(speed: float, moment: float):
    clock = Clock(epoch=1.7e9, speed=speed)
    assert abs(clock.moment(clock.wall(moment)) - moment) < 1e-2


def test_now_on_the_cluster_is_now_on_the_wall_whatever_the_speed():
    clock = Clock(epoch=1000.0, speed=60.0, wall=lambda: 1030.0)
    assert clock.now() == 1800.0
    assert clock.wall(clock.now()) == 1030.0
