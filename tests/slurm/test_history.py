from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import CommandFailed, CommandTimeout, ParseError
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.history import ask_history
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed
from clausius_panel.transport.local import LocalTransport
from tests.history_kit import Accounting, a_record

END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def accounting(tmp_path):
    return Accounting(tmp_path / "bin")


def ask(accounting, *, transport=None, all_users=False, limit_s=20, max_bytes=10**7, days=10):
    return ask_history(
        accounting.cluster(),
        transport or LocalTransport(),
        dialect=Dialect(),
        start=END - timedelta(days=days),
        end=END,
        all_users=all_users,
        limit_s=limit_s,
        max_bytes=max_bytes,
    )


def test_the_jobs_of_a_window_come_with_what_they_used(accounting):
    accounting.jobs([a_record("1", END - timedelta(days=1)), a_record("2", END - timedelta(days=30))])
    answer = ask(accounting)
    assert [(job.job_id, job.total_cpu_s, job.cluster) for job in answer.jobs] == [("1", 3600.0, "fake")]
    assert answer.answer_bytes > 100


def test_everybodys_jobs_come_only_when_they_are_asked_for(accounting):
    accounting.jobs(
        [a_record("1", END - timedelta(days=1)), a_record("2", END - timedelta(days=1), Owner="other")]
    )
    assert [job.job_id for job in ask(accounting).jobs] == ["1"]
    assert [job.job_id for job in ask(accounting, all_users=True).jobs] == ["1", "2"]


def test_fields_that_this_version_refuses_are_dropped_and_remembered(accounting):
    accounting.limits(refused=["ConsumedEnergyRaw", "TRESUsageOutTot"])
    accounting.jobs([a_record("1", END - timedelta(days=1))])
    answer = ask(accounting)
    assert [job.job_id for job in answer.jobs] == ["1"]
    assert set(answer.dialect.missing) == {"sacct:consumedenergyraw", "sacct:tresusageouttot"}


def test_a_failure_of_accounting_is_said_in_its_words(accounting):
    accounting.limits(broken="sacct: error: the database is on fire")
    with pytest.raises(CommandFailed, match="on fire"):
        ask(accounting)


def test_an_answer_that_is_too_large_or_late_or_empty_is_no_answer(accounting):
    accounting.jobs([a_record(str(number), END - timedelta(days=1)) for number in range(500)])
    with pytest.raises(CommandFailed, match="10000 bytes"):
        ask(accounting, max_bytes=10_000)
    accounting.limits(nap_s=5)
    with pytest.raises(CommandTimeout, match="1 s"):
        ask(accounting, limit_s=1)


def test_silence_is_no_answer(accounting):
    def silent(command, stdin):
        sentinel = stdin.partition("_s=")[2].split()[0]
        return Completed(
            stdout="".join(f"\n{sentinel} {part}\n" for part in ("begin sacct", "stderr sacct", "end sacct 0"))
        )

    with pytest.raises(ParseError, match="no header"):
        ask(accounting, transport=FakeTransport(silent))


def test_it_goes_over_the_background_lane(accounting):
    transport = FakeTransport(lambda command, stdin: CommandTimeout("fake", "sh -s", 1))
    with pytest.raises(CommandTimeout):
        ask(accounting, transport=transport)
    assert [lane for _, _, lane in transport.calls] == ["background"]
