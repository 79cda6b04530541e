from __future__ import annotations

from pathlib import Path

import pytest

import clausius_panel as cp
from clausius_panel.errors import InvalidInput, UnknownJob
from tests.faces import CLUSTER, changed, data_directory, scancelled


def test_jobs_are_put_first_and_runs_cancelled_by_any_of_their_jobs(tmp_path: Path):
    with cp.Fleet(environ={}, file="/dev/null", data_dir=data_directory(tmp_path)) as fleet:
        assert fleet.top(CLUSTER, 2).done == ["2"]
        assert changed(tmp_path) == ["top 2"]
        assert fleet.cancel_run(CLUSTER, 3).done == ["3"]
        assert scancelled(tmp_path) == ["3"]
        with pytest.raises(UnknownJob, match="404"):
            fleet.cancel_run(CLUSTER, "404")
        with pytest.raises(InvalidInput, match="job id"):
            fleet.top(CLUSTER, None)
