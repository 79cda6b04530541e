from clausius_panel.guards import no_way_back
from clausius_panel.store.resubmit import submit_commands
from tests.store.kit import a_job, look


def captured(store, job_id: str, command: str) -> None:
    with store.write() as cur:
        cur.execute("UPDATE runs SET submit_command = ? WHERE root_job_id = ?", [command, job_id])


def test_only_what_submitted_the_job_itself_is_given(store):
    look(store, a_job(1, "a_x"), a_job(2, "b_x"), a_job("7_1", "c_x", array_job_id="7", array_task_id="1"))
    for job_id in ("1", "7"):
        captured(store, job_id, f"sbatch run{job_id}.sh")
    with store.read() as cur:
        assert submit_commands(cur, "alpha", ["1", "2"]) == ["sbatch run1.sh"]
        assert submit_commands(cur, "alpha", ["7_1"]) == []  # it would submit the whole array
        assert submit_commands(cur, "beta", ["1"]) == []


def test_what_is_left_to_do_after_a_cancellation_is_said(store):
    look(store, a_job(1, "a_x"), a_job(2, "b_x"))
    captured(store, "1", "sbatch run.sh")
    assert no_way_back(store, "alpha", ["1"]).endswith(
        "submit again with: sbatch run.sh (check it first: Slurm keeps no quotes of it)"
    )
    assert "requeue" in no_way_back(store, "alpha", ["2"])
    assert no_way_back(store, "alpha", []) == ""
