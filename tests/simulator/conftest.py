from __future__ import annotations

from collections.abc import Iterator

import pytest

from clausius_panel.config import Config, load
from clausius_panel.simulator import DemoFleet
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import quiet


@pytest.fixture
def sim() -> Simulation:
    return quiet()


@pytest.fixture(scope="session")
def fleet() -> Iterator[DemoFleet]:
    """One for all tests that only look; tarn answers at once and moraine stays up."""
    with DemoFleet(history_h=12.0) as fleet:
        fleet.cluster("tarn").latency_s = 0.0
        fleet.cluster("moraine").up()
        yield fleet


@pytest.fixture(scope="session")
def config(fleet: DemoFleet) -> Config:
    return load(environ={}, file="/dev/null", **fleet.config_overrides)
