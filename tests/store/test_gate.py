import threading
import time

import pytest

from clausius_panel.store.gate import Gate
from tests.store.processes import wait_until


def soon():
    return time.monotonic() + 5


def test_readers_are_inside_together(tmp_path):
    gate = Gate(tmp_path / "x")
    turns = [gate.enter(exclusive=False, deadline=soon()) for _ in range(3)]
    for turn in turns:
        turn.leave()


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_writer_is_inside_alone(tmp_path, exclusive):
    gate = Gate(tmp_path / "x")
    turn = gate.enter(exclusive=True, deadline=soon())
    with pytest.raises(TimeoutError):
        gate.enter(exclusive=exclusive, deadline=time.monotonic() + 0.05)
    turn.leave()
    gate.enter(exclusive=exclusive, deadline=soon()).leave()


def test_a_turn_may_be_left_twice(tmp_path):
    turn = Gate(tmp_path / "x").enter(exclusive=True, deadline=soon())
    turn.leave()
    turn.leave()


def test_who_gave_up_waiting_blocks_nobody(tmp_path):
    gate = Gate(tmp_path / "x")
    inside = gate.enter(exclusive=False, deadline=soon())
    with pytest.raises(TimeoutError):
        gate.enter(exclusive=True, deadline=time.monotonic() + 0.05)
    assert not gate.is_contended()
    gate.enter(exclusive=False, deadline=soon()).leave()
    inside.leave()


def test_a_waiting_writer_is_seen_and_not_overtaken(tmp_path):
    gate = Gate(tmp_path / "x")
    inside = gate.enter(exclusive=False, deadline=soon())
    order = []

    def enter(name, exclusive):
        turn = gate.enter(exclusive=exclusive, deadline=soon())
        order.append(name)
        turn.leave()

    assert not gate.is_contended()
    writer = threading.Thread(target=enter, args=("writer", True))
    writer.start()
    wait_until(gate.is_contended)
    reader = threading.Thread(target=enter, args=("reader", False))
    reader.start()
    reader.join(0.1)
    assert order == []
    inside.leave()
    writer.join()
    reader.join()
    assert order == ["writer", "reader"]


def test_nobody_waits_where_the_directory_is_gone(tmp_path):
    assert not Gate(tmp_path / "gone" / "x").is_contended()


def test_the_lock_files_are_for_their_owner_only(tmp_path):
    Gate(tmp_path / "x").enter(exclusive=True, deadline=soon()).leave()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"x.gate": 0o600, "x.turn": 0o600}
