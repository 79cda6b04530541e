from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import paramiko

from clausius_panel.simulator.flapper import Flapper
from clausius_panel.simulator.server import SshServer

KEY = paramiko.ECDSAKey.generate()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_server_comes_and_goes_until_it_is_stopped(tmp_path: Path):
    server = SshServer("fox", user="demo", host_key=KEY, authorized_key=KEY, home=tmp_path, env={})
    flapper = Flapper(server, 0.05, 0.05)
    for state in (False, True, False):
        wait_until(lambda state=state: server.is_up == state)
    flapper.stop()
    flapper.stop()
    state = server.is_up
    time.sleep(0.15)  # three times as long as it would stay so
    assert server.is_up == state
    server.close()


def test_stopping_does_not_wait_for_the_next_turn(tmp_path: Path):
    server = SshServer("fox", user="demo", host_key=KEY, authorized_key=KEY, home=tmp_path, env={})
    started = time.monotonic()
    Flapper(server, 3600.0, 3600.0).stop()
    assert time.monotonic() - started < 5
    server.close()
