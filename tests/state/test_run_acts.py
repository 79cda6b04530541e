from __future__ import annotations

from pathlib import Path

import pytest

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.state.run_acts import act_on_runs, jobs_concerned
from tests.views.kit import a_job, a_runtime
from tests.views.run_kit import fill_runs

KEYS = [("alpha", "1"), ("alpha", "2"), ("alpha", "3")]


def test_each_act_concerns_the_jobs_it_can_do_something_to(tmp_path: Path):
    waits = {"state": "PENDING", "start_time": None, "elapsed_s": 0}
    with a_runtime(tmp_path) as runtime:
        jobs = [a_job(1, name="one"), a_job(2, name="two", **waits)]
        fill_runs(runtime, [*jobs, a_job(3, name="three", reason="JobHeldUser", **waits)])
        assert jobs_concerned(runtime, "cancel", KEYS) == KEYS
        assert jobs_concerned(runtime, "hold", KEYS) == [("alpha", "2")]
        assert jobs_concerned(runtime, "release", KEYS) == [("alpha", "3")]
        assert act_on_runs(runtime, "release", KEYS[:2], actor="test").done == []
        with pytest.raises(InvalidInput, match="555"):
            jobs_concerned(runtime, "hold", [("alpha", "555")])
        with runtime.store.write() as cur:
            st.set_setting(cur, "read_only", True)
        with pytest.raises(ReadOnly, match="hold runs"):
            act_on_runs(runtime, "hold", KEYS, actor="test")
