from clausius_panel.state import ActResult
from clausius_panel.views.dialogs import done_words, question, report
from tests.views.kit import a_job, pending


def test_the_question_names_what_it_will_hit():
    asked = question("cancel", [a_job(1), a_job(2), pending(3, cluster="beta", name="<b>x</b>")])
    assert asked["title"] == "Cancel 2 jobs on alpha and 1 job on beta?"
    assert asked["text"].startswith("2 of them are running and will be killed.")
    assert "Requeue" in asked["text"]
    assert asked["confirm"] == "Cancel 3 jobs"
    assert asked["message"] == {"kind": "do", "act": "cancel", "keys": ["alpha:1", "alpha:2", "beta:3"]}
    assert asked["lines"][2] == {"id": "3", "cluster": "beta", "name": "<b>x</b>", "note": "pending"}


def test_one_job_is_one_job():
    asked = question("cancel", [a_job(1)])
    assert (asked["title"], asked["confirm"]) == ("Cancel 1 job on alpha?", "Cancel 1 job")
    assert (asked["keep"], question("cancel", [a_job(1), a_job(2)])["keep"]) == ("Keep it", "Keep them")
    assert asked["text"].startswith("It is running and will be killed.")
    assert "killed" not in question("cancel", [pending(1)])["text"]


def test_many_jobs_are_counted_and_not_all_listed():
    asked = question("cancel", [a_job(number) for number in range(40)])
    assert (len(asked["lines"]), asked["more"], len(asked["message"]["keys"])) == (12, 28, 40)
    assert asked["text"].startswith("All of them are running and will be killed.")


def test_jobs_to_which_it_does_not_apply_are_told_of():
    asked = question("hold", [pending(1)], passed_over=2)
    assert (asked["title"], asked["danger"]) == ("Hold 1 job on alpha?", False)
    assert asked["text"] == "2 more of the selected are left alone."


def test_a_form_says_what_a_value_is_and_what_was_wrong():
    asked = question("time_limit", [a_job(1)])
    assert (asked["field"]["value"], asked["field"]["error"]) == ("1:00:00", "")
    again = question("time_limit", [a_job(1)], value="soon", error="use minutes")
    assert (again["field"]["value"], again["field"]["error"]) == ("soon", "use minutes")
    assert question("partition", [pending(1)], partitions=["gpu", "batch"])["field"]["choices"] == ["gpu", "batch"]
    assert question("hold", [pending(1)])["field"] is None


def test_a_run_is_asked_for_by_the_job_that_was_chosen_and_names_all_of_it():
    asked = question("cancel_run", [a_job(1), pending(2)], keys=[("alpha", "2")])
    assert asked["title"] == "Cancel the whole run, 2 jobs on alpha?"
    assert asked["message"]["keys"] == ["alpha:2"]


def test_the_tasks_of_an_array_are_asked_for():
    asked = question("cancel_tasks", [pending(1, job_id="7_[5-9%2]", array_job_id="7")])
    assert asked["title"] == "Cancel tasks of array 7 on alpha?"
    assert asked["field"]["value"] == "5-9"


def test_only_failures_are_reported():
    assert report(ActResult(act="cancel", done=[("alpha", "1")]), {}) is None


def test_each_failure_is_told_in_the_clusters_words():
    result = ActResult(act="hold", done=[("alpha", "1")], failed={("alpha", "2"): "not in the queue"})
    told = report(result, {("alpha", "2"): "sweep"})
    assert told is not None
    assert (told["title"], told["text"]) == ("1 job not held", "1 job held.")
    assert told["lines"] == [{"id": "2", "cluster": "alpha", "name": "sweep", "note": "not in the queue"}]


def test_what_was_done_is_told_with_the_way_back():
    done = [("alpha", "1")]
    assert done_words(ActResult(act="cancel", done=done, undo="it cannot come back")) == (
        "1 job cancelled; it cannot come back"
    )
    assert done_words(ActResult(act="hold", done=done, undo="release it")) == "1 job held"
    assert "to take it back: x" in done_words(ActResult(act="nice", done=done, undo="x"))
    assert done_words(ActResult(act="nice")) == ""
