from __future__ import annotations

import gc
import os
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clausius_panel.config import Config, load
from clausius_panel.errors import InvalidInput, UnknownCluster, Unreachable
from clausius_panel.model import Job
from clausius_panel.simulator import DemoFleet
from clausius_panel.slurm import PollRequest, SlurmClient, Snapshot
from clausius_panel.slurm.provenance import capture
from clausius_panel.transport import Transport, connect


@contextmanager
def reached(fleet: DemoFleet, config: Config, name: str) -> Iterator[Transport]:
    transport = connect(fleet.cluster(name).cluster, config)
    try:
        yield transport
    finally:
        transport.close()


def poll(fleet: DemoFleet, config: Config, name: str) -> Snapshot:
    since = datetime.now(UTC) - timedelta(hours=6)
    with reached(fleet, config, name) as transport:
        client = SlurmClient(fleet.cluster(name).cluster, transport)
        return client.poll(PollRequest(queue=True, nodes=True, accounted_since=since))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["cinder", "tarn", "moraine"])
def test_the_ordinary_client_reads_a_whole_poll_without_a_problem(fleet: DemoFleet, config: Config, name: str):
    snapshot = poll(fleet, config, name)
    own = fleet.cluster(name)
    assert snapshot.problems == ()
    assert (snapshot.user, f"slurm {snapshot.version}") == ("demo", own.spec.version)
    assert {node.name for node in snapshot.nodes or ()} == own.sim.nodes.keys()
    assert {partition.name for partition in snapshot.partitions or ()} == own.sim.partitions.keys()
    assert len(snapshot.jobs or ()) > 20
    assert len(snapshot.ended or ()) > 10
    assert dict(snapshot.dialect)["missing"] == []


def test_what_the_client_reads_is_what_the_simulation_holds(fleet: DemoFleet, config: Config):
    sim = fleet.cluster("cinder").sim
    with sim.lock:  # the answer is given at a later moment: compare what does not change meanwhile
        known = dict(sim.jobs)
    jobs = {int(job.job_id_raw): job for job in poll(fleet, config, "cinder").jobs or ()}
    still = [own for own in known.values() if own.job_id in jobs and jobs[own.job_id].state == own.state]
    assert len(still) > 20
    for own in still:
        read = jobs[own.job_id]
        assert (read.name, read.user, read.account, read.partition) == (
            own.name,
            own.user,
            own.account,
            own.partition,
        )
        assert (read.nodes, read.cpus) == (own.shape.nodes, own.shape.cpus * own.shape.nodes)
        assert (read.gpus, read.gpu_type) == (own.shape.gpus * own.shape.nodes, own.shape.gpu_type)
        assert read.memory_mib == own.shape.memory_mib * own.shape.nodes
        assert read.time_limit_s == round(own.limit_s)
        assert _seconds(read, "submit_time") == int(fleet.clock.wall(own.submit))


def _seconds(job: Job, field: str) -> int:
    moment = getattr(job, field)
    assert moment is not None
    return int(moment.timestamp())


def test_the_three_boards_together_show_the_promised_numbers(fleet: DemoFleet):
    states: Counter[str] = Counter()
    for cluster in fleet.clusters:
        sim = fleet.cluster(cluster.name).sim
        with sim.lock:
            states.update(job.state for job in sim.jobs.values())
    assert 25 <= states["RUNNING"] <= 120
    assert 80 <= states["PENDING"] <= 180


def test_jobs_are_cancelled_and_refused_through_the_client(config: Config, fleet: DemoFleet):
    own = fleet.cluster("tarn")
    with reached(fleet, config, "tarn") as transport:
        submitted = transport.run("sbatch --parsable --hold -J demo_cancel_me --wrap hostname").stdout.strip()
        theirs = next(job.job_id for job in own.sim.jobs.values() if job.user == "priya" and job.is_open)
        outcome = SlurmClient(own.cluster, transport).cancel([submitted, str(theirs), "999"])
    assert outcome[submitted] == ""
    assert outcome[str(theirs)]
    assert outcome["999"]
    assert own.sim.jobs[int(submitted)].state == "CANCELLED"


def test_who_and_where_one_is(fleet: DemoFleet, config: Config):
    with reached(fleet, config, "moraine") as transport:
        answer = transport.run("id -un; id -u; whoami; hostname; cd; pwd").stdout.split()
    home = fleet.data_dir.resolve() / "moraine" / "home" / "demo"
    assert answer == ["demo", "5001", "demo", "moraine-login1", str(home)]


def test_logs_of_running_jobs_can_be_read_where_the_queue_says(fleet: DemoFleet, config: Config):
    with reached(fleet, config, "cinder") as transport:
        find = 'for f in $(squeue -h --me -t R -o %A); do cat ~/logs/*/*/*-"$f".out 2>/dev/null | head -1; done'
        wait_until(lambda: "job" in transport.run(find).stdout)


def test_a_cluster_that_is_down_is_unreachable_and_comes_back(fleet: DemoFleet, config: Config):
    own = fleet.cluster("moraine")
    own.down()
    with reached(fleet, config, "moraine") as transport, pytest.raises(Unreachable):
        transport.run("true")
    own.up()
    with reached(fleet, config, "moraine") as transport:
        assert transport.run("echo back").stdout == "back\n"


def test_everything_private_is_private(fleet: DemoFleet):
    assert stat.S_IMODE(fleet.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(fleet.key_file.stat().st_mode) == 0o600


def test_closing_leaves_no_thread_process_or_file():
    before = set(threading.enumerate())
    with DemoFleet(history_h=1.0) as fleet:
        config = load(environ={}, file=os.devnull, **fleet.config_overrides)
        directory = fleet.data_dir
        with reached(fleet, config, "cinder") as transport:
            assert "JOBID" in transport.run("squeue").stdout
        with reached(fleet, config, "cinder") as transport:
            pid = int(transport.run("sleep 60 >/dev/null 2>&1 & echo $!").stdout)
            os.kill(pid, 9)
    fleet.close()
    wait_until(lambda: set(threading.enumerate()) <= before)
    assert not directory.exists()


def test_a_fleet_that_is_forgotten_closes_itself():
    before = set(threading.enumerate())
    fleet = DemoFleet(history_h=0.5)
    directory = fleet.data_dir
    del fleet
    gc.collect()
    wait_until(lambda: set(threading.enumerate()) <= before)
    assert not directory.exists()


def test_a_directory_of_ones_own_is_kept(tmp_path: Path):
    directory = tmp_path / "a directory with blanks" / ("deep" * 20)
    with DemoFleet(history_h=0.5, data_dir=directory) as fleet:
        config = load(environ={}, file=os.devnull, **fleet.config_overrides)
        with reached(fleet, config, "cinder") as transport:
            assert transport.run("squeue --version").stdout == "slurm 24.11.5\n"
    assert (directory / "known_hosts").exists()


def test_seed_and_start_decide_what_there_is():
    def board(seed: int, start: float) -> list[object]:
        with DemoFleet(seed=seed, start=start, history_h=1.0) as fleet:
            sim = fleet.cluster("cinder").sim
            with sim.lock:
                return sorted((job.job_id, job.name, job.submit) for job in sim.records if (job.end or 0) < 0)

    now = time.time()
    assert board(3, now) == board(3, now) != board(4, now)


def test_thousands_of_jobs_and_time_lapse_can_be_asked_for():
    with DemoFleet(history_h=1.0, jobs=1500, speed=60.0) as fleet:
        config = load(environ={}, file=os.devnull, **fleet.config_overrides)
        waiting = sum(len(fleet.cluster(cluster.name).sim.pending) for cluster in fleet.clusters)
        assert 1350 < waiting < 1650
        jobs = poll(fleet, config, "cinder").jobs or []
        assert len(jobs) > 450
        now = datetime.now(UTC)
        assert max(job.submit_time for job in jobs if job.submit_time) <= now
        assert {job.time_limit_s for job in jobs} <= set(range(1, 7200 + 1))


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"jobs": -1}])
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, float]):
    with pytest.raises(InvalidInput):
        DemoFleet(**wrong)


def test_an_unknown_cluster_is_named_with_those_that_there_are(fleet: DemoFleet):
    with pytest.raises(UnknownCluster, match="cinder, tarn, moraine"):
        fleet.cluster("volcano")


def test_a_fleet_that_is_interrupted_half_made_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with pytest.raises(FileExistsError):
        DemoFleet(history_h=1.0, data_dir=_with_a_file_in_the_way(tmp_path / "own"))
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    wait_until(lambda: set(threading.enumerate()) <= before)


def _with_a_file_in_the_way(directory: Path) -> Path:
    """A data directory in which the last cluster's commands cannot be made."""
    (directory / "moraine").mkdir(parents=True)
    (directory / "moraine" / "bin").touch()
    return directory


def test_logs_of_others_are_closed(fleet: DemoFleet, config: Config):
    theirs = next(job for job in fleet.cluster("cinder").sim.jobs.values() if job.user == "ada")
    with reached(fleet, config, "cinder") as transport:
        found = transport.run(f"cd {Path(theirs.stdout).parent} && ls")
    assert (found.exit_status != 0, found.stdout) == (True, "")


def test_scripts_of_the_demos_user_are_told_with_the_environment_they_set_up(fleet: DemoFleet, config: Config):
    own = fleet.cluster("cinder")
    job = next(job for job in own.sim.jobs.values() if job.name == "llm7b_sft-mix3_r3")
    theirs = next(job for job in own.sim.jobs.values() if job.user == "ada")
    with reached(fleet, config, "cinder") as transport:
        found = capture(own.cluster, transport, str(job.job_id))
        closed = capture(own.cluster, transport, str(theirs.job_id))
    assert found.batch_script.startswith("#!/bin/bash\n#SBATCH ")
    assert found.submit_command == job.submit_line
    assert "modules" in found.environment
    assert (closed.batch_script, closed.error) == ("", "job script retrieval failed: Invalid user id")
