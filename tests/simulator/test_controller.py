from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.simulator.controller import Controller
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import FrozenClock, submit, want


@pytest.fixture
def path(tmp_path: Path, sim: Simulation) -> Iterator[Path]:
    submit(sim, want("na me_ü_😀"))
    path = tmp_path / "s"
    controller = Controller(path, {"fox": sim}, FrozenClock())
    yield path
    controller.close()
    controller.close()


def exchange(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(path))
        link.sendall(request)
        link.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: link.recv(65536), b""))


def test_a_request_is_words_and_environment_and_the_answer_has_a_length(path: Path):
    reply = exchange(path, b"fox\0squeue\x003\0-h\0-o\0%j|%V\x001\0TZ=UTC0\0")
    assert reply == "0 34\nna me_ü_😀|2026-09-21T14:13:20\n".encode()


def test_errors_come_after_the_output(path: Path):
    reply = exchange(path, b"fox\0squeue\x002\0-j\0abc\x000\0")
    assert reply == b"1 0\nsqueue: error: Invalid job id: abc\n"


def test_a_command_that_there_is_not_is_not_found(path: Path):
    assert exchange(path, b"fox\0sdiag\x000\x000\0").startswith(b"127 0\n")


def test_nonsense_gets_no_answer_and_is_logged(path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        assert exchange(path, b"nonsense") == b""
        assert exchange(path, b"fox\0squeue\x001\0-V\x000\0") == b"0 14\nslurm 22.05.8\n"
        deadline = time.monotonic() + 10
        while "a command of the demo failed" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
