import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import find_tracker_links, merged_links
from clausius_panel.logs.trackers import MOST_LINKS


@pytest.mark.parametrize(
    ("line", "tracker", "url"),
    [
        (
            "wandb: 🚀 View run at https://wandb.ai/lab/llm/runs/a1b2c3",
            "wandb",
            "https://wandb.ai/lab/llm/runs/a1b2c3",
        ),
        (
            "wandb: 🚀 View run sunny at: \x1b[34m\x1b[4mhttps://wandb.lab.org:8443/lab/llm/runs/x9\x1b[0m.",
            "wandb",
            "https://wandb.lab.org:8443/lab/llm/runs/x9",
        ),
        ("View run at (https://wandb.ai/lab/llm/runs/a1).", "wandb", "https://wandb.ai/lab/llm/runs/a1"),
        (
            "🏃 View run at: http://ml.lab:5000/#/experiments/3/runs/0123456789abcdef0123456789abcdef",
            "mlflow",
            "http://ml.lab:5000/#/experiments/3/runs/0123456789abcdef0123456789abcdef",
        ),
        ("TensorBoard 2.16.2 at http://gpu01:6006/ (Press CTRL+C to quit)", "tensorboard", "http://gpu01:6006/"),
        (
            "Aim run: http://aim.lab:43800/runs/0123456789abcdef01234567",
            "aim",
            "http://aim.lab:43800/runs/0123456789abcdef01234567",
        ),
    ],
)
def test_links_of_runs(line: str, tracker: str, url: str):
    [link] = find_tracker_links(f"first\n{line}\n")
    assert (link.tracker, link.url, link.line) == (tracker, url, 2)


@pytest.mark.parametrize(
    "line",
    [
        "wandb: ⭐️ View project at https://wandb.ai/lab/llm",
        "wandb: docs at https://docs.wandb.ai/guides/runs/x",
        "see https://example.org/a/b/runs/c",
        "wandb: javascript:alert(1)//lab/llm/runs/x",
        "wandb: View run at https://user:secret@wandb.ai/lab/llm/runs/x",
        "wandb: View run at https://[broken/lab/llm/runs/x",
        "mlflow at http://ml.lab:5000/#/experiments/3",
    ],
)
def test_what_is_no_link_of_a_run(line: str):
    assert find_tracker_links(line) == []


def test_a_link_is_told_once_where_it_was_first():
    text = "wandb: run https://wandb.ai/a/b/runs/c\nwandb: run https://wandb.ai/a/b/runs/c.\n"
    assert [link.line for link in find_tracker_links(text, first_line=10)] == [10]


@given(st.text(max_size=60))
def test_a_link_is_always_plain_http(tail: str):
    for link in find_tracker_links(f"wandb: View run at https://wandb.ai/a/b/runs/{tail}"):
        assert link.url.startswith("https://wandb.ai/a/b/runs/")
        assert not set(link.url) & set("\"'<> \x1b\n")


def test_a_line_of_megabytes_of_links_is_read_at_once():
    begun = time.perf_counter()
    find_tracker_links("wandb: " + "https://wandb.ai/" * 200_000)
    assert time.perf_counter() - begun < 1.5


@pytest.mark.parametrize(
    ("line", "run"),
    [
        ("wandb: 🚀 View run sunny brook 12 at: https://wandb.ai/lab/llm/runs/a1b2c3", "sunny brook 12"),
        ("wandb: 🚀 View run at https://wandb.ai/lab/llm/runs/a1b2c3", "a1b2c3"),
        ("wandb: View run \u202egnp.exe at https://wandb.ai/lab/llm/runs/a1b2c3", "gnp.exe"),
        (f"wandb: View run {'x' * 99} at https://wandb.ai/lab/llm/runs/a1b2c3", "a1b2c3"),
        ("🏃 View run red-fox at: http://ml.lab:5000/#/experiments/3/runs/0123456789abcdef", "red-fox"),
        ("http://ml.lab:5000/#/experiments/3/runs/0123456789abcdef", "01234567"),
        ("TensorBoard 2.16.2 at http://gpu01:6006/ (Press CTRL+C to quit)", "gpu01:6006"),
    ],
)
def test_a_run_is_called_by_its_name_else_by_its_id(line: str, run: str):
    [link] = find_tracker_links(line)
    assert link.run == run
    assert link.host in link.url


def test_links_of_several_texts_are_one_list_with_the_names_that_any_of_them_tells():
    url = "https://wandb.ai/a/b/runs/c"
    head, end = (
        find_tracker_links(f"wandb: {url}"),
        find_tracker_links(f"wandb: View run sunny at: {url}\n{url}2 wandb"),
    )
    merged = merged_links(head, end)
    assert [(link.url, link.run) for link in merged] == [(url, "sunny"), (f"{url}2", "c2")]
    assert merged_links(end, head)[0].run == "sunny"
    assert find_tracker_links(f"wandb: {url}", first_line=None)[0].line is None


def test_of_a_log_full_of_links_only_so_many_are_told():
    text = "".join(f"wandb: https://wandb.ai/a/b/runs/{number}\n" for number in range(1000))
    assert len(find_tracker_links(text)) == MOST_LINKS


@given(st.text(max_size=80), st.text(max_size=20))
def test_what_is_told_of_a_run_is_one_printable_word_or_name(name: str, tail: str):
    for link in find_tracker_links(f"wandb: View run {name} at https://wandb.ai/a/b/runs/{tail}"):
        assert link.run.isprintable()
        assert 0 < len(link.run) <= 60
        assert link.url.isprintable()
