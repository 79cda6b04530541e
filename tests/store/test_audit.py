from datetime import UTC, datetime

from clausius_panel.store import append_audit, audit_rows


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
