import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import CircuitOpen, Unreachable
from clausius_panel.transport.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def paused(breaker: Breaker) -> float:
    try:
        breaker.check()
    except CircuitOpen as exc:
        return exc.retry_in_s
    return 0.0


def test_a_new_breaker_lets_everything_pass() -> None:
    Breaker("login").check()


def test_after_a_failure_it_says_for_how_long_and_why() -> None:
    breaker = Breaker("login", clock=Clock())
    breaker.failed(Unreachable("login", "no route to host"))
    with pytest.raises(CircuitOpen, match=r"login: not tried again for \d s \(no route to host\)"):
        breaker.check()


def test_it_lets_pass_again_when_the_pause_is_over() -> None:
    clock = Clock()
    breaker = Breaker("login", clock=clock)
    breaker.failed(Unreachable("login", "x"))
    clock.now = 6.1  # 5 s, and 20 % at most
    breaker.check()


@given(st.integers(min_value=1, max_value=2000))
def test_the_pause_doubles_from_5_to_300_seconds_give_or_take_a_fifth(failures: int) -> None:
    breaker = Breaker("login", clock=Clock())
    for _ in range(failures):
        breaker.failed(Unreachable("login", "x"))
    plain = min(300.0, 5.0 * 2 ** min(failures - 1, 10))
    assert 0.8 * plain <= paused(breaker) <= min(300.0, 1.2 * plain)


def test_success_closes_it_and_forgets() -> None:
    breaker = Breaker("login", clock=Clock())
    for _ in range(5):
        breaker.failed(Unreachable("login", "x"))
    breaker.succeeded()
    assert paused(breaker) == 0
    breaker.failed(Unreachable("login", "x"))
    assert paused(breaker) <= 6


def test_two_breakers_do_not_pause_in_step() -> None:
    pauses = set()
    for _ in range(20):
        breaker = Breaker("login", clock=Clock())
        breaker.failed(Unreachable("login", "x"))
        pauses.add(paused(breaker))
    assert len(pauses) > 1
