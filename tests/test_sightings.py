"""A job that was submitted a moment ago, on a cluster of shell scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from clausius_panel import records
from clausius_panel.errors import InvalidInput, ReadOnly, UnknownJob
from clausius_panel.runtime import Runtime
from clausius_panel.sightings import telling_where, with_newest
from clausius_panel.store import set_setting
from tests.faces import CLUSTER, a_runtime


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        yield runtime


def calls(tmp_path: Path) -> int:
    log = tmp_path / "slurm" / "calls.log"
    return log.read_text().count("squeue ['-a'") if log.exists() else 0


def test_a_job_that_is_not_here_yet_is_looked_up_and_then_pinned(runtime: Runtime, tmp_path: Path):
    assert with_newest(runtime, CLUSTER, partial(records.pin, runtime.store, CLUSTER, ["1", "2"])) == 2
    assert with_newest(runtime, CLUSTER, partial(records.star, runtime.store, CLUSTER, "3")) == "3"
    assert calls(tmp_path) == 1


def test_an_id_that_nobody_has_is_unknown_and_the_floor_is_told(runtime: Runtime, tmp_path: Path):
    pin = partial(records.pin, runtime.store, CLUSTER, ["1", "99"])
    with pytest.raises(UnknownJob, match=r"'99' is unknown; .* try again in \d+ s") as unknown:
        with_newest(runtime, CLUSTER, pin)
    places = r"in its queue \(asked \d+ s ago\), the history kept here and its accounting \(read until .* UTC\);"
    assert re.search(f"looked up {places}", str(unknown.value))
    assert str(unknown.value).endswith("for an older one: clausius backfill here")
    with pytest.raises(UnknownJob, match="no run or job of this id"):
        with_newest(runtime, CLUSTER, partial(records.set_notes, runtime.store, CLUSTER, "99", "x"))
    assert calls(tmp_path) == 1
    with runtime.store.write() as cur:
        assert cur.execute("SELECT count(*) FROM jobs WHERE pinned").fetchone() == (0,)
        cur.execute(
            "UPDATE cluster_state SET last_error = 'cut off', next_attempt = now()::TIMESTAMP + INTERVAL 1 HOUR"
        )
    with pytest.raises(
        UnknownJob, match=r"cannot be asked now \(cut off; last asked .*\); it is asked again in 3\d+ s"
    ):
        with_newest(runtime, CLUSTER, pin)


def test_a_cluster_that_was_never_asked_is_said_to_be_that(runtime: Runtime):
    with (
        pytest.raises(UnknownJob, match=r"seen on here: here was never asked$"),
        telling_where(runtime, CLUSTER),
    ):
        records.pin(runtime.store, CLUSTER, ["99"])


def test_what_is_wrong_otherwise_asks_nobody(runtime: Runtime, tmp_path: Path):
    with pytest.raises(InvalidInput, match="is not valid"):
        with_newest(runtime, CLUSTER, partial(records.pin, runtime.store, CLUSTER, ["1; true"]))
    with runtime.store.write() as cur:
        set_setting(cur, "read_only", "true")
    with pytest.raises(ReadOnly):
        with_newest(runtime, CLUSTER, partial(records.pin, runtime.store, CLUSTER, ["1"]))
    assert calls(tmp_path) == 0
