from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.job_logs import job_log, job_log_files
from clausius_panel.logs import (
    BenignRule,
    CrashRule,
    LogRefused,
    Mount,
    PathMap,
    SearchPath,
    SoftRule,
    analysis_rules,
    find_crashes,
    judge,
    log_rules,
    log_source,
    tail,
)
from clausius_panel.logs.configured import (
    BENIGN_RULES,
    CRASH_RULES,
    MOUNTS,
    PATH_BASES,
    PATH_MAPS,
    SOFT_RULES,
    log_shelf,
)
from clausius_panel.runtime import Runtime
from tests.views.kit import a_job, a_runtime, fill


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """Job 12 of alice writes into her directory; the store has her as the one who asks."""
    (tmp_path / "own").mkdir()
    out = str(tmp_path / "own" / "12.out")
    with a_runtime(tmp_path) as made:
        fill(made, [a_job(12, stdout_path=out, stderr_path=out, work_dir=str(tmp_path / "own"))])
        yield made


def test_files_in_a_path_base_belong_to_the_job_whose_id_they_bear(runtime: Runtime, tmp_path: Path):
    base = tmp_path / "shared logs" / "alice"
    base.mkdir(parents=True)
    (base / "server_12.log").write_text("here\n")
    (base / "server_13.log").write_text("another\n")
    assert "server output" not in {file.label for file in job_log_files(runtime, "alpha", "12").files}
    PATH_BASES.add(runtime.store, SearchPath(template=f"{tmp_path}/shared logs/{{user}}"))
    found = job_log_files(runtime, "alpha", "12")
    assert [file.path for file in found.files if file.label == "server output"] == [str(base / "server_12.log")]
    assert str(base) in found.directories
    assert job_log(runtime, "alpha", "12", path=str(base / "server_12.log")).tail(lines=1, max_bytes=100).text == (
        "here\n"
    )


def test_a_base_of_another_cluster_is_not_searched(runtime: Runtime, tmp_path: Path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "x_12.log").write_text("")
    PATH_BASES.add(runtime.store, SearchPath(template=str(base), cluster="beta"))
    found = job_log_files(runtime, "alpha", "12")
    assert str(base) not in found.directories
    with pytest.raises(LogRefused):
        tail(
            log_source(runtime.store, found.source.transport, cluster="alpha", path=str(base)), f"{base}/x_12.log"
        )


def test_a_path_as_a_container_sees_it_is_read_on_the_host(runtime: Runtime, tmp_path: Path):
    outside = tmp_path / "lustre" / "lab"
    outside.mkdir(parents=True)
    (outside / "results.txt").write_text("good\n")
    PATH_MAPS.add(runtime.store, PathMap(inside="/workspace", outside=str(outside)))
    log = job_log(runtime, "alpha", "12", path="/workspace/results.txt")
    assert (log.path, log.tail(lines=1, max_bytes=100).text) == (str(outside / "results.txt"), "good\n")


def test_a_mounted_copy_is_read_first(runtime: Runtime, tmp_path: Path):
    copy = tmp_path / "mounted"
    copy.mkdir()
    (copy / "12.out").write_text("from the mount\n")
    MOUNTS.add(runtime.store, Mount(remote=str(tmp_path / "own"), local=str(copy), cluster="alpha"))
    [file] = job_log_files(runtime, "alpha", "12").files
    assert file.place == "mount"
    told = job_log(runtime, "alpha", "12").tail(lines=1, max_bytes=100)
    assert (told.text, told.place) == ("from the mount\n", "mount")


def test_rules_of_ones_own_come_before_those_that_are_shipped(runtime: Runtime):
    text = "License server says no\nTraceback (most recent call last):\n  x\nValueError: bad\n"
    assert [crash.kind for crash in find_crashes(text, rules=analysis_rules(runtime.store))] == ["traceback"]
    CRASH_RULES.add(runtime.store, CrashRule(kind="licence", pattern="License server says no"))
    rules = analysis_rules(runtime.store)
    assert [crash.kind for crash in find_crashes(text, rules=rules)] == ["licence", "traceback"]
    BENIGN_RULES.add(runtime.store, BenignRule(text="SERVER says NO"))
    assert [crash.kind for crash in find_crashes(text, rules=analysis_rules(runtime.store))] == ["traceback"]
    SOFT_RULES.add(runtime.store, SoftRule(meaning="the shard was empty", pattern="shard [0-9]+ is empty"))
    soft = judge("shard 3 is empty\n", rules=analysis_rules(runtime.store)).soft_failure
    assert soft is not None
    assert soft.meaning == "the shard was empty"


def test_without_rules_the_shipped_ones_hold(runtime: Runtime):
    assert log_rules(runtime.store).search_paths == ()
    assert len(analysis_rules(runtime.store).crashes) > 10
    with pytest.raises(InvalidInput, match="path_mapping"):
        log_shelf("runs")
