from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.imports.parquet_files import ParquetFiles
from clausius_panel.ingest.parquet import parquet_rows

NEWER = {
    "JobID": ["1", "2_3"],
    "User": ["alice", "bob"],
    "Account": ["lab", "unknown"],
    "Partition": ["gpu", "cpu"],
    "State": ["COMPLETED", "CANCELLED by 7"],
    "Submit": [datetime(2026, 1, 1, 10), datetime(2026, 1, 1, 11)],
    "Start": [datetime(2026, 1, 1, 11), None],
    "End": [datetime(2026, 1, 1, 13), datetime(2026, 1, 1, 12)],
    "CPUs": [16, 4],
    "GPUs": [2.0, 0.0],
    "Nodes": [1, 1],
    "NodeList": ["gpu[01-04],cpu7", "None assigned"],
    "SubmitYear": [2026, 2026],
}
OLDER = {
    "JobID": ["5"],
    "User": ["carol"],
    "State": ["FAILED"],
    "Submit": ["2026-01-01T10:00:00"],
    "WaitingTime [h]": [0.5],
    "Elapsed [h]": [2.0],
    "CPU-hours": [64.0],
    "GPU-hours": [8.0],
}


def jobs(path, *, cluster="gauss", zone=UTC):
    source = ParquetFiles(path, cluster=cluster, zone=zone)
    return [job for batch in source.read() for job in batch.table.to_pylist()]


def test_the_newer_columns_are_understood(parquet):
    first, second = jobs(parquet("a.parquet", NEWER))
    assert (first["job_id"], first["job_id_raw"], first["user_name"], first["cpus"], first["gpus"]) == (
        "1", "1", "alice", 16, 2,
    )  # fmt: skip
    assert (first["start_time"], first["elapsed_s"]) == (datetime(2026, 1, 1, 11), 7200)
    assert (second["array_job_id"], second["array_task_id"], second["state"]) == ("2", "3", "CANCELLED")
    assert (second["account"], second["start_time"], second["node_list"]) == ("", None, "")


def test_nodes_are_counted_by_their_names_which_such_files_count_wrongly(parquet):
    assert [job["nodes"] for job in jobs(parquet("a.parquet", NEWER))] == [5, 1]


def test_the_older_columns_are_understood_and_what_they_imply(parquet):
    [job] = jobs(parquet("a.parquet", OLDER))
    assert (job["start_time"], job["end_time"]) == (datetime(2026, 1, 1, 10, 30), datetime(2026, 1, 1, 12, 30))
    assert (job["elapsed_s"], job["cpus"], job["gpus"]) == (7200, 32, 4)


WEEKLY = {
    "User": ["alice", "alice", "bob"],
    "Partition": ["gpu"] * 3,
    "State": ["COMPLETED"] * 3,
    "Submit": [datetime(2026, 1, 1, 10)] * 3,
    "Start": [datetime(2026, 1, 1, 11)] * 3,
    "Elapsed [h]": [2.0] * 3,
    "Nodes": [2] * 3,
    "NodeList": [["n1", "n2"]] * 3,
    "CPUs": [8] * 3,
}


def test_nodes_may_be_a_list_as_in_the_weekly_files(parquet):
    assert {(job["node_list"], job["nodes"]) for job in jobs(parquet("a.parquet", WEEKLY))} == {("n1,n2", 2)}


def test_jobs_without_ids_get_the_same_ones_whenever_they_are_read(parquet):
    path = parquet("a.parquet", WEEKLY)
    made = [job["job_id"] for job in jobs(path)]
    assert len(set(made)) == 3
    assert {len(each) for each in made} == {16}
    overlapping = {name: values[1:] for name, values in WEEKLY.items()}
    assert {job["job_id"] for job in jobs(parquet("b.parquet", overlapping))} < set(made)
    assert "1 of 1 without job ids" in ParquetFiles(path, cluster="gauss", zone=UTC).format


def test_jobs_without_ids_get_the_same_ones_by_import_and_by_upload(parquet):
    path = parquet("a.parquet", WEEKLY)
    with path.open("rb") as file:
        sent = {row["JobID"] for row in parquet_rows(file)}
    assert sent == {job["job_id"] for job in jobs(path)}


def test_several_types_of_gpus_are_counted_together(parquet):
    [job] = jobs(parquet("a.parquet", {**OLDER, "AllocTRES": ["cpu=4,gres/gpu:a100=2,gres/gpu:v100=1,mem=8G"]}))
    assert (job["gpus"], job["gpu_type"], job["memory_mib"]) == (3, "a100,v100", 8192)


def test_what_an_exporter_wrote_of_the_steps_is_kept(parquet):
    [job] = jobs(parquet("a.parquet", {**OLDER, "TotalCPU": ["02:00:00"], "MaxRSS": ["1048576K"]}))
    assert (job["total_cpu_s"], job["max_rss_mib"]) == (7200.0, 1024)


def test_each_host_of_a_directory_is_a_cluster(parquet):
    parquet("euler/weekly-data/jobs_1.parquet", OLDER)
    path = parquet("gauss/data/jobs_2026.parquet", NEWER)
    found = jobs(path.parents[2], cluster="")
    assert sorted((job["cluster"], job["job_id"]) for job in found) == [
        ("euler", "5"),
        ("gauss", "1"),
        ("gauss", "2_3"),
    ]


def test_a_column_may_name_the_cluster(parquet):
    assert [job["cluster"] for job in jobs(parquet("a.parquet", {**OLDER, "Cluster": ["euler"]}), cluster="")] == [
        "euler"
    ]


def test_naive_times_are_of_the_zone_that_is_given(parquet):
    [job] = jobs(parquet("a.parquet", OLDER), zone=ZoneInfo("Europe/Berlin"))
    assert job["submit_time"] == datetime(2026, 1, 1, 9)


def test_a_row_that_cannot_be_read_is_left_out_by_itself(parquet):
    rows = {
        "JobID": ["1", "x y", "3.batch", "4"],
        "State": ["COMPLETED"] * 4,
        "Submit": ["2026-01-01T10:00:00"] * 3 + [""],
    }
    source = ParquetFiles(parquet("a.parquet", rows), cluster="gauss", zone=UTC)
    [batch] = source.read()
    assert batch.table.column("job_id").to_pylist() == ["1"]
    assert [(row.place, row.reason.partition(":")[0]) for row in batch.bad] == [
        ("a.parquet row 2", "not a job id"),
        ("a.parquet row 3", "a step, not a job"),
        ("a.parquet row 4", "no time of submission"),
    ]


def test_it_says_which_columns_it_understands(parquet):
    source = ParquetFiles(parquet("a.parquet", {**OLDER, "StartYearWeek": ["x"]}), cluster="gauss", zone=UTC)
    assert source.ignored == ("StartYearWeek",)
    assert "Elapsed [h]" in source.used


def test_files_that_are_none_are_refused(parquet, tmp_path):
    with pytest.raises(InvalidInput, match="Submit"):
        ParquetFiles(parquet("a.parquet", {"JobID": ["1"], "State": ["X"]}), cluster="g", zone=UTC)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(parquet("b.parquet", OLDER).read_bytes()[:-40])
    with pytest.raises(InvalidInput, match="Parquet"):
        ParquetFiles(cut, cluster="g", zone=UTC)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=r"no \*.parquet"):
        ParquetFiles(tmp_path / "empty", cluster="g", zone=UTC)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {
            name: st.text(max_size=12)
            for name in ("JobID", "State", "Submit", "Elapsed", "GPUs", "NodeList", "AllocTRES")
        }
    )
)
def test_rows_of_any_text_are_read_or_told(parquet, row):
    fine = {name: [value.encode("utf-8", "replace").decode()] for name, value in row.items()}
    [batch] = ParquetFiles(parquet("a.parquet", fine), cluster="g", zone=UTC).read()
    assert batch.table.num_rows + len(batch.bad) == batch.rows == 1


def test_a_file_that_is_damaged_further_on_is_told(parquet):
    path = parquet("a.parquet", {**NEWER, "User": ["a" * 400, "b" * 400]})
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="cannot be read further"):
        jobs(path)


def test_times_beyond_the_calendar_are_told(parquet):
    import pyarrow as pa

    beyond = pa.array([2**62, -(2**62)], pa.timestamp("us"))
    with pytest.raises(InvalidInput, match="cannot be read further"):
        jobs(parquet("a.parquet", {**NEWER, "Submit": beyond}))
    late = {**OLDER, "Submit": ["9999-12-31T00:00:00"], "WaitingTime [h]": [1e6]}
    [batch] = ParquetFiles(parquet("b.parquet", late), cluster="g", zone=UTC).read()
    assert [bad.reason for bad in batch.bad] == ["a time outside the calendar"]


def test_what_our_own_exporter_says_is_read_too(parquet):
    more = {"JobIDRaw": ["7"], "TotalCPUSeconds": [12.5], "MaxRSSMiB": [100.0], "TimelimitSeconds": [60]}
    [job] = jobs(parquet("a.parquet", {**OLDER, **more, "MaxRSS": ["1G"], "GPUUtil": [50.0]}))
    assert (job["job_id_raw"], job["total_cpu_s"], job["max_rss_mib"], job["time_limit_s"]) == ("7", 12.5, 100, 60)
    assert job["gpu_util"] == 50.0
