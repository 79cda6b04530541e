import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.model.run import ParentRule, RunRules
from clausius_panel.store.rules import list_rules, put_rules, put_run_rules, read_run_rules, run_rules


def test_rules_come_back_in_their_order_and_kinds_apart(store):
    with store.write() as cur:
        put_rules(cur, "log_path", ["/b", "/a"])
        put_rules(cur, "path_mapping", [{"from": "/x", "to": "/y"}])
    assert list_rules(store, "log_path") == ["/b", "/a"]
    assert list_rules(store, "path_mapping") == [{"from": "/x", "to": "/y"}]
    with store.write() as cur:
        put_rules(cur, "log_path", [])
    assert list_rules(store, "log_path") == []
    assert list_rules(store, "process_filter") == []


@pytest.mark.parametrize("rules", [[object()], [float("nan")]])
def test_what_json_cannot_hold_is_refused(store, rules):
    with pytest.raises(InvalidInput), store.write() as cur:
        put_rules(cur, "log_path", rules)


def test_an_unknown_kind_is_refused(store):
    with pytest.raises(InvalidInput, match="log_path"):
        list_rules(store, "nothing")


def test_the_rules_of_runs_are_the_defaults_until_some_are_kept(store):
    assert run_rules(store) == RunRules()
    mine = RunRules(stages=("a",), parents=(ParentRule(suffix="-b", parents=("", "-c")),), explicit="(x)", gap_s=7)
    with store.write() as cur:
        put_run_rules(cur, mine)
        assert read_run_rules(cur) == mine
    assert run_rules(store) == mine


@pytest.mark.parametrize(
    "stored", ["[]", "{}", '{"stages": ["("], "parents": [], "explicit": "(x)", "gap_s": 1}', "3"]
)
def test_rules_that_cannot_be_read_any_more_give_way_to_the_defaults(store, stored):
    with store.write() as cur:
        cur.execute("INSERT INTO rules VALUES ('runs', 0, ?::JSON, now()::TIMESTAMP)", [stored])
    assert run_rules(store) == RunRules()
