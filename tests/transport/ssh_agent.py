"""A real ssh-agent that a test may fill, freeze and stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SshAgent"]


@dataclass
class SshAgent:
    """A running ssh-agent that holds nothing yet; `askpass`: the program by which it asks whether it may sign."""

    path: Path
    askpass: str = "/bin/false"
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        environment = os.environ | {"SSH_ASKPASS": self.askpass, "SSH_ASKPASS_REQUIRE": "force"}
        command = ["ssh-agent", "-D", "-a", self.path]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
        )
        deadline = time.monotonic() + 10
        while not self.path.exists():
            assert time.monotonic() < deadline, "ssh-agent does not start"
            time.sleep(0.01)

    def add(self, *keys: Path, confirm: bool = False) -> None:
        """Hold these keys, which have no passphrase; with `confirm` it asks each time before it signs."""
        words = ["ssh-add", "-q", *(["-c"] if confirm else []), *keys]
        environment = os.environ | {"SSH_AUTH_SOCK": str(self.path)}
        subprocess.run(words, check=True, capture_output=True, timeout=30, env=environment)

    def freeze(self) -> None:
        """From now on it accepts connections and never answers."""
        self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)  # with what it has started
        self.process.wait(10)
