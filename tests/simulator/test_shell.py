from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clausius_panel.simulator.shell import PLAIN, shell_words


@pytest.fixture
def closed(tmp_path: Path):
    directory = tmp_path / "closed"
    directory.mkdir(mode=0)
    yield directory
    directory.chmod(0o700)


def test_a_command_runs_and_whoever_we_are_a_closed_directory_is_closed(tmp_path: Path, closed: Path):
    words = shell_words(tmp_path)
    done = subprocess.run(
        [*words, "-c", f"echo ran; cd '{closed}'"], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.stdout == "ran\n"
    if words == PLAIN and Path("/proc/self").stat().st_uid == 0:
        pytest.skip("root's rights cannot be left out here")
    assert done.returncode != 0


def test_without_the_tool_or_where_the_home_would_be_out_of_reach_it_is_the_plain_shell(
    tmp_path: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
):
    assert shell_words(closed / "home") == PLAIN
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shell_words(tmp_path) == PLAIN
