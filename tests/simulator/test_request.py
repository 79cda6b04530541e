from clausius_panel.simulator.job import Dependency
from clausius_panel.simulator.request import new_job
from tests.simulator.kit import gpus, want


def test_a_new_job_waits_with_the_priority_of_its_partition():
    job = new_job(want(boost=50.0), 7, gpus(2), now=30.0, tier=10, home="/h")
    assert (job.job_id, job.state, job.submit, job.shape, job.priority) == (7, "PENDING", 30.0, gpus(2), 11050.0)


def test_logs_lie_by_project_and_campaign_below_the_owners_home():
    mine = new_job(want("llm7b_sft-mix2_r01"), 7, gpus(1), now=0.0, tier=1, home="/home/demo")
    theirs = new_job(want("mof_dft", user="priya", tasks=(0, 1)), 7, gpus(1), now=0.0, tier=1, home="/home/demo")
    assert (mine.stdout, mine.work_dir) == (
        "/home/demo/logs/llm7b/sft-mix2/%x-%j.out",
        "/home/demo/projects/llm7b",
    )
    assert theirs.stdout == "/home/priya/logs/%x-%A_%a.out"


def test_the_submit_line_names_the_script_and_what_is_waited_for():
    request = want("llm7b_x_r1-judge-rs0", dependencies=(Dependency("afterok", 5), Dependency("singleton")))
    job = new_job(request, 7, gpus(1), now=0.0, tier=1, home="/home/demo")
    assert job.command == "/home/demo/projects/llm7b/scripts/judge.sh"
    assert job.submit_line == (
        "sbatch --parsable --job-name=llm7b_x_r1-judge-rs0 --account=nlp --partition=gpu "
        f"--dependency=afterok:5,singleton {job.command}"
    )


def test_the_job_of_an_array_request_is_its_rest():
    job = new_job(want(tasks=(0, 1, 2), array_limit=2), 7, gpus(1), now=0.0, tier=1, home="/h")
    assert (job.array_id, job.waiting, job.array_limit, job.is_array_rest) == (7, [0, 1, 2], 2, True)
