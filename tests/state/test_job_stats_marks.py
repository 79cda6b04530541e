from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.model.job_usage import Usage
from clausius_panel.runtime import Runtime
from clausius_panel.state.job_stats_marks import idle_marks, known_verdicts
from clausius_panel.store.job_stats import append_usage
from tests.views.kit import a_job, a_runtime, fill


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        jobs = [a_job(1, gpus=4, elapsed_s=7200, time_limit_s=36_000), a_job(2, gpus=4)]
        fill(made, jobs)
        with made.store.write() as cur:
            for minutes in (45, 30, 15, 0):
                usage = Usage(at=datetime.now(UTC) - timedelta(minutes=minutes), source="sstat", gpu_percent=1.0)
                append_usage(cur, jobs[0], usage, kept=timedelta(days=1))
        yield made


def test_rows_whose_gpus_do_nothing_are_marked(runtime):
    marks = idle_marks(runtime.store)
    assert list(marks) == [("alpha", "1")]
    assert marks["alpha", "1"].for_s == pytest.approx(2700, abs=2)


def test_verdicts_of_the_opened_job_come_from_what_was_kept(runtime):
    [verdict] = known_verdicts(runtime.store, ("alpha", "1"))
    assert verdict.level == "warning"
    assert re.fullmatch("4 GPUs held, 1 % used for 4[45] min", verdict.text)
    assert known_verdicts(runtime.store, ("alpha", "2")) == []
    assert known_verdicts(runtime.store, ("alpha", "77")) == []
    assert known_verdicts(runtime.store, None) == []
