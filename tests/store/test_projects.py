import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.model.project import Project
from clausius_panel.store.projects import (
    get_project,
    list_projects,
    put_project,
    read_projects,
    register_projects,
    rename_project,
    sort_jobs_by_project,
)
from tests.store.kit import a_job, look, rows


def jobs(store):
    return rows(store, "SELECT name, project, campaign FROM jobs ORDER BY name")


def runs(store):
    return rows(store, "SELECT name, project, campaign FROM runs ORDER BY name")


# 14
def test_a_project_is_kept_when_its_first_job_is_merged(store):
    look(store, a_job(1, "Hle_mpsf_eval-1"), a_job(2, "newproj_x", 60), a_job(3, "nounderscore", 120))
    assert [(one.name, one.prefix) for one in list_projects(store)] == [("hle", "hle_"), ("newproj", "newproj_")]
    assert jobs(store) == [
        ("Hle_mpsf_eval-1", "hle", "mpsf"),
        ("newproj_x", "newproj", ""),
        ("nounderscore", "", ""),
    ]
    assert runs(store) == jobs(store)


def test_reading_registers_nothing(store):
    look(store, a_job(1, "a_b"))
    revision = store.revision
    assert [one.name for one in list_projects(store)] == ["a"]
    assert store.revision == revision


def test_a_project_seen_again_is_not_changed(store):
    with store.write() as cur:
        put_project(cur, Project(name="a", prefix="A-", colour="#111111", emoji="x"))
        put_project(cur, Project(name="a", prefix="A-", colour="#222222"))
        parts = register_projects(cur, ["a-1_b_c", "z_1"])
        assert parts["a-1_b_c"].campaign == "1"
        assert [one.name for one in read_projects(cur)] == ["a", "z"]
    assert get_project(store, "a").colour == "#222222"
    with pytest.raises(InvalidInput, match="a, z"):
        get_project(store, "q")


def test_a_renamed_project_takes_its_jobs_and_its_prefix_along(store):
    look(store, a_job(1, "old_c_1"))
    with store.write() as cur:
        rename_project(cur, "old", "new")
    look(store, a_job(1, "old_c_1"), a_job(2, "old_c_2", 60))
    assert {project for _, project, _ in jobs(store)} == {"new"}
    assert {project for _, project, _ in runs(store)} == {"new"}
    assert [one.name for one in list_projects(store)] == ["new"]


def test_jobs_are_sorted_anew_when_prefixes_or_mergers_change(store):
    look(store, a_job(1, "a_x_1"), a_job(2, "b_x_1", 60), a_job(3, "free-1", 120))
    with store.write() as cur:
        put_project(cur, Project(name="a", prefix="a_", colour="#111111", merged_into="b"))
        put_project(cur, Project(name="f", prefix="free", colour="#111111"))
        sort_jobs_by_project(cur)
    assert [project for _, project, _ in jobs(store)] == ["b", "b", "f"]
    assert [project for _, project, _ in runs(store)] == ["b", "b", "f"]


def test_the_past_follows_the_prefixes_there_are(store):
    look(store, a_job(1, "free-1"), a_job(2, "free-2", 60), a_job(3, "other-1", 120), a_job(4, "told-1", 180))
    with store.write() as cur:
        cur.execute("UPDATE jobs SET run_id = NULL, project = NULL, evidence = 'backfill'")
        cur.execute("UPDATE jobs SET project = 'theirs', evidence = 'import' WHERE name = 'told-1'")
        put_project(cur, Project(name="f", prefix="free", colour="#111111"))
        sort_jobs_by_project(cur)
    assert {name: project for name, project, _ in jobs(store)} == {
        "free-1": "f", "free-2": "f", "other-1": None, "told-1": "theirs"
    }  # fmt: skip
    with store.write() as cur:
        put_project(cur, Project(name="f", prefix="free-2", colour="#111111"))
        sort_jobs_by_project(cur)
    assert {name: project for name, project, _ in jobs(store)}["free-1"] is None
    assert {name: project for name, project, _ in jobs(store)}["free-2"] == "f"
