from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from clausius_panel.model.run import without_stages
from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.families import FAMILIES
from clausius_panel.simulator.job import SimJob
from clausius_panel.simulator.simulation import Simulation
from clausius_panel.simulator.usage import use_of
from tests.simulator.kit import HOUR

SPECS = {spec.name: spec for spec in catalogue()}


@pytest.fixture(scope="module")
def cinder() -> dict[str, list[SimJob]]:
    """The jobs of the demo's user at the start, by name."""
    sim = Simulation(SPECS["cinder"], seed=7, history_s=12 * HOUR)
    sim.advance(0.0)
    jobs: dict[str, list[SimJob]] = defaultdict(list)
    for job in [*sim.records, *(job for job in sim.jobs.values() if job.is_open)]:
        jobs[job.name].append(job)
    return jobs


def states(jobs: list[SimJob]) -> list[str]:
    return [job.state for job in sorted(jobs, key=lambda job: job.job_id)]


def test_a_pipeline_has_run_from_training_to_summary(cinder):
    parts = ("", "-eval", "-eval-judge-rs0", "-eval-judge-rs1", "-eval-judge-rs2", "-eval-summarize-results")
    for part in parts:
        assert states(cinder[f"llm7b_sft-mix3_r1{part}"]) == ["COMPLETED"], part
    assert states(cinder["llm7b_sft-mix3_r1-rescue"]) == ["CANCELLED"]


def test_the_names_of_judges_and_summaries_belong_to_their_evaluation():
    for end in ("judge-rs0", "judge-rs2", "summarize-results"):
        assert without_stages(f"llm7b_sft-mix3_r1-eval-{end}") == "llm7b_sft-mix3_r1-eval"


def test_what_failed_was_rescued_and_was_tried_again_under_the_same_name(cinder):
    assert states(cinder["llm7b_sft-mix3_r2"]) == ["FAILED", "COMPLETED"]
    assert states(cinder["llm7b_sft-mix3_r2-rescue"])[0] == "COMPLETED"
    assert states(cinder["llm7b_sft-mix3_r2-eval-summarize-results"]) == ["CANCELLED", "COMPLETED"]


def test_one_pipeline_runs_and_one_waits_for_what_will_never_be(cinder):
    assert states(cinder["llm7b_sft-mix3_r3"]) == ["RUNNING"]
    assert {job.reason for job in cinder["llm7b_sft-mix3_r3-eval-judge-rs1"]} == {"Dependency"}
    assert states(cinder["llm7b_sft-mix4_r1"]) == ["FAILED"]
    assert {job.reason for job in cinder["llm7b_sft-mix4_r1-eval"]} == {"DependencyNeverSatisfied"}


def test_a_sweep_of_forty_tasks_and_a_heterogeneous_job_are_under_way(cinder):
    tasks = cinder["grasp_sweep_grid"]
    assert sum(len(job.waiting) or 1 for job in tasks) == 40
    assert len(Counter(job.state for job in tasks)) >= 3
    head, body = cinder["llm7b_ray-serve_r1"]
    assert (head.state, body.state, head.het_id, body.het_offset) == ("RUNNING", "RUNNING", body.het_id, 1)


def test_gpus_stand_idle_memory_runs_short_and_a_slice_of_a_gpu_tells_nothing(cinder):
    idle, tight, slice_ = (
        cinder[name][0] for name in ("llm7b_explore_lunch", "segany_preproc_tiles", "grasp_probe_mig")
    )
    assert [use_of(idle, float(at)).gpus[0].percent for at in range(-1800, 1, 60)] == [0] * 31
    assert use_of(tight, 0.0).max_rss_mib / tight.shape.memory_mib > 0.95
    [gpu] = use_of(slice_, 0.0).gpus
    assert (gpu.percent, gpu.memory_total_mib, slice_.shape.gpu_type) == (None, 9_984, "1g.10gb")
    assert {job.state for job in (idle, tight, slice_)} == {"RUNNING"}


def test_families_begin_before_the_start_on_clusters_that_there_are():
    assert {family.cluster for family in FAMILIES} == SPECS.keys()
    assert all(-12 * HOUR < family.at_s < 0 for family in FAMILIES)


def test_what_would_have_begun_before_the_history_is_left_out():
    sim = Simulation(SPECS["cinder"], seed=7, history_s=HOUR / 2)
    sim.advance(0.0)
    assert not any("sft-mix3" in job.name for job in [*sim.records, *sim.jobs.values()])


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_about_one_job_in_ten_fails_and_in_every_way(spec):
    sim = Simulation(spec, seed=7, history_s=36 * HOUR)
    sim.advance(0.0)
    ended = Counter(job.state for job in sim.records)
    failed = {state: ended[state] for state in ("FAILED", "OUT_OF_MEMORY", "TIMEOUT", "NODE_FAIL")}
    assert all(failed.values()), failed
    assert 0.05 < sum(failed.values()) / sum(ended.values()) < 0.13
    codes = Counter(job.exit_code for job in sim.records if job.state == "FAILED")
    assert {"1:0", "0:11"} <= codes.keys()
