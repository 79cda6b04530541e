from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from clausius_panel.answers import ClusterAge
from clausius_panel.cli import clausius
from clausius_panel.cli.context import exit_code, say_ages
from tests.faces import CLUSTER


def an_age(cluster: str, **facts: object) -> ClusterAge:
    now = datetime.now(UTC)
    usual = {"as_of": now, "age_s": 0.0, "source": "live", "error": "", "error_kind": "", "error_since": None}
    return ClusterAge(cluster=cluster, **{**usual, **facts})


def test_only_a_cluster_that_never_answered_costs_the_exit_code():
    failing = an_age("b", error="refused", error_kind="unreachable")
    assert exit_code([an_age("a"), failing]) == 0
    assert exit_code([an_age("a"), an_age("b", as_of=None, age_s=None)]) == 1


def test_each_problem_gets_a_line_with_the_time_since_when(capsys: pytest.CaptureFixture[str]):
    since = datetime.now(UTC)
    say_ages([an_age("a"), an_age("b", error="beta-login: connection refused", error_since=since)])
    first, second = capsys.readouterr().out.splitlines()
    assert first == "a now · b now"
    assert second == f"b: beta-login: connection refused (since {since.astimezone():%Y-%m-%d %H:%M})"


def test_the_shell_completes_commands_and_clusters(common):
    def completed(words: str, position: int) -> list[str]:
        result = CliRunner(
            env={"_CLAUSIUS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position)}
        ).invoke(clausius, [], prog_name="clausius")
        return result.stdout.split()

    assert "plain,jobs" in completed("clausius jo", 1)
    assert completed("clausius cancel h", 2) == [f"plain,{CLUSTER}"]


def test_completion_is_silent_where_there_is_no_store():
    env = {"_CLAUSIUS_COMPLETE": "bash_complete", "COMP_WORDS": "clausius cancel h", "COMP_CWORD": "2"}
    result = CliRunner(env=env).invoke(clausius, [], prog_name="clausius")
    assert result.output.strip() == ""
