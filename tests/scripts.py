"""Programs of the tests that stand for commands of a cluster."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["install"]


def install(source: Path, target: Path) -> None:
    """Make `target` a command that runs the Python file `source`.

    With the interpreter of the tests, without its packages: the python3 of the path may be a wrapper that takes
    ten times as long to start.
    """
    _, _, program = source.read_text(encoding="utf-8").partition("\n")
    target.write_text(f"#!{sys.executable} -IS\n{program}", encoding="utf-8")
    target.chmod(0o755)
