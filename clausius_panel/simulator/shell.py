"""The shell in which commands of a demo cluster run: it may read no more than what the files' modes allow.

Demos are often run by root, in a container; who looks at the jobs of others is to see there, too, that their files
are closed. So root's right to read everything is left out, where that can be done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["PLAIN", "shell_words"]

PLAIN = ("/bin/sh",)
"""What runs `-c COMMAND` as whoever we are."""

_PROBE = 'test -x "$1" && test -x "$2" && exec "$2" -ISs -c ""'
_PATIENCE_S = 10.0


def shell_words(home: Path) -> tuple[str, ...]:
    """The words in front of `-c COMMAND` for commands that start in `home`."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0 or setpriv is None:
        return PLAIN
    words = (setpriv, "--bounding-set=-dac_override,-dac_read_search", *PLAIN)
    probe = [*words, "-c", _PROBE, "sh", str(home), sys.executable]
    try:
        done = subprocess.run(
            probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return PLAIN
    return words if done.returncode == 0 else PLAIN
