from dataclasses import replace

from clausius_panel.simulator.commands.sacct_fields import FIELDS, state
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import SPEC, ask, gpus, quiet, submit, want


def test_every_field_answers_for_jobs_and_steps():
    sim = quiet(replace(SPEC, version="slurm 24.11.5"))
    submit(sim, want(), want(tasks=(0, 1), array_limit=1), want(held="user"), want(others=(gpus(1),)))
    sim.advance(4000.0)
    for field in FIELDS.values():
        lines = ask(sim, f"sacct -a -S 2026-09-21 -P -o jobid,{field.header}").stdout.splitlines()
        assert lines[0] == f"JobID|{field.header}"
        assert {line.count("|") for line in lines} == {1}
        assert len(lines) > 8


def test_newer_versions_know_more_fields(sim: Simulation):
    names = ask(sim, "sacct --helpformat").stdout.split()
    newer = ask(quiet(replace(SPEC, version="slurm 24.11.5")), "sacct -e").stdout.split()
    assert {"StdOut", "StdErr", "Restarts"} == set(newer) - set(names)


def test_accounting_knows_no_completing_jobs(sim: Simulation):
    [job] = submit(sim, want())
    sim.advance(3601.0)
    assert (job.state, state(job)) == ("COMPLETING", "RUNNING")
    assert ask(sim, "sacct -nXP -o state,end -j 1001").stdout == "RUNNING|Unknown\n"
