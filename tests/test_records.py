from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel import actions, records
from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, ReadOnly, UnknownCluster, UnknownJob, Unreachable
from clausius_panel.model import Cluster
from clausius_panel.model.run import RunRules
from clausius_panel.queries.run_detail import run
from clausius_panel.slurm import SlurmClient
from clausius_panel.store.audit import audit_rows
from clausius_panel.store.projects import list_projects
from clausius_panel.store.rules import run_rules
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import LocalTransport
from tests.store.kit import START, a_job, look, one, rows

SCONTROL = """#!/bin/sh
echo "0 scontrol $*" >> "$(dirname "$0")/calls.log"
case $1 in
  show) echo "JobId=1 JobName=a"; echo "   WorkDir=/w" ;;
  write) echo "#!/bin/sh"; echo "sleep 1" ;;
esac
"""


def ended(number, state="FAILED", name="p_c_x", **facts):
    return a_job(number, name, number, state=state, end_time=START, **facts)


@pytest.fixture
def store(alpha_store):
    look(alpha_store, a_job(1, "p_c_x"), ended=(ended(2), ended(3, "COMPLETED"), ended(4, "CANCELLED")))
    return alpha_store


def test_a_star_and_notes_are_given_to_the_run_of_any_job(store):
    assert records.star(store, "alpha", "3") == "1"
    assert records.set_notes(store, "alpha", "2", "<b>why</b>\n$(x)") == "1"
    summary = run(store, cluster="alpha", run_id="1").summary
    assert (summary.starred, summary.notes) == (True, "<b>why</b>\n$(x)")
    records.star(store, "alpha", "1", starred=False)
    assert not run(store, cluster="alpha", run_id="1").summary.starred
    for act in (
        lambda: records.star(store, "alpha", "99"),
        lambda: records.set_notes(store, "beta", "1", "x"),
        lambda: records.set_notes(store, "alpha", "1", "x" * 200_000),
    ):
        with pytest.raises(InvalidInput):
            act()


# 25
def test_clearing_hides_what_failed_or_what_completed(store):
    assert records.clear_failed(store, actor="test") == 2
    assert records.clear_failed(store) == 0
    assert records.clear_completed(store, clusters=["alpha"], project="p") == 1
    assert [row.detail for row in audit_rows(store)] == ["1 hidden", "0 hidden", "2 hidden"]
    with pytest.raises(UnknownCluster):
        records.clear_failed(store, clusters=["nope"])


def test_a_clearing_can_be_counted_before_and_taken_back(store):
    records.pin(store, "alpha", ["2"])
    assert records.clearable(store, "failed") == 2
    cleared = records.clear(store, "failed", clusters="alpha")
    assert (cleared.count, records.clearable(store, "failed")) == (2, 0)
    assert records.restore(store, cleared, actor="test") == 2
    assert rows(store, "SELECT job_id, pinned FROM jobs WHERE hidden_state IS NULL AND job_id IN ('2', '4')") == [
        ("2", True),
        ("4", None),
    ]
    records.clear(store, "failed")
    assert records.restore(store, records.clear(store, "failed")) == 0


def test_a_dismissed_job_can_be_shown_again(store):
    records.dismiss(store, "alpha", ["2"])
    assert records.dismiss(store, "alpha", ["2"], dismissed=False) == 1
    assert one(store, "SELECT count(*) FROM jobs WHERE hidden_state IS NOT NULL") == 0


def test_single_jobs_are_dismissed_and_pinned(store):
    assert records.dismiss(store, "alpha", ["2", "1"]) == 2
    assert records.pin(store, "alpha", ["2"]) == 1
    assert rows(store, "SELECT hidden_state, pinned FROM jobs WHERE job_id = '2'") == [(None, True)]
    for act in (records.dismiss, records.pin):
        with pytest.raises(InvalidInput):
            act(store, "alpha", ["1; DROP TABLE jobs"])


# 41
def test_a_cleanup_counts_before_it_forgets(store, tmp_path):
    victim = tmp_path / "result-12.json"
    victim.write_text("{}")
    dry = records.cleanup_history(store, days=1)
    assert (dry.jobs, dry.dry_run) == (3, True)
    assert one(store, "SELECT count(*) FROM jobs") == 4
    assert records.cleanup_history(store, days=1, dry_run=False, actor="test").jobs == 3
    assert one(store, "SELECT count(*) FROM jobs") == 1
    assert records.cleanup_history(store, days=1, dry_run=False).jobs == 0
    assert audit_rows(store)[1].detail == "3 jobs forgotten"
    assert victim.exists()
    for days in (0, -1, 10**6):
        with pytest.raises(InvalidInput, match="days"):
            records.cleanup_history(store, days=days)
    with pytest.raises(UnknownCluster):
        records.cleanup_history(store, days=1, clusters=["nope"])


def test_projects_are_added_changed_renamed_and_merged(store):
    records.add_project(store, "beta", prefix="beta-", emoji="x")
    records.update_project(store, "beta", colour="#abcdef")
    assert {one.name: one.colour for one in list_projects(store)}["beta"] == "#abcdef"
    records.rename(store, "p", "paper")
    assert rows(store, "SELECT DISTINCT project FROM jobs") == [("paper",)]
    records.merge_projects(store, "paper", "beta")
    assert rows(store, "SELECT DISTINCT project FROM jobs") == [("beta",)]
    look(store, a_job(1, "p_c_x"), a_job(7, "p_c_x", 900))
    assert rows(store, "SELECT DISTINCT project FROM jobs") == [("beta",)]
    records.merge_projects(store, "paper", "")
    assert rows(store, "SELECT DISTINCT project FROM jobs") == [("paper",)]
    assert [row.action for row in audit_rows(store)] == [
        "merge projects",
        "merge projects",
        "rename project",
        "update project",
        "add project",
    ]


def test_an_edited_project_has_its_looks_and_its_name_or_neither(store):
    edited = records.edit_project(store, "p", new_name="paper", colour="#abcdef", actor="cli")
    assert (edited.name, edited.prefix, edited.colour) == ("paper", "p_", "#abcdef")
    assert rows(store, "SELECT DISTINCT project FROM jobs") == [("paper",)]
    records.add_project(store, "q")
    for wrong in ({}, {"new_name": "q", "emoji": "x"}, {"new_name": "z", "colour": "red"}, {"size": "1"}):
        with pytest.raises(InvalidInput):
            records.edit_project(store, "paper", **wrong)
    assert {one.name: one for one in list_projects(store)}["paper"] == edited


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: records.add_project(s, "p"),
        lambda s: records.add_project(s, "q", prefix="P_"),
        lambda s: records.add_project(s, "q", size="z"),
        lambda s: records.add_project(s, "<b>"),
        lambda s: records.update_project(s, "p", colour="red"),
        lambda s: records.update_project(s, "nope", colour="#000000"),
        lambda s: records.rename(s, "p", "p"),
        lambda s: records.rename(s, "p", "a b"),
        lambda s: records.merge_projects(s, "p", "p"),
        lambda s: records.merge_projects(s, "p", "nope"),
    ],
)
def test_a_wrong_project_is_refused_and_nothing_is_written(store, wrong):
    before = rows(store, "SELECT * EXCLUDE (updated) FROM projects")
    with pytest.raises(InvalidInput):
        wrong(store)
    assert rows(store, "SELECT * EXCLUDE (updated) FROM projects") == before


def test_projects_never_count_to_each_other_in_a_circle(store):
    records.add_project(store, "q")
    records.merge_projects(store, "p", "q")
    with pytest.raises(InvalidInput, match="counts to q itself"):
        records.merge_projects(store, "q", "p")


def test_rules_count_for_jobs_to_come_or_for_all(store):
    records.set_rules(store, RunRules(gap_s=0))
    assert run_rules(store).gap_s == 0
    look(store, a_job(1, "p_c_x"))
    assert one(store, "SELECT count(*) FROM runs") == 1
    records.set_rules(store, RunRules(gap_s=0), regroup=True)
    look(store, a_job(1, "p_c_x"))
    assert one(store, "SELECT count(*) FROM runs") == 4


@pytest.fixture
def client(slurm, store):
    (slurm.directory / "scontrol").write_text(SCONTROL)
    (slurm.directory / "sacct").write_text("#!/bin/sh\n")
    transport = LocalTransport()
    yield SlurmClient(st.get_cluster(store, "alpha"), transport)
    transport.close()


def test_a_run_is_captured_once_in_its_life(slurm, store, client):
    assert records.capture_run_metadata(store, client, "3") == "1"
    metadata = run(store, cluster="alpha", run_id="1").metadata
    assert metadata.batch_script == "#!/bin/sh\nsleep 1\n"
    assert metadata.work_dir == "/w"
    assert metadata.slurm_config["JobName"] == "a"
    asked = len(slurm.calls)
    records.capture_run_metadata(store, client, "1")
    assert len(slurm.calls) == asked
    records.capture_run_metadata(store, client, "1", again=True)
    assert len(slurm.calls) > asked
    with pytest.raises(InvalidInput):
        records.capture_run_metadata(store, client, "404")


def test_a_new_job_that_accounting_has_not_heard_of_is_asked_for_again(slurm, store, client):
    now = datetime.now(UTC)
    look(store, a_job(50, "new", submit_time=now), a_job(51, "old", submit_time=now - timedelta(hours=1)))
    for run_id, final in (("50", False), ("51", True)):
        records.capture_run_metadata(store, client, run_id)
        metadata = run(store, cluster="alpha", run_id=run_id).metadata
        assert metadata.batch_script
        assert (metadata.captured_at is not None) is final


def test_a_capture_that_could_not_be_made_is_made_later(store):
    dead = SlurmClient(
        Cluster(name="alpha", host="a"), FakeTransport(lambda command, stdin: Unreachable("alpha", "no route"))
    )
    with pytest.raises(Unreachable):
        records.capture_run_metadata(store, dead, "1")
    assert run(store, cluster="alpha", run_id="1").metadata.captured_at is None


def test_read_only_mode_refuses_every_change_of_records(store):
    actions.set_setting(store, "read_only", "true")
    before = store.revision
    for act in (
        lambda: records.star(store, "alpha", "1"),
        lambda: records.set_notes(store, "alpha", "1", "x"),
        lambda: records.clear_failed(store),
        lambda: records.clear_completed(store),
        lambda: records.dismiss(store, "alpha", ["1"]),
        lambda: records.pin(store, "alpha", ["1"]),
        lambda: records.cleanup_history(store, days=1, dry_run=False),
        lambda: records.add_project(store, "z"),
        lambda: records.update_project(store, "p", emoji="x"),
        lambda: records.rename(store, "p", "z"),
        lambda: records.merge_projects(store, "p", "z"),
        lambda: records.edit_project(store, "p", colour="#000000"),
        lambda: records.set_rules(store, RunRules()),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert store.revision == before
    assert records.cleanup_history(store, days=1).before - START > timedelta(0)


def test_an_id_that_was_never_seen_is_unknown_and_nothing_is_changed(store):
    for act in (records.dismiss, records.pin):
        with pytest.raises(UnknownJob, match="'99' is unknown; no job of this id was seen on alpha"):
            act(store, "alpha", ["2", "99"])
    assert rows(store, "SELECT hidden_state, pinned FROM jobs WHERE job_id = '2'") in (
        [(None, None)],
        [(None, False)],
    )


@pytest.mark.parametrize(
    ("do", "value"),
    [
        (lambda s: records.clear(s, "bogus"), "bogus.*failed, completed"),
        (lambda s: records.clearable(s, ""), "failed, completed"),
        (lambda s: records.clear_failed(s, project="nosuch"), "nosuch.*known projects"),
        (lambda s: records.cleanup_history(s, days="x"), "days.*x.*whole number"),
        (lambda s: records.cleanup_history(s, days=1.5), "days.*1.5.*whole number"),
        (lambda s: records.cleanup_history(s, days=True), "days.*whole number"),
    ],
)
def test_what_cannot_be_cleared_or_forgotten_is_told_in_one_line(store, do, value):
    with pytest.raises(InvalidInput, match=value) as caught:
        do(store)
    assert len(str(caught.value).splitlines()) == 1


def test_days_may_come_from_a_frame(store):
    numpy = pytest.importorskip("numpy")
    assert records.cleanup_history(store, days=numpy.int64(30)).dry_run
