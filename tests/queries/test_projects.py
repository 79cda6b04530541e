from datetime import timedelta

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.projects import campaigns, project, project_jobs, projects
from clausius_panel.store.projects import put_project, read_projects, sort_jobs_by_project
from tests.queries.run_kit import LONG_AGO, a_job, look
from tests.stores import filled


@filled
def three(store):
    ended = {"state": "COMPLETED", "end_time": LONG_AGO, "elapsed_s": 1, "start_time": LONG_AGO}
    look(
        store,
        a_job(1, "hle_a_1", state="RUNNING", gpus=4),
        a_job("2_[1-10]", "hle_b_2", 60, array_job_id="2", array_task_id="1-10", gpus=1),
        a_job(9, "nothing", 60),
        ended=(a_job(3, "old_x_1", 90, **ended), a_job(4, "gone_x_1", -(10**5), **ended | {"end_time": None})),
    )


def test_projects_with_jobs_in_the_queue_come_first(three):
    found = projects(three)
    assert [one.project.name for one in found] == ["hle", "old", "gone"]
    assert found[0].tasks == {"running": 1, "pending": 10}
    assert found[0].gpus == {"running": 4, "pending": 10}
    assert found[0].runs == 2
    assert found[0].last_submit == LONG_AGO + timedelta(minutes=60)
    assert found[1].tasks == {"completed": 1}


def test_a_merged_project_is_shown_on_demand(three):
    with three.write() as cur:
        [old] = [one for one in read_projects(cur) if one.name == "old"]
        put_project(cur, type(old)(name="old", prefix="old_", colour=old.colour, merged_into="hle"))
        sort_jobs_by_project(cur)
    assert [one.project.name for one in projects(three)] == ["hle", "gone"]
    assert len(projects(three, merged=True)) == 3
    assert project(three, "hle").runs == 3
    assert project(three, "old").runs == 0


def test_campaigns_have_shades_of_the_projects_colour(three):
    found = campaigns(three, "hle")
    assert [(one.name, one.runs) for one in found] == [("b", 1), ("a", 1)]
    assert len({one.colour for one in found}) == 2


def test_of_one_campaign_only_its_own_counts(three):
    found = project(three, "hle", campaign="b")
    assert (found.tasks, found.gpus, found.runs) == ({"pending": 10}, {"pending": 10}, 1)
    assert found.last_submit == LONG_AGO + timedelta(minutes=60)
    assert project(three, "hle", campaign="none").runs == 0


def test_jobs_of_a_project_can_be_narrowed(three):
    page = project_jobs(three, "hle")
    assert ([job.job_id for job in page.jobs], page.total) == (["2_[1-10]", "1"], 2)
    assert [job.job_id for job in project_jobs(three, "hle", campaign="a").jobs] == ["1"]
    assert [job.job_id for job in project_jobs(three, "hle", states=["running"]).jobs] == ["1"]
    assert [job.job_id for job in project_jobs(three, "hle", limit=1, offset=1).jobs] == ["1"]
    assert project_jobs(three, "hle", campaign="\udcff").jobs == []
    assert project_jobs(three, "old", max_age_s=1).jobs == []


def test_an_unknown_project_is_refused_with_the_names_there_are(three):
    for ask in (project, campaigns, project_jobs):
        with pytest.raises(InvalidInput, match="gone, hle, old"):
            ask(three, "nope")
