from datetime import UTC, datetime

from clausius_panel.store import append_audit, audit_rows, last_acts


def append(store, target, detail=""):
    with store.write() as cur:
        append_audit(
            cur, actor="cli", action="cancel", cluster="alpha", target=target, outcome="done", detail=detail
        )


def test_changes_are_listed_with_the_newest_first(store):
    before = datetime.now(UTC)
    for target in ("1", "2", "3"):
        append(store, target)
    found = audit_rows(store, limit=2)
    assert [row.target for row in found] == ["3", "2"]
    assert before <= found[0].at <= datetime.now(UTC)


def test_what_a_command_said_is_kept_whatever_it_holds(store):
    append(store, "1", "it's\n\udce9 '); DROP TABLE audit; --")
    [row] = audit_rows(store)
    assert row.detail == "it's\n\ufffd '); DROP TABLE audit; --"


def test_the_last_act_on_jobs_of_a_cluster_is_told_and_no_other_change(store):
    append(store, "1")
    with store.write() as cur:
        told = {"actor": "cli", "target": "x", "outcome": "done"}
        append_audit(cur, action="time_limit 10", cluster="beta", **told)
        append_audit(cur, action="star", cluster="gamma", **told)
    rows = {row.cluster: row.at for row in audit_rows(store)}
    acts, begin = ("cancel", "time_limit"), rows["alpha"]
    assert last_acts(store, acts, since=begin) == {cluster: rows[cluster] for cluster in ("alpha", "beta")}
    assert last_acts(store, acts, since=rows["gamma"]) == {}
