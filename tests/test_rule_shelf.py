from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly
from clausius_panel.logs import BenignRule, Mount, SearchPath
from clausius_panel.logs.configured import BENIGN_RULES, MOUNTS, PATH_BASES
from clausius_panel.rule_shelf import MOST_RULES
from clausius_panel.store import Store
from clausius_panel.store.rules import put_rules
from tests.stores import new_store


@pytest.fixture
def store(tmp_path):
    made = new_store(tmp_path / "clausius.duckdb")
    yield made
    made.close()


def audited(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as cur:
        return cur.execute("SELECT actor, action, target FROM audit ORDER BY at_time").fetchall()


def test_rules_are_kept_in_order_and_every_change_is_audited(store):
    PATH_BASES.add(store, SearchPath(template="/a b"), actor="cli")
    PATH_BASES.add(store, SearchPath(template="/c", cluster="alpha"))
    assert [(each.template, each.cluster) for each in PATH_BASES.all(store)] == [("/a b", ""), ("/c", "alpha")]
    assert PATH_BASES.remove(store, "/a b", actor="mcp") == SearchPath(template="/a b")
    assert [each.template for each in PATH_BASES.all(store)] == ["/c"]
    assert audited(store) == [
        ("cli", "add path base", "/a b"),
        ("script", "add path base", "/c"),
        ("mcp", "remove path base", "/a b"),
    ]


def test_the_same_again_and_what_is_not_there_are_refused(store):
    MOUNTS.add(store, Mount(remote="/scratch", local="/mnt/a"))
    MOUNTS.add(store, Mount(remote="/scratch", local="/mnt/a", cluster="alpha"))
    with pytest.raises(InvalidInput, match="there already"):
        MOUNTS.add(store, Mount(remote="/scratch", local="/mnt/b"))
    with pytest.raises(InvalidInput, match="there are: /scratch, /scratch"):
        MOUNTS.remove(store, "/scratch", cluster="beta")
    assert len(MOUNTS.all(store)) == 2


def test_read_only_mode_keeps_rules_as_they_are(store):
    BENIGN_RULES.add(store, BenignRule(text="all is well"))
    with store.write() as cur:
        st.set_setting(cur, "read_only", "true")
    with pytest.raises(ReadOnly):
        BENIGN_RULES.add(store, BenignRule(text="another"))
    with pytest.raises(ReadOnly):
        BENIGN_RULES.remove(store, "all is well")
    assert len(BENIGN_RULES.all(store)) == 1


def test_there_are_only_so_many_rules_of_a_kind(store):
    with store.write() as cur:
        put_rules(cur, "benign", [{"text": f"text {number}"} for number in range(MOST_RULES)])
    with pytest.raises(InvalidInput, match=str(MOST_RULES)):
        BENIGN_RULES.add(store, BenignRule(text="one more"))


@pytest.mark.parametrize("fields", [{"path": "/x"}, {}, {"template": "/x", "more": "y"}])
def test_fields_that_a_rule_does_not_have_are_refused(store, fields):
    with pytest.raises(InvalidInput, match="fields of a path base"):
        PATH_BASES.put(store, fields)


def test_what_cannot_be_read_any_more_is_left_out_and_survives_a_change(store):
    kept = [3, {"template": "relative"}, {"unknown": "x"}, {"template": "/good"}]
    with store.write() as cur:
        put_rules(cur, "log_path", kept)
    assert PATH_BASES.all(store) == [SearchPath(template="/good")]
    PATH_BASES.add(store, SearchPath(template="/more"))
    PATH_BASES.remove(store, "/good")
    assert PATH_BASES.all(store) == [SearchPath(template="/more")]


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "x" * 1001])
def test_a_rule_is_one_line_that_can_be_shown(store, text):
    with pytest.raises(InvalidInput):
        BENIGN_RULES.add(store, BenignRule(text=f"abc {text}"))
    assert BENIGN_RULES.all(store) == []


@given(strategy.text(max_size=50))
def test_a_path_base_is_absolute_whatever_is_typed(path):
    try:
        rule = SearchPath(template=path)
    except InvalidInput:
        return
    assert rule.template.startswith(("/", "{work_dir}"))
    assert ".." not in rule.template.split("/")
