import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.model.reason import REASONS, explain_reason


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("None", ""),
        ("", ""),
        ("Licenses", "waits for a licence"),
        ("JobHeldUser", "held by its owner"),
        ("QOSMaxJobsPerUserLimit", "its owner has reached the limit of jobs in this QOS"),
        ("QOSGrpGRES", "the group has reached the limit of GPUs in this QOS"),
        ("AssocGrpCpuLimit", "the group has reached the limit of CPUs in this account"),
        ("AssocMaxJobsLimit", "its owner has reached the limit of jobs in this account"),
        ("AssocMaxWallDurationPerJobLimit", "asks for more run time than this account allows"),
        ("QOSMinGRES", "asks for fewer GPUs than this QOS demands"),
        ("ReqNodeNotAvail, UnavailableNodes:beta-n03", "a node it asks for is not available: beta-n03"),
        ("ReqNodeNotAvail,_UnavailableNodes:node8,n[1-2]", "a node it asks for is not available: node8,n[1-2]"),
        (
            "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions",
            "the nodes it could use are down, drained or kept for more urgent jobs",
        ),
        ("A_REASON_OF_TOMORROW", "A_REASON_OF_TOMORROW"),
        ("cancelled by 1001", "cancelled by uid 1001"),
        ("cancelled by alice", "cancelled by alice"),
    ],
)
def test_reasons_are_words_a_person_would_use(reason: str, words: str):
    assert explain_reason(reason) == words


@pytest.mark.parametrize(
    ("dependency", "words"),
    [
        ("afterok:12(unfulfilled)", "after job 12 succeeds"),
        ("afterany:1(unfulfilled),afterany:2(fulfilled)", "after job 1 has ended"),
        ("afterok:1?afternotok:2", "after job 1 succeeds or after job 2 fails"),
        ("afternotok:1(unfulfilled)?afternotok:2(unfulfilled)", "after job 1 fails or after job 2 fails"),
        ("afterok:1?afterok:2?afterok:3?afterok:4", "after any of 4 other jobs (afterok)"),
        ("afterok:1,singleton", "after job 1 succeeds and after its namesakes have ended"),
        ("afterok:1:2:3:4:5", "after 5 other jobs (afterok)"),
        ("", "waits for another job"),
        ("no such shape!", "waits for another job"),
    ],
)
def test_a_dependency_names_the_jobs(dependency: str, words: str):
    assert explain_reason("Dependency", dependency=dependency) == words


@pytest.mark.parametrize(
    ("dependency", "words"),
    [
        ("afternotok:1(failed)", "not needed: job 1 did not fail"),
        ("afternotok:1", "not needed: job 1 did not fail"),
        ("afternotok:1(failed),afternotok:2(failed)", "not needed: job 1 and job 2 did not fail"),
        ("afternotok:1(failed),afterok:2(unfulfilled)", "not needed: job 1 did not fail"),
        ("afternotok:1:2:3:4", "not needed: none of 4 other jobs failed"),
        ("afterok:1(failed)", REASONS["DependencyNeverSatisfied"]),
        ("afternotok:1(failed),afterok:2(failed)", REASONS["DependencyNeverSatisfied"]),
        ("afternotok:1,afterok:2", REASONS["DependencyNeverSatisfied"]),
        ("", REASONS["DependencyNeverSatisfied"]),
        ("no such shape!", REASONS["DependencyNeverSatisfied"]),
    ],
)
def test_a_job_that_only_steps_in_where_others_fail_is_not_needed_where_they_do_not(dependency: str, words: str):
    assert explain_reason("DependencyNeverSatisfied", dependency=dependency) == words


def test_an_array_says_how_many_tasks_it_runs_at_a_time():
    assert explain_reason("JobArrayTaskLimit", array_task_id="8-31%4") == "its array runs 4 tasks at a time"
    assert explain_reason("JobArrayTaskLimit", array_task_id="8-31") == REASONS["JobArrayTaskLimit"]


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=10))
def test_any_reason_has_words_and_is_never_an_error(reason: str, dependency: str, task: str):
    words = explain_reason(reason, dependency=dependency, array_task_id=task)
    assert words or reason.partition(",")[0] in ("", "None")
