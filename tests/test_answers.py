from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel import actions, answers
from clausius_panel.errors import InvalidInput, UnknownCluster
from clausius_panel.model import Cluster, Freshness
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime, closed_port


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        yield runtime


def calls(tmp_path: Path) -> int:
    log = tmp_path / "slurm" / "calls.log"
    return log.read_text().count("squeue ['-a'") if log.exists() else 0


def test_the_first_question_asks_the_cluster_and_the_next_the_store(runtime, tmp_path: Path):
    first, second = answers.jobs(runtime), answers.jobs(runtime)
    assert first.total == second.total == 3
    assert [first.clusters[0].source, second.clusters[0].source] == ["live", "store"]
    assert calls(tmp_path) == 1


def test_wrong_filters_and_names_are_refused_before_any_cluster_is_asked(runtime, tmp_path: Path):
    with pytest.raises(InvalidInput, match="DANCING"):
        answers.jobs(runtime, states=["dancing"])
    with pytest.raises(UnknownCluster, match="nosuch"):
        answers.jobs(runtime, clusters=["nosuch"])
    with pytest.raises(UnknownCluster, match="nosuch"):
        answers.status(runtime, clusters=["nosuch"])
    with pytest.raises(InvalidInput, match="job id"):
        answers.job(runtime, CLUSTER, "1; true")
    assert calls(tmp_path) == 0


def test_a_glance_asks_nobody(runtime, tmp_path: Path):
    [report] = answers.glance(runtime.store)
    assert report.as_of is None
    assert not report.up
    assert calls(tmp_path) == 0


def test_the_age_is_worked_out_and_never_negative():
    now = datetime.now(UTC)
    ages = answers.cluster_ages(
        [
            Freshness(cluster="a", as_of=now - timedelta(seconds=90)),
            Freshness(cluster="b", as_of=now + timedelta(seconds=90)),
            Freshness(cluster="c", as_of=None, source="none", error="refused", error_kind="refused"),
        ]
    )
    assert [ages[0].age_s, ages[1].age_s, ages[2].age_s] == [pytest.approx(90, abs=2), 0.0, None]
    assert ages[2].error_kind == "refused"


def test_a_dead_cluster_does_not_keep_the_others_answer(runtime):
    dead = Cluster(name="gone", host="127.0.0.1", port=closed_port())
    actions.add_cluster(runtime.store, dead, config=runtime.config, actor="test")
    here, gone = answers.status(runtime)
    assert (here.cluster, here.up) == (CLUSTER, True)
    assert (gone.cluster, gone.up, gone.error_kind) == ("gone", False, "unreachable")
    assert answers.summary([here, gone]).endswith("1 of 2 clusters up")


def test_json_has_the_fields_of_the_dataclasses_and_times_in_utc(runtime):
    answer = answers.jobs(runtime)
    found = json.loads(answers.as_json(answer))
    assert set(found["jobs"][0]) == set(asdict(answer.jobs[0]))
    assert found["jobs"][0]["submit_time"].endswith("Z")
    assert found["clusters"][0]["as_of"].endswith("Z")


def test_a_job_that_was_submitted_since_the_last_look_is_asked_for(runtime, tmp_path: Path):
    answers.jobs(runtime)
    with runtime.store.write() as cur:  # the last look was before the job was there, and not a moment ago
        cur.execute("DELETE FROM jobs WHERE job_id_raw = '1'")
        cur.execute("UPDATE cluster_state SET last_attempt = last_attempt - INTERVAL 15 SECOND")
        cur.execute("UPDATE cluster_state SET jobs_as_of = jobs_as_of - INTERVAL 15 SECOND")
    assert answers.jobs(runtime).total == 2
    assert answers.job(runtime, CLUSTER, "1").job.job_id == "1"
    assert calls(tmp_path) == 2
    with pytest.raises(InvalidInput, match="no job of this id"):
        answers.job(runtime, CLUSTER, "99")
    assert calls(tmp_path) == 2
