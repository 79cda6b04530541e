from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import (
    AuthenticationRefused,
    CircuitOpen,
    CommandFailed,
    CommandTimeout,
    HostKeyUnknown,
    ParseError,
    StoreBusy,
    Unreachable,
)
from clausius_panel.store import (
    ClusterState,
    cluster_states,
    error_kind,
    forget_failures,
    put_cluster_state,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATE = ClusterState(
    cluster="alpha",
    user_name="alice",
    slurm_version="22.05.8",
    dialect='{"missing": ["squeue:stdout"]}',
    accounting="yes",
    jobs_as_of=NOW,
    nodes_as_of=NOW - timedelta(minutes=1),
    accounted_until=NOW - timedelta(minutes=2),
    last_attempt=NOW,
    last_error="no route \U0001f6ab",
    error_kind="unreachable",
    error_since=NOW - timedelta(hours=1),
    warning="accounting is down",
    failures=3,
    next_attempt=NOW + timedelta(minutes=1),
)


def put(store, *states):
    with store.write() as cur:
        for state in states:
            put_cluster_state(cur, state)


@pytest.mark.parametrize("state", [STATE, ClusterState(cluster="alpha")])
def test_a_state_comes_back_as_it_was(store, state):
    put(store, state)
    assert cluster_states(store) == {"alpha": state}


def test_a_newer_state_takes_the_place_of_the_older_one(store):
    other = ClusterState(cluster="beta")
    put(store, STATE, other)
    put(store, replace(STATE, failures=0, last_error="", error_kind="", error_since=None))
    found = cluster_states(store)
    assert (found["alpha"].failures, found["alpha"].error_since, found["beta"]) == (0, None, other)


def test_text_that_is_no_utf8_is_survived(store):
    put(store, ClusterState(cluster="alpha", last_error="caf\udce9"))
    assert cluster_states(store)["alpha"].last_error == "caf\ufffd"


def test_the_kinds_of_failure_are_kept_apart(tmp_path):
    errors = [
        Unreachable("h", "no route"),
        CircuitOpen("h", 5, "no route"),
        AuthenticationRefused("h", "no key"),
        HostKeyUnknown("h", "alpha", "ssh-ed25519", "SHA256:x"),
        CommandTimeout("h", "squeue", 30),
        CommandFailed("h", "squeue", 1, "down"),
        ParseError("squeue", 1, "x", "y"),
        StoreBusy(tmp_path, 30),
    ]
    assert [error_kind(error) for error in errors] == [
        "unreachable",
        "unreachable",
        "refused",
        "refused",
        "timeout",
        "failed",
        "parse",
        "busy",
    ]


@pytest.mark.parametrize(("kind", "kept"), [("unreachable", False), ("refused", False), ("timeout", True)])
def test_failures_that_are_forgotten_leave_the_error_and_only_the_floor_of_what_reached_slurm(store, kind, kept):
    put(store, replace(STATE, error_kind=kind))
    with store.write() as cur:
        forget_failures(cur, "alpha")
    state = cluster_states(store)["alpha"]
    assert (state.failures, state.next_attempt, state.last_error) == (0, None, STATE.last_error)
    assert (state.last_attempt is not None) is kept
