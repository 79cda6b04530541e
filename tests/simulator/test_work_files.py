from __future__ import annotations

import csv
import io
from pathlib import Path

from clausius_panel.logs.kinds import file_kind
from clausius_panel.simulator.catalogue import catalogue
from clausius_panel.simulator.simulation import Simulation
from clausius_panel.simulator.work_files import products, project_files
from tests.simulator.kit import HOUR, submit, want


def test_each_project_of_the_demos_user_has_a_directory_with_what_it_needs():
    for spec in catalogue():
        files = dict(project_files(spec, Path("/home/demo")))
        mine = {own.project for own in spec.campaigns if any(user == "demo" for user, _ in own.users)}
        assert mine
        for project in mine:
            directory = Path("/home/demo/projects") / project
            assert files[directory / "README.md"].startswith(f"# {project}\n")
            assert len(list(csv.reader(io.StringIO(files[directory / "data" / "shards.csv"])))) == 13


def test_metrics_grow_while_a_job_runs_and_a_good_end_leaves_files_of_every_kind(sim: Simulation):
    good, bad = submit(sim, want(), want(verdict="FAILED", exit_code="1:0"))
    [(path, early)] = products(good, HOUR / 4)
    [(_, late)] = products(good, HOUR / 2)
    assert late.startswith(early)
    assert file_kind(path.name) == "jsonl"
    sim.advance(HOUR + 10)
    left = {file_kind(path.name): data for path, data in products(good, sim.now)}
    assert left.keys() == {"jsonl", "markdown", "csv", "image"}
    assert left["markdown"].startswith(f"# {good.name}\n".encode())
    assert [file_kind(path.name) for path, _ in products(bad, sim.now)] == ["jsonl"]


def test_a_job_that_has_not_begun_and_the_tasks_of_an_array_leave_nothing(sim: Simulation):
    held, many = submit(sim, want(held="user"), want(tasks=(0, 1)))
    sim.advance(HOUR)
    assert [list(products(job, sim.now)) for job in (held, many)] == [[], []]
