from __future__ import annotations

from clausius_panel.logs import SeenLinks, find_tracker_links
from clausius_panel.logs.seen_links import MOST_JOBS


def links(*runs: str) -> list:
    return find_tracker_links("".join(f"wandb: https://wandb.ai/a/b/runs/{run}\n" for run in runs))


def runs(seen: SeenLinks, cluster: str, *job_ids: str) -> list[str]:
    return [link.run for link in seen.of(cluster, job_ids)]


def test_links_of_a_job_are_remembered_each_once():
    seen = SeenLinks()
    seen.note("alpha", "1", links("x"))
    seen.note("alpha", "1", links("x", "y"))
    seen.note("beta", "1", links("z"))
    assert runs(seen, "alpha", "1") == ["x", "y"]
    assert runs(seen, "alpha", "2") == []


def test_an_array_has_those_of_its_tasks_and_a_task_its_own():
    seen = SeenLinks()
    for task in ("0", "1"):
        seen.note("alpha", f"5_{task}", links(task))
    assert runs(seen, "alpha", "5") == ["0", "1"]
    assert runs(seen, "alpha", "5_1") == ["1"]


def test_only_so_many_jobs_are_remembered_the_last_ones():
    seen = SeenLinks()
    for number in range(MOST_JOBS + 1):
        seen.note("alpha", str(number), links("x"))
    assert runs(seen, "alpha", "0") == []
    assert runs(seen, "alpha", "1", str(MOST_JOBS)) == ["x"]
