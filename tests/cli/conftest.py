"""The command line on a data directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clausius_panel.cli import clausius
from tests.faces import data_directory

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests is read or written."""
    for name in [name for name in os.environ if name.startswith("CLAUSIUS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "ssh_config").write_text("")
    monkeypatch.setenv("CLAUSIUS_SSH_CONFIG", str(tmp_path / "ssh_config"))
    monkeypatch.setenv("CLAUSIUS_KNOWN_HOSTS", str(tmp_path / "known_hosts"))
    monkeypatch.setenv("CLAUSIUS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where `data_directory` put its things."""
    data_directory(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def _common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(tmp_path_factory.mktemp("common"))
    data_directory(root)
    return root


@pytest.fixture
def common(_common: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as `root` for tests that only read: made once, and asked about its jobs once."""
    monkeypatch.setenv("CLAUSIUS_DATA_DIR", str(_common / "data"))
    return _common


@pytest.fixture
def run() -> Run:
    """`run("jobs", "--json")` is the command in this process."""

    def invoke(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(clausius, list(words), input=answer)

    return invoke


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`process("jobs")` is the command as a process of its own."""

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clausius_panel", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return call
