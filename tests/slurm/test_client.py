from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import CommandFailed, InvalidInput
from clausius_panel.slurm import PollRequest

SCANCEL = r"""
for id; do :; done
echo "scancel: Terminating job $id" >&2
case $id in
  999) echo "scancel: error: Kill job error on job id $id: Invalid job id specified" >&2 ;;
  5) echo "scancel: error: Kill job error on job id $id: Access/permission denied" >&2; exit 210 ;;
  66) echo "scancel: error: Kill job error on job id 66: Unable to contact slurm controller" >&2; exit 1 ;;
esac
"""


def test_each_id_has_its_own_outcome_although_scancel_answers_0_to_an_unknown_one(fake_cluster):
    fake_cluster.script("scancel", SCANCEL)
    said = fake_cluster.client().cancel(["1", "999", "12_[3-5%2]", "5", "7+1", "1"])
    assert said == {
        "1": "",
        "999": "it is not in the queue (Invalid job id specified)",
        "12_[3-5%2]": "",
        "5": "it is not yours to cancel (Access/permission denied)",
        "7+1": "",
    }
    assert "scancel -v 12_[3-5]" in fake_cluster.calls()
    assert len(fake_cluster.transport.calls) == 1


def test_many_ids_go_in_chunks_of_a_hundred(fake_cluster):
    fake_cluster.script("scancel", SCANCEL)
    ids = [str(number) for number in range(10_000, 10_101)]
    assert fake_cluster.client().cancel(ids) == dict.fromkeys(ids, "")
    assert len(fake_cluster.transport.calls) == 2


def test_a_controller_that_is_silent_is_not_waited_for_by_every_id(fake_cluster):
    fake_cluster.script("scancel", SCANCEL)
    said = fake_cluster.client().cancel(["1", "66", "2"])
    assert said["1"] == ""
    assert "does not answer" in said["66"]
    assert said["2"].startswith("not tried")
    assert len(fake_cluster.calls()) == 2


def test_one_id_that_is_none_keeps_all_from_being_cancelled(fake_cluster):
    fake_cluster.script("scancel", SCANCEL)
    with pytest.raises(InvalidInput, match="job id"):
        fake_cluster.client().cancel(["1", "2; reboot"])
    assert fake_cluster.calls() == []


def test_no_ids_are_no_round_trip(fake_cluster):
    assert fake_cluster.client().cancel([]) == {}
    assert fake_cluster.transport.calls == []


def test_a_test_of_the_connection_says_who_and_what_is_there(recorded_cluster):
    report = recorded_cluster.client().test()
    assert (report.cluster, report.host) == ("fake", "ada@fake")
    assert (report.version, report.slurm_cluster, report.accounting) == ("22.05.8", "alpha", "yes")
    assert report.user != ""
    assert report.seconds > 0


def test_a_test_of_the_connection_tries_the_data_host_too(recorded_cluster, monkeypatch):
    client = recorded_cluster.client()
    assert client.test().detour == ""
    assert {lane for _, _, lane in client.transport.calls} == {"primary"}
    run = client.transport.run

    def without_data_host(command, *, lane="primary", **options):
        done = run(command, lane=lane, **options)
        return replace(done, detour="data.example: no route to host") if lane == "data" else done

    monkeypatch.setattr(client.transport, "run", without_data_host)
    client.cluster = replace(client.cluster, data_host="data.example")
    assert client.test().detour == "data.example: no route to host"


def test_a_test_of_a_host_without_slurm_fails_with_the_reason(fake_cluster):
    fake_cluster.answer("scontrol", stderr="Unable to contact slurm controller (connect failure)\n", exit_status=1)
    with pytest.raises(CommandFailed, match="Unable to contact slurm controller"):
        fake_cluster.client().test()


@pytest.mark.slurm
def test_the_real_clusters_answer_everything(bed_client):
    for cluster in ("alpha", "beta"):
        client = bed_client(cluster, scope="everyone")
        request = PollRequest(nodes=True, accounted_since=datetime.now(UTC) - timedelta(days=1))
        snapshot = client.poll(request)
        assert snapshot.problems == ()
        assert (snapshot.user, snapshot.accounting) == ("alice", "yes")
        assert snapshot.jobs
        assert snapshot.nodes
        assert snapshot.partitions
        assert snapshot.ended
        assert {job.user for job in snapshot.jobs} > {"alice"}


@pytest.mark.slurm
def test_a_real_noisy_login_and_a_user_without_jobs(bed_client):
    snapshot = bed_client("beta", user="dave").poll(PollRequest())
    assert (snapshot.jobs, snapshot.problems, snapshot.user) == ([], (), "dave")


@pytest.mark.slurm
def test_the_real_letters_tell_the_same_as_the_long_fields(bed_client):
    client = bed_client("alpha", scope="everyone")
    long = client.poll(PollRequest())
    short = client.poll(PollRequest(dialect={**long.dialect, "missing": ["squeue:-o", "sinfo:-o"]}, nodes=True))
    assert short.problems == ()
    assert short.jobs
    assert short.nodes
    by_id = {job.job_id: job for job in long.jobs or []}
    for job in short.jobs:
        if (same := by_id.get(job.job_id)) is not None and same.state == job.state:
            assert (job.name, job.user, job.submit_time, job.gpus) == (
                same.name,
                same.user,
                same.submit_time,
                same.gpus,
            )


@pytest.mark.slurm
def test_real_scancel_tells_an_unknown_job_from_one_that_is_cancelled(bed_client):
    client = bed_client("beta", user="bob")
    assert client.cancel(["999"]) == {"999": "it is not in the queue (Invalid job id specified)"}
