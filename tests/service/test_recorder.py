from __future__ import annotations

import threading
import time
from pathlib import Path

from clausius_panel.service.recorder import Recorder
from tests.faces import a_runtime


def test_the_recorder_asks_while_nobody_looks_and_ends_when_told(tmp_path: Path):
    calls = tmp_path / "slurm" / "calls.log"
    with a_runtime(tmp_path) as runtime:
        recorder = Recorder(runtime)
        recorder.start()
        end = time.monotonic() + 20
        while not calls.exists() or "squeue" not in calls.read_text():
            assert time.monotonic() < end, "nobody asked"
            time.sleep(0.02)
        recorder.stop()
        assert "recorder" not in {thread.name for thread in threading.enumerate()}
