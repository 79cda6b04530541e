from clausius_panel.state import CancelResult
from clausius_panel.views.dialogs import cancel_question, cancel_report
from tests.views.kit import a_job, pending


def test_the_question_names_what_it_will_hit():
    asked = cancel_question([a_job(1), a_job(2), pending(3, cluster="beta", name="<b>x</b>")])
    assert asked["title"] == "Cancel 2 jobs on alpha and 1 job on beta?"
    assert asked["text"] == "2 of them are running and will be killed."
    assert asked["confirm"] == "Cancel 3 jobs"
    assert asked["keys"] == ["alpha:1", "alpha:2", "beta:3"]
    assert asked["lines"][2] == {"id": "3", "cluster": "beta", "name": "<b>x</b>", "note": "pending"}


def test_one_job_is_one_job():
    asked = cancel_question([a_job(1)])
    assert (asked["title"], asked["confirm"]) == ("Cancel 1 job on alpha?", "Cancel 1 job")
    assert (asked["keep"], cancel_question([a_job(1), a_job(2)])["keep"]) == ("Keep it", "Keep them")
    assert asked["text"] == "It is running and will be killed."
    assert cancel_question([pending(1)])["text"] == ""


def test_many_jobs_are_counted_and_not_all_listed():
    asked = cancel_question([a_job(number) for number in range(40)])
    assert (len(asked["lines"]), asked["more"], len(asked["keys"])) == (12, 28, 40)
    assert asked["text"] == "All of them are running and will be killed."


def test_only_failures_are_reported():
    assert cancel_report(CancelResult(cancelled=[("alpha", "1")]), {}) is None


def test_each_failure_is_told_in_the_clusters_words():
    result = CancelResult(cancelled=[("alpha", "1")], failed={("alpha", "2"): "not in the queue"})
    told = cancel_report(result, {("alpha", "2"): "sweep"})
    assert told is not None
    assert (told["title"], told["text"]) == ("1 job not cancelled", "1 job cancelled.")
    assert told["lines"] == [{"id": "2", "cluster": "alpha", "name": "sweep", "note": "not in the queue"}]
