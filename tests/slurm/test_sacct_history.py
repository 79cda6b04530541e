import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm import sacct_history
from clausius_panel.slurm.dialect import Dialect

GUARD = "\x1fGUARD\x1f"
AT = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = (
    "JobID",
    "JobName",
    "State",
    "Submit",
    "Start",
    "End",
    "MaxRSS",
    "NTasks",
    "TotalCPU",
    "Group",
    "JobIDRaw",
)


def printed(*records, fields=FIELDS):
    rows = [fields, *([record.get(field, "") for field in fields] for record in records)]
    return "".join(GUARD.join(row) + "\n" for row in rows)


def a_job(job_id="7", **fields):
    usual = {
        "JobID": job_id,
        "JobIDRaw": job_id,
        "State": "COMPLETED",
        "Submit": "2026-02-01T10:00:00",
        "Start": "2026-02-01T11:00:00",
        "End": "2026-02-01T12:00:00",
        "Group": "staff",
        "TotalCPU": "00:30:00",
    }
    return usual | fields


def a_step(job_id="7", name="batch", **fields):
    return {
        "JobID": f"{job_id}.{name}",
        "JobIDRaw": f"{job_id}.{name}",
        "State": "COMPLETED",
        "NTasks": "1",
        **fields,
    }


def parse(text):
    return sacct_history.parse(text, cluster="gauss", guard=GUARD, at=AT)


def test_steps_are_folded_into_their_job():
    [job] = parse(printed(a_job(), a_step(MaxRSS="1048576"), a_step(name="0", MaxRSS="3145728", NTasks="2")))
    assert (job.job_id, job.group, job.max_rss_mib, job.total_cpu_s, job.used_at) == ("7", "staff", 6, 1800, AT)


def test_attempts_of_one_job_have_their_own_steps():
    first = a_job(State="REQUEUED", Submit="2026-02-01T09:00:00")
    text = printed(first, a_step(MaxRSS="1048576"), a_job(), a_step(MaxRSS="2097152"))
    assert [(job.state, job.max_rss_mib) for job in parse(text)] == [("REQUEUED", 1), ("COMPLETED", 2)]


def test_array_tasks_and_het_parts_keep_their_ids():
    text = printed(a_job("7_3", JobIDRaw="9"), a_step("7_3", JobIDRaw="9.batch"), a_job("8+1", JobIDRaw="10"))
    array, het = parse(text)
    assert (array.job_id, array.job_id_raw, array.array_job_id, array.array_task_id) == ("7_3", "9", "7", "3")
    assert (het.het_job_id, het.het_offset) == ("8", 1)


def test_a_step_without_its_job_is_passed_over():
    assert [job.job_id for job in parse(printed(a_step("6"), a_job(), a_step("8")))] == ["7"]


def test_a_name_with_line_breaks_and_separators_of_others_shifts_nothing():
    [job, other] = parse(printed(a_job(JobName="a\nb|c"), a_job("8")))
    assert (job.name, job.group, other.job_id) == ("a\nb|c", "staff", "8")


def test_an_answer_without_a_header_or_with_a_cut_record_is_refused():
    with pytest.raises(ParseError, match="no header"):
        parse("")
    with pytest.raises(ParseError, match="cut off"):
        parse(printed(a_job())[:-20])
    with pytest.raises(ParseError, match="line 4: not a job id: 'x'"):
        parse(printed(a_job(), a_step(), a_job("x")))


def test_the_window_is_told_in_utc_whatever_the_zone():
    start = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    words = sacct_history.window_words(Dialect(), guard=GUARD, start=start, end=AT, user='"$(id -u)"')
    command = " ".join(words)
    assert "-S 2026-01-01T00:00:00 -E 2026-03-01T00:00:00 -s BOOT_FAIL," in command
    assert '-u "$(id -u)"' in command
    assert " -D " in command
    assert " -X" not in command


def test_fields_that_a_version_refused_are_not_asked_for():
    dialect = Dialect(version="22.05").without("sacct", "ConsumedEnergyRaw")
    asked = sacct_history.fields(dialect)
    assert "ConsumedEnergyRaw" not in asked
    assert {"Group", "TRESUsageInAve", "JobID"} <= set(asked)
    assert asked[-1] == "JobIDRaw"


@pytest.mark.parametrize("job_id", ["1; rm -r /", "12_3", "", "\u0661"])
def test_only_raw_ids_reach_the_shell(job_id):
    with pytest.raises(ParseError, match="raw job id"):
        sacct_history.usage_words(Dialect(), guard=GUARD, job_ids=["5", job_id], days=3)
    assert "-j 5,6" in " ".join(sacct_history.usage_words(Dialect(), guard=GUARD, job_ids=["5", "6"], days=3))


lines = st.lists(
    st.sampled_from([a_job("1"), a_job("2", State="RUNNING", End="Unknown"), a_step("1"), a_step("2", "0")])
)


@settings(max_examples=50)
@given(lines)
def test_any_order_of_jobs_and_steps_gives_each_job_once(records):
    jobs = parse(printed(*records))
    wanted = [record["JobID"] for record in records if "." not in record["JobID"]]
    assert [job.job_id for job in jobs] == wanted


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_words(text):
    header = GUARD.join(FIELDS)
    for told in (text, f"{header}\n{text}"):
        try:
            jobs = parse(told)
        except ParseError:
            continue
        assert len(jobs) <= len(told.split("\n"))


def test_times_of_all_records_are_in_utc():
    [job] = parse(printed(a_job()))
    assert list(itertools.pairwise([job.submit_time, job.start_time, job.end_time])) == [
        (datetime(2026, 2, 1, 10, tzinfo=UTC), datetime(2026, 2, 1, 11, tzinfo=UTC)),
        (datetime(2026, 2, 1, 11, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC)),
    ]
