from clausius_panel.views.jump import find


def titles(runtime, text):
    return [(item["kind"], item["title"].split()[-1]) for item in find(runtime, text)]


def test_nothing_typed_offers_the_pages(runtime):
    assert {kind for kind, _ in titles(runtime, " ")} == {"page"}


def test_letters_find_pages_projects_runs_and_jobs_in_this_order(chained_runtime):
    found = titles(chained_runtime, "hle")
    assert found[:2] == [("project", "hle"), ("run", "hle_mpsf_eval")]
    assert {kind for kind, _ in found[2:]} == {"job"}
    assert titles(chained_runtime, "run")[0] == ("page", "Runs")
    assert find(chained_runtime, "thing")[-1]["href"] == "?page=board&job=alpha:9"


def test_what_cannot_be_asked_is_one_line_of_words(runtime):
    [wrong] = find(runtime, " ".join(map(str, range(500))))
    assert wrong["kind"] == "error"
    assert "words" in wrong["title"]
    assert titles(runtime, "nothing is called so") == []
