from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import RowRefused
from clausius_panel.ingest.reader import TooLong
from clausius_panel.ingest.rows import COLUMNS, KNOWN, read_row
from clausius_panel.store.history_rows import HISTORY_COLUMNS
from tests.ingest.kit import a_job

LATEST = datetime(2026, 6, 1)
ANYTHING = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text()
    | some.datetimes()
    | some.lists(some.integers(), max_size=2)
    | some.sampled_from(["None", "Unknown", "2026-01-31T12:00:00+02:00", "1", "n[1-3]", "cpu=1,gres/gpu=2"])
)


def read(row, zone=UTC):
    return dict(zip(COLUMNS, read_row(row, zone=zone, latest=LATEST), strict=True))


def test_a_job_is_read_into_the_columns_of_the_history():
    row = read(a_job("7"))
    assert set(row) <= set(HISTORY_COLUMNS)
    assert {name: row[name] for name in ("job_id", "job_id_raw", "user_name", "account", "partition", "qos")} == {
        "job_id": "7",
        "job_id_raw": "7",
        "user_name": "alice",
        "account": "dept-nlp",
        "partition": "gpu",
        "qos": "normal",
    }
    assert row["submit_time"] == datetime(2026, 1, 31, 10)
    assert row["elapsed_s"] == 3600
    assert (row["cpus"], row["gpus"], row["nodes"], row["node_list"]) == (4, 1, 1, "n1")
    assert row["state"] == "COMPLETED"
    assert row["total_cpu_s"] is None


@pytest.mark.parametrize(
    "nothing", [None, "None", "Unknown", "", "unknown", "null", float("nan"), "1970-01-01T00:00:00"]
)
def test_a_job_that_never_started_has_no_times(nothing):
    row = read(
        a_job(Start=nothing, End=nothing, State="CANCELLED by 1000") if nothing == nothing else a_job(Start=None)
    )
    assert row["start_time"] is None
    assert row["state"] in ("CANCELLED", "COMPLETED")


@pytest.mark.parametrize(
    ("text", "zone", "hour"),
    [
        ("2026-01-31T12:00:00", UTC, 12),
        ("2026-01-31 12:00:00", UTC, 12),
        ("2026-01-31T12:00:00Z", UTC, 12),
        ("2026-01-31T12:00:00+02:00", UTC, 10),
        ("2026-01-31T12:00:00.250", UTC, 12),
        ("2026-01-31T12:00:00", ZoneInfo("Europe/Amsterdam"), 11),
        ("2026-05-31T12:00:00", ZoneInfo("Europe/Amsterdam"), 10),
        ("2026-01-31T12:00:00Z", ZoneInfo("Europe/Amsterdam"), 12),
    ],
)
def test_times_are_in_utc_whatever_zone_they_came_in(text, zone, hour):
    assert read(a_job(Submit=text, Start=None, End=None), zone)["submit_time"].hour == hour


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"Submit": None}, "Submit"),
        ({"Submit": "yesterday"}, "Submit"),
        ({"Submit": 1_700_000_000}, "Submit"),
        ({"Submit": "2027-01-01T00:00:00"}, "Submit"),
        ({"Submit": "0001-01-01T00:00:00+14:00"}, "Submit"),
        ({"Start": "2026-13-01T00:00:00"}, "Start"),
        ({"End": "2026-01-31T10:30:00"}, "End"),
        ({"State": ""}, "State"),
        ({"State": ["COMPLETED"]}, "State"),
        ({"User": {"name": "x"}}, "User"),
        ({"User": True}, "User"),
        ({"JobID": ""}, "JobID"),
        ({"JobID": "7.batch"}, "JobID"),
        ({"JobID": "1; DROP TABLE jobs"}, "JobID"),
        ({"JobID": "٣"}, "JobID"),
        ({"JobID": "9" * 30}, "JobID"),
        ({"JobIDRaw": "x"}, "JobIDRaw"),
        ({"AllocCPUS": -1}, "AllocCPUS"),
        ({"AllocCPUS": 1.5}, "AllocCPUS"),
        ({"AllocCPUS": 2**31}, "AllocCPUS"),
        ({"AllocCPUS": "many"}, "AllocCPUS"),
        ({"AllocCPUS": None, "CPUHours": float("inf")}, "CPUHours"),
        ({"AllocTRES": "cpu=1,gres/gpu=x"}, "AllocTRES"),
        ({"TotalCPUSeconds": True}, "TotalCPUSeconds"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_right_is_refused_with_its_field(facts, field):
    with pytest.raises(RowRefused) as caught:
        read(a_job(**facts))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["JobID", "User", "Account", "Partition", "State", "Submit"])
def test_a_member_that_is_needed_is_missed(name):
    row = a_job()
    del row[name]
    with pytest.raises(RowRefused, match=f"{name}: is missing"):
        read(row)


@settings(max_examples=60)
@given(some.dictionaries(some.sampled_from(sorted(KNOWN)), ANYTHING))
def test_any_row_is_read_or_refused_naming_a_member(changes):
    refused = []
    try:
        row = read(a_job() | changes)
    except RowRefused as refusal:
        refused.append(refusal.field)
    else:
        assert row["submit_time"].tzinfo is None
        assert row["cpus"] >= 0
    assert set(refused) <= KNOWN


@settings(max_examples=40)
@given(ANYTHING)
def test_what_is_no_object_is_refused(value):
    with pytest.raises(RowRefused, match="must be an object"):
        read(value)


def test_a_job_that_is_too_long_is_refused_by_itself():
    with pytest.raises(RowRefused, match="has 70000 characters; 65536 are allowed"):
        read(TooLong(70_000))


def test_true_is_not_remembered_as_one():
    assert read(a_job(Account=1))["account"] == "1"
    with pytest.raises(RowRefused):
        read(a_job(Account=True))


def test_ids_of_arrays_and_het_jobs_are_taken_apart():
    task = read(a_job("12_4"))
    assert (task["job_id_raw"], task["array_job_id"], task["array_task_id"]) == (None, "12", "4")
    part = read(a_job("12+1", JobIDRaw="13"))
    assert (part["job_id_raw"], part["het_job_id"], part["het_offset"]) == ("13", "12", 1)
    assert read(a_job(12))["job_id"] == "12"


def test_nodes_are_counted_where_the_list_says_more():
    assert read(a_job(NodeList="gpu[01-04]", AllocNodes=1))["nodes"] == 4
    assert read(a_job(NodeList="gpu[01-02],cpu[001-003]", AllocNodes=None))["nodes"] == 5
    assert read(a_job(NodeList="gpu[01", AllocNodes=3))["nodes"] == 3
    assert read(a_job(NodeList="None assigned", AllocNodes=0))["node_list"] == ""
    listed = read(a_job(NodeList=["n1", "n2"], AllocNodes=1))  # so parquet files may have them
    assert (listed["node_list"], listed["nodes"]) == ("n1,n2", 2)


def test_counts_follow_from_hours_where_they_are_not_sent():
    row = a_job(CPUHours=8, GPUHours=2)
    del row["AllocCPUS"], row["AllocGPUS"]
    assert (read(row)["cpus"], read(row)["gpus"]) == (8, 2)
    assert read(row | {"End": None})["cpus"] == 0


def test_older_names_mean_the_same():
    row = a_job() | {"CPUs": 16, "GPUs": 8, "Nodes": 2, "Elapsed [h]": 0.5, "End": None}
    for name in ("AllocCPUS", "AllocGPUS", "AllocNodes"):
        del row[name]
    found = read(row)
    assert (found["cpus"], found["gpus"], found["nodes"], found["elapsed_s"]) == (16, 8, 2, 1800)


def test_what_our_own_exporter_adds_is_used():
    more = {
        "JobIDRaw": "99",
        "JobName": "train",
        "AllocTRES": "cpu=4,mem=8G,gres/gpu=3,gres/gpu:a100=2,gres/gpu:h100=1",
        "TotalCPUSeconds": 12.5,
        "MaxRSSMiB": 100,
        "ElapsedSeconds": 60,
        "TimelimitSeconds": 3600,
    }
    row = read(a_job(**more))
    assert (row["job_id_raw"], row["name"], row["total_cpu_s"], row["max_rss_mib"]) == ("99", "train", 12.5, 100)
    assert (row["gpus"], row["gpu_type"], row["memory_mib"], row["elapsed_s"]) == (3, "a100,h100", 8192, 60)
    assert row["time_limit_s"] == 3600


@pytest.mark.parametrize("name", ["User", "ExitCode", "WorkDir"])
def test_a_number_beyond_all_floats_is_text_where_text_is_wanted(name):
    column = {"User": "user_name", "ExitCode": "exit_code", "WorkDir": "work_dir"}[name]
    assert read(a_job(**{name: 10**400}))[column] == "1" + "0" * 400


@pytest.mark.parametrize("name", ["TotalCPUSeconds", "GPUUtil"])
def test_a_measure_is_a_float_however_it_is_written(name):
    column = {"TotalCPUSeconds": "total_cpu_s", "GPUUtil": "gpu_util"}[name]
    assert type(read(a_job(**{name: 2**63 - 1}))[column]) is float


@pytest.mark.parametrize("name", ["Start", "End"])
def test_a_job_cannot_have_run_in_the_future(name):
    with pytest.raises(RowRefused, match=f"{name}: lies in the future"):
        read(a_job(**{name: "9999-12-31T23:59:59"}))


def test_a_job_that_ran_for_longer_than_any_is_refused():
    with pytest.raises(RowRefused, match="ElapsedSeconds"):
        read(a_job(ElapsedSeconds=2**63 - 1))


def test_what_sacct_printed_of_a_job_s_use_is_read():
    words = {
        "TotalCPU": "01:00:00",
        "AveCPU": "10:00",
        "MaxRSS": "100M",
        "AveDiskRead": "1M",
        "AveDiskWrite": "2M",
    }
    row = read(a_job(**words))
    assert (row["total_cpu_s"], row["ave_cpu_s"], row["max_rss_mib"]) == (3600.0, 600.0, 100)
    assert (row["disk_read_mib"], row["disk_written_mib"]) == (1.0, 2.0)
    assert read(a_job(**words, TotalCPUSeconds=5))["total_cpu_s"] == 5.0
    with pytest.raises(RowRefused, match="MaxRSS"):
        read(a_job(**{**words, "MaxRSS": "much"}))


def test_a_start_follows_from_the_waiting_time_and_an_end_from_the_running_time():
    row = read(a_job(Start=None, End=None, WaitingTimeHours=1.0, ElapsedHours=2.0))
    assert (row["start_time"], row["end_time"]) == (datetime(2026, 1, 31, 11), datetime(2026, 1, 31, 13))
    assert read(a_job(WaitingTimeHours=-3.0))["start_time"] == datetime(2026, 1, 31, 11)
    assert read(a_job(End=None, Elapsed="1-00:00:00"))["elapsed_s"] == 86_400
    for wrong in ({"ElapsedHours": 1e6}, {"Elapsed": "long"}):
        with pytest.raises(RowRefused):
            read(a_job(End=None, **wrong))


def test_a_refusal_tells_what_stands_there_and_no_word_of_ours():
    with pytest.raises(RowRefused) as too_long:
        read(TooLong(70_000))
    assert too_long.value.value is None
    with pytest.raises(RowRefused, match="Submit: lies before all jobs"):
        read(a_job(Submit="0001-01-01T00:00:00"))
    with pytest.raises(RowRefused, match="Submit: is needed"):
        read(a_job(Submit="Unknown"))
