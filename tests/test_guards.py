import pytest

from clausius_panel import actions
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.guards import MAX_JOBS, audit, checked_job_ids, refuse_when_read_only
from clausius_panel.store.audit import audit_rows


def test_ids_are_trimmed_and_each_is_kept_once():
    assert checked_job_ids([" 1", "1", "2_[1-3]"]) == ["1", "2_[1-3]"]


@pytest.mark.parametrize("ids", [[], ["1", "x"], ["1;id"], [str(i) for i in range(MAX_JOBS + 1)]])
def test_no_ids_wrong_ones_and_too_many_are_refused(ids):
    with pytest.raises(InvalidInput):
        checked_job_ids(ids)


def test_read_only_mode_names_what_it_refused(alpha_store):
    refuse_when_read_only(alpha_store, "hold")
    actions.set_setting(alpha_store, "read_only", "true")
    with pytest.raises(ReadOnly, match="hold"):
        refuse_when_read_only(alpha_store, "hold")


def test_each_target_gets_a_row(alpha_store):
    failures = {"1": "", "2": "not yours"}
    audit(alpha_store, actor="test", action="hold", cluster="alpha", failures=failures, detail="run 1")
    rows = {row.target: (row.actor, row.action, row.outcome, row.detail) for row in audit_rows(alpha_store)}
    assert rows == {"1": ("test", "hold", "done", "run 1"), "2": ("test", "hold", "failed", "not yours")}
