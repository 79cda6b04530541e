import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm.sacct_steps import USAGE_FIELDS, Usage, fold_steps, read_bytes, read_cpu_s

MIB = 1024**2
JOB = {"JobID": "7", "TotalCPU": "01:30:00", "ConsumedEnergyRaw": "0"}


def step(name, **fields):
    return {"JobID": f"7.{name}", "NTasks": "1", **fields}


def test_the_job_says_how_much_cpu_all_its_steps_took():
    used = fold_steps(JOB, [step("batch", TotalCPU="01:00:00"), step("0", TotalCPU="00:30:00")], gpus=0)
    assert used.total_cpu_s == 5400


def test_what_was_measured_of_a_killed_step_counts_if_it_is_more():
    killed = step("0", TRESUsageInTot="cpu=02:00:00,mem=1")
    assert fold_steps({**JOB, "TotalCPU": "00:00.010"}, [killed], gpus=0).total_cpu_s == 7200


def test_memory_is_the_greatest_of_a_steps_mean_tasks_as_seff_reckons():
    steps = [step("batch", MaxRSS=str(900 * MIB)), step("0", MaxRSS=str(100 * MIB), NTasks="16")]
    assert fold_steps(JOB, steps, gpus=0).max_rss_mib == 1600


def test_the_extern_step_is_of_slurm_not_of_the_job():
    steps = [step("extern", MaxRSS="99999999999", AveCPU="10:00:00"), step("batch", MaxRSS="1024", AveCPU="00:10")]
    used = fold_steps(JOB, steps, gpus=0)
    assert (used.max_rss_mib, used.ave_cpu_s) == (1, 10.0)


def test_the_mean_task_is_that_of_the_step_that_used_most():
    steps = [step("batch", AveCPU="00:30:00"), step("0", AveCPU="00:10:00", NTasks="8")]
    assert fold_steps(JOB, steps, gpus=0).ave_cpu_s == 600


def test_gpus_are_as_busy_as_all_tasks_make_them_over_all_gpus():
    busy = step(
        "0", NTasks="4", TRESUsageInAve="gres/gpumem=2048M,gres/gpuutil=80", TRESUsageInTot="gres/gpumem=8192M"
    )
    used = fold_steps(JOB, [step("batch"), busy], gpus=8)
    assert (used.gpu_util, used.gpu_memory_mib) == (40.0, 8192)


def test_no_gpu_is_busier_than_wholly():
    assert fold_steps(JOB, [step("0", TRESUsageInAve="gres/gpuutil=396")], gpus=2).gpu_util == 100.0


def test_disk_and_energy_of_all_steps_are_added_up():
    first = step(
        "batch", TRESUsageInTot=f"fs/disk={MIB}", TRESUsageOutTot=f"fs/disk={MIB // 2}", ConsumedEnergyRaw="5"
    )
    second = step("0", AveDiskRead="1M", AveDiskWrite="0.25M", NTasks="2", ConsumedEnergyRaw="7")
    used = fold_steps(JOB, [first, second], gpus=0)
    assert (used.disk_read_mib, used.disk_written_mib, used.energy_j) == (3.0, 1.0, 12)


def test_what_was_not_measured_is_not_known():
    assert fold_steps({"JobID": "7"}, [], gpus=0) == Usage()
    assert fold_steps({"JobID": "7"}, [step("batch", ConsumedEnergyRaw="18446744073709551614")], gpus=0) == Usage()


def test_older_versions_leave_the_usage_with_the_job():
    assert fold_steps({**JOB, "MaxRSS": "4632K", "NTasks": "2"}, [], gpus=0).max_rss_mib == 10


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("4632K", 4743168), ("0.5M", 524288), ("1G", 2**30), ("", None), ("N/A", None)]
)
def test_amounts_are_read(text, size):
    assert read_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00.013", 0.013),
        ("12:30", 750),
        ("01:02:03", 3723),
        ("2-01:00:00", 176400),
        ("", None),
        ("INVALID", None),
    ],
)
def test_cpu_times_are_read(text, seconds):
    assert read_cpu_s(text) == seconds


@pytest.mark.parametrize("read", [read_bytes, read_cpu_s])
def test_other_text_is_refused(read):
    with pytest.raises(ParseError, match="much"):
        read("much")


texts = st.sampled_from(
    ["", "0", "1", "12K", "00:01", "1-00:00:00", "mem=5,cpu=00:01", "x", "gres/gpuutil=3"]
) | st.text(max_size=8)
records = st.dictionaries(st.sampled_from([*USAGE_FIELDS, "JobID"]), texts)


@settings(max_examples=50)
@given(records, st.lists(records, max_size=3), st.integers(0, 9))
def test_steps_of_any_text_are_folded_or_refused(job, steps, gpus):
    try:
        used = fold_steps(job, steps, gpus=gpus)
    except ParseError:
        return
    assert used.gpu_util is None or 0 <= used.gpu_util <= 100
    assert used.total_cpu_s is None or used.total_cpu_s > 0
