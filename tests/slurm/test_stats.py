from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import ParseError
from clausius_panel.slurm.stats import accounting_words, cpu_seconds, live_words, parse_accounting, parse_live

# what sstat of Slurm 22.05 printed of an array: both of its tasks, by their raw ids
LIVE = """\
JobID|NTasks|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot
1000157.batch|1|00:00:00|12423168|12423168|cpu=00:00:00,energy=0,mem=12423168|cpu=00:00:00,energy=0,mem=12423168
1000157.0|2|00:00:02|113127424|113143808|cpu=00:00:02,energy=0,mem=113127424|cpu=00:00:05,energy=0,mem=226254848
1000156.batch|1|00:00:00|11931648|11931648|cpu=00:00:00,energy=0,mem=11931648|cpu=00:00:00,energy=0,mem=11931648
"""
GPU = """\
JobID|NTasks|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot
7.0|2|00:10:00|1|2|gres/gpumem=1073741824,gres/gpuutil=70|gres/gpumem=2147483648,gres/gpuutil=140
7.1|2|00:10:00|1|2|gres/gpumem=1073741824,gres/gpuutil=70|energy=0
"""
ACCOUNTING = """\
JobID|JobIDRaw|NTasks|TotalCPU|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot
1000156_1|1000157||00:53.704|||||
1000156_1.batch|1000157.batch|1|00:00.015|00:00:00|12423168|12423168|cpu=00:00:00,mem=12423168|cpu=00:00:00,mem=12423168
1000156_1.0|1000157.0|2|00:53.688|00:00:26|113127424|119143808|cpu=00:00:26,mem=1|cpu=00:00:53,mem=226254848
1000156_2|1000156||00:50.704|||||
"""


def test_the_steps_of_one_task_of_an_array_are_told_apart_from_its_siblings():
    steps = parse_live(LIVE, job_id_raw="1000157")
    assert [(step.step, step.tasks, step.cpu_s) for step in steps] == [("batch", 1, 0.0), ("0", 2, 5.0)]
    assert [(step.rss_mib, step.max_rss_mib) for step in steps] == [(12, 12), (216, 216)]
    assert all(step.gpu_percent is None and step.gpu_memory_mib is None for step in steps)


def test_gpu_use_is_summed_over_tasks_where_slurm_has_not_done_it():
    first, second = parse_live(GPU, job_id_raw="7")
    assert (first.gpu_percent, first.gpu_memory_mib) == (140.0, 2048)
    assert (second.gpu_percent, second.gpu_memory_mib) == (140.0, 2048)


def test_accounting_tells_the_whole_job_and_its_steps():
    whole, batch, step = parse_accounting(ACCOUNTING, job_id_raw="1000157")
    assert (whole.step, whole.cpu_s, whole.max_rss_mib) == ("", pytest.approx(53.704), None)
    assert (batch.step, step.step) == ("batch", "0")
    assert (step.cpu_s, step.max_rss_mib) == (pytest.approx(53.688), 228)


def test_an_answer_without_steps_is_empty_and_one_without_a_header_an_error():
    assert parse_live(LIVE.splitlines()[0], job_id_raw="1") == []
    with pytest.raises(ParseError, match="no header"):
        parse_live("sstat: error\n", job_id_raw="1")
    with pytest.raises(ParseError, match="fields"):
        parse_live(LIVE + "1|2|3\n", job_id_raw="1")
    with pytest.raises(ParseError, match="no field JobIDRaw"):
        parse_accounting(LIVE, job_id_raw="1")


def test_what_a_login_shell_says_before_the_answer_is_passed_over():
    assert len(parse_live(f"Welcome\n{LIVE}", job_id_raw="1000157")) == 2


def test_only_raw_ids_reach_the_command():
    assert "-j 12" in " ".join(live_words("12"))
    for words in (live_words, accounting_words):
        for wrong in ("12_3", "12; rm -r /", "", "12.batch"):
            with pytest.raises(ParseError):
                words(wrong)


@pytest.mark.parametrize("text", ["", "N/A", "Unknown", "INVALID"])
def test_a_cpu_time_that_was_not_measured_is_none(text):
    assert cpu_seconds(text) is None


@given(
    days=some.integers(0, 999), hours=some.integers(0, 23), minutes=some.integers(0, 59), s=some.integers(0, 59)
)
def test_cpu_times_are_read_in_each_of_slurms_forms(days, hours, minutes, s):
    whole = hours * 3600 + minutes * 60 + s
    assert cpu_seconds(f"{days}-{hours:02}:{minutes:02}:{s:02}") == days * 86400 + whole
    assert cpu_seconds(f"{hours:02}:{minutes:02}:{s:02}") == whole
    assert cpu_seconds(f"{minutes:02}:{s:02}.250") == minutes * 60 + s + 0.25


@given(some.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_parse_error(text):
    for answer in (text, f"{LIVE.splitlines()[0]}\n{text}"):
        try:
            steps = parse_live(answer, job_id_raw="1")
        except ParseError:
            continue
        assert all(step.tasks >= 1 for step in steps)


@settings(max_examples=40)
@given(some.lists(some.tuples(some.integers(1, 64), some.integers(0, 10**12), some.integers(0, 6400)), max_size=5))
def test_what_slurm_prints_comes_back(rows):
    lines = [LIVE.splitlines()[0]]
    for number, (tasks, memory, gpu) in enumerate(rows):
        total = f"cpu=00:00:{number:02},gres/gpuutil={gpu},mem={memory}"
        lines.append(f"5.{number}|{tasks}|00:00:01|1|{memory}||{total}")
    steps = parse_live("\n".join(lines), job_id_raw="5")
    assert [(step.tasks, step.gpu_percent, step.cpu_s) for step in steps] == [
        (tasks, float(gpu), float(number)) for number, (tasks, _, gpu) in enumerate(rows)
    ]


# what sacct -D of Slurm 22.05 printed of a requeued job, cut to what matters
ATTEMPTS = """\
JobID|JobIDRaw|NTasks|TotalCPU|AveCPU|AveRSS|MaxRSS|TRESUsageInAve|TRESUsageInTot|Submit
7|7||00:10.000||||||2026-11-22T07:45:59
7.batch|7.batch|1|00:10.000|00:00:10|1048576|3145728|cpu=00:00:10|cpu=00:00:10|2026-11-22T07:45:59
7.0|7.0|1|00:09.000|00:00:09|1048576|2097152|cpu=00:00:09|cpu=00:00:09|2026-11-22T07:46:03
7|7||00:20.000||||||2026-11-22T07:46:22
7.batch|7.batch|1|00:20.000|00:00:20|1048576|5242880|cpu=00:00:20|cpu=00:00:20|2026-11-22T07:46:22
"""


def test_the_steps_of_one_attempt_are_told_apart_from_those_of_the_next():
    first = datetime(2026, 11, 22, 7, 45, 59, tzinfo=UTC)
    steps = parse_accounting(ATTEMPTS, job_id_raw="7", submitted=first)
    assert [(step.step, step.cpu_s, step.max_rss_mib) for step in steps] == [
        ("", 10.0, None),
        ("batch", 10.0, 3),
        ("0", 9.0, 2),  # its own time of submission is that of the step
    ]
    assert parse_accounting(ATTEMPTS, job_id_raw="7", submitted=first - timedelta(days=1)) == []
    assert parse_accounting(ATTEMPTS, job_id_raw="8", submitted=first) == []
    with pytest.raises(ParseError, match="no field Submit"):
        parse_accounting(ACCOUNTING, job_id_raw="7", submitted=first)


def test_each_attempt_is_asked_for_only_where_an_older_one_is_wanted():
    assert "-D" not in accounting_words("7")
    words = accounting_words("7", all_attempts=True)
    assert "-D" in words
    assert words[-1].endswith(",Submit")
