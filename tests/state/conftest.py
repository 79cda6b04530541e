"""A runtime on an empty store for the tests of states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.runtime import Runtime
from tests.views.kit import a_runtime

__all__: list[str] = []


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made
