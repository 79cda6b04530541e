from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.imports import sacct_dump
from clausius_panel.imports.sacct_dump import SacctDump, find_header

HEADER = "Submit|State|JobID|Elapsed|User|NCPUS|JobName|TotalCPU|MaxRSS|Start|End|Layout"
JOB = "2026-07-01T12:00:00|COMPLETED|7|01:00:00|alice|4|train|02:00:00||2026-07-01T12:30:00|2026-07-01T13:30:00|"
STEP = (
    "2026-07-01T12:30:00|COMPLETED|7.batch|01:00:00||4|batch|02:00:00|1048576K|2026-07-01T12:30:00|Unknown|Block"
)


def read(path, *, cluster="gauss", zone=UTC):
    batches = list(SacctDump(path, cluster=cluster, zone=zone).read())
    return [job for batch in batches for job in batch.table.to_pylist()], [
        bad for batch in batches for bad in batch.bad
    ]


def test_fields_in_any_order_are_understood_and_steps_folded_in(dump):
    [job], bad = read(dump(HEADER, JOB, STEP))
    assert bad == []
    assert (job["job_id"], job["user_name"], job["cpus"], job["elapsed_s"]) == ("7", "alice", 4, 3600)
    assert (job["max_rss_mib"], job["total_cpu_s"]) == (1024, 7200.0)
    assert job["used_at"] is not None


def test_without_steps_nobody_says_that_they_were_folded_in(dump):
    [job], _ = read(dump(HEADER, JOB))
    assert job["used_at"] is None


def test_the_trailing_separator_of_p_and_other_separators_are_understood(dump):
    assert len(read(dump(*(f"{line}|" for line in (HEADER, JOB, STEP))))[0]) == 1
    assert len(read(dump(*(line.replace("|", ";") for line in (HEADER, JOB, STEP))))[0]) == 1


def test_words_of_a_login_shell_before_the_header_are_passed_over(dump):
    assert len(read(dump("Welcome to gauss!", "", HEADER, JOB))[0]) == 1


def test_times_are_of_the_zone_that_is_given(dump):
    [job], _ = read(dump(HEADER, JOB), zone=ZoneInfo("Europe/Berlin"))
    assert job["submit_time"] == datetime(2026, 7, 1, 10)


def test_a_field_may_name_the_cluster(dump):
    lines = [f"{HEADER}|Cluster", f"{JOB}|euler", f"{STEP}|euler", f"{JOB.replace('|7|', '|8|')}|gauss"]
    jobs, _ = read(dump(*lines), cluster="")
    assert [(job["cluster"], job["job_id"]) for job in jobs] == [("euler", "7"), ("gauss", "8")]


def test_a_name_with_a_line_break_is_one_record(dump):
    [job], bad = read(dump(HEADER, JOB.replace("train", "a\nb")))
    assert (job["name"], bad) == ("a\nb", [])


def test_records_that_cannot_be_read_are_left_out_by_themselves(dump):
    good = [JOB.replace("|7|", f"|{number}|") for number in range(20)]
    odd = [JOB.replace("train", "a|b"), JOB.replace("|4|", "|many|"), JOB[:40]]
    jobs, bad = read(dump(HEADER, *good[:10], odd[0], odd[1], *good[10:], odd[2]))
    assert [job["job_id"] for job in jobs] == [str(number) for number in range(20)]
    assert sorted((row.place, row.reason) for row in bad) == [
        ("sacct.txt line 12", "13 fields instead of 12"),
        ("sacct.txt line 13", "not a number: 'many'"),
        ("sacct.txt line 24", "the record is cut off"),
    ]


def test_a_record_that_is_cut_off_does_not_take_the_next_one_with_it(dump):
    jobs, bad = read(dump(HEADER, JOB[:40], JOB, JOB.replace("|7|", "|8|")))
    assert [job["job_id"] for job in jobs] == ["7", "8"]
    assert [row.place for row in bad] == ["sacct.txt line 2"]


def test_jobs_are_never_apart_from_their_steps(dump, monkeypatch):
    monkeypatch.setattr(sacct_dump, "BATCH", 4)
    lines = [line.replace("|7", f"|{number}") for number in range(1, 20) for line in (JOB, STEP)]
    path = dump(HEADER, *lines)
    batches = list(SacctDump(path, cluster="g", zone=UTC).read())
    assert len(batches) > 5
    jobs, _ = read(path)
    assert [(job["job_id"], job["max_rss_mib"]) for job in jobs] == [
        (str(number), 1024) for number in range(1, 20)
    ]
    assert sum(batch.rows for batch in batches) == 38


def test_it_says_which_fields_it_ignores(dump):
    assert SacctDump(dump(HEADER, JOB), cluster="g", zone=UTC).ignored == ("Layout",)


def test_text_without_a_header_or_without_what_is_needed_is_refused(dump):
    with pytest.raises(InvalidInput, match="JobID"):
        SacctDump(dump(JOB), cluster="g", zone=UTC)
    with pytest.raises(InvalidInput, match="State, Submit"):
        SacctDump(dump("JobID|User", "1|alice"), cluster="g", zone=UTC)


def test_the_header_is_found_by_its_field_jobid():
    assert find_header(["hello | world", "User|JobID"]) == (1, "|")
    assert find_header(["JobID"]) is None
    assert find_header([]) is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([JOB, STEP, JOB[:30], "|||||||||||", "x" * 20]) | st.text(max_size=40), max_size=8)
)
def test_lines_of_any_text_are_read_or_told(dump, lines):
    jobs, bad = read(dump(HEADER, *(line.encode("utf-8", "replace").decode() for line in lines)))
    assert len(jobs) + len(bad) <= sum(len(line.splitlines()) for line in lines) + len(lines)


def test_text_without_an_end_of_a_record_is_not_held_for_ever(dump, monkeypatch):
    monkeypatch.setattr(sacct_dump, "_LONGEST", 100)
    found, bad = read(dump(HEADER, *["no record"] * 40, JOB))
    assert len(bad) >= 3
    assert [job["job_id"] for job in found] == ["7"]
