import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.slurm.dialect import Dialect

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_a_dialect_survives_json():
    dialect = Dialect(version="22.05.8", accounting="yes", asked_at=NOW.isoformat()).without("sacct", "StdOut")
    assert Dialect.from_mapping(json.loads(json.dumps(dialect.to_dict()))) == dialect


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["version", "accounting", "missing", "asked_at", "other"]), JSON))
def test_whatever_was_remembered_is_read_or_forgotten(known: dict[str, object]):
    dialect = Dialect.from_mapping(known)
    assert Dialect.from_mapping(dialect.to_dict()) == dialect
    assert dialect.is_due(NOW) in (True, False)
    assert dialect.release() >= (0, 0)


@pytest.mark.parametrize(
    ("asked", "due"),
    [("", True), ("nonsense", True), (NOW.isoformat(), False), ((NOW - timedelta(days=2)).isoformat(), True)],
)
def test_a_cluster_is_asked_what_it_is_once_a_day(asked: str, due: bool):
    assert Dialect(asked_at=asked).is_due(NOW) is due


def test_fields_are_remembered_without_regard_to_capitals():
    assert Dialect().without("squeue", "STDOUT").lacks("squeue", "stdout")
    assert not Dialect().without("squeue", "STDOUT").lacks("sinfo", "STDOUT")


def test_what_was_learned_of_one_command_can_be_taken_back():
    before = Dialect().without("squeue", "A")
    later = before.without("squeue", "B").without("sinfo", "C")
    assert later.restored("squeue", before) == before.without("sinfo", "C")
