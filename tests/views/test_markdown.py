from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.views.markdown import MOST_LETTERS, MOST_LINES, MOST_NODES, TAGS, tree


def walked(nodes: list[Any]) -> list[tuple[str, str]]:
    """Every element: its name and where it leads."""
    found = []
    for node in nodes:
        if not isinstance(node, str):
            found += [(node[0], node[1]), *walked(node[2])]
    return found


def test_headings_lists_tables_and_code_become_elements():
    found = tree("# T\n\n- a\n- `b`\n\n|x|y|\n|-|-|\n|1|2|\n\n```py\nx<y\n```\n")
    assert found[0] == ["h1", "", ["T"]]
    assert found[1] == ["ul", "", [["li", "", ["a"]], ["li", "", [["code", "", ["b"]]]]]]
    assert [name for name, _ in walked([found[2]])] == [
        "table",
        "thead",
        "tr",
        "th",
        "th",
        "tbody",
        "tr",
        "td",
        "td",
    ]
    assert found[3] == ["pre", "", ["x<y\n"]]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "/?page=settings"]
)
def test_a_link_to_anything_but_the_web_leads_nowhere(link: str):
    assert {leads for _, leads in walked(tree(f"[click]({link}) <{link}>"))} <= {""}


def test_a_link_to_the_web_stays_one():
    assert ("a", "https://example.org/x") in walked(tree("[here](https://example.org/x)"))


def test_markup_and_images_are_their_words():
    found = tree(
        '<img src=x onerror="a()"><script>b()</script>\n\n![what it shows](https://example.org/pixel.png)'
    )
    assert {name for name, _ in walked(found)} == {"p"}
    assert "[image: what it shows]" in str(found)
    assert "onerror" in str(found)


def test_a_document_is_bounded():
    found = walked(tree("* a\n" * (MOST_NODES * 2)))
    assert len(found) <= MOST_NODES


def test_what_is_left_out_is_told():
    assert "its lines have it all" in str(tree("* a\n" * (MOST_LINES - 1) + "**b** " * MOST_NODES)[-1])


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("*a*\n" * (MOST_LINES + 2), "*a*\n*a*\n"),
        ("x" * (MOST_LETTERS - 2) + "\n**b**\n", "**b**\n"),
        ("x" * (MOST_LETTERS + 7), "x" * 7),
    ],
)
def test_what_is_too_long_for_markdown_follows_as_it_is_written(source: str, rest: str):
    words, written = tree(source)[-2:]
    assert "as it is written" in str(words)
    assert written == ["pre", "", [rest]]


@pytest.mark.parametrize(
    "pattern", ["*a_", "[", "![", "](", "_a", "~~a", "[a][b", "> ", "- a\n", "a\n\n", "|a|b\n|-|-\n", "`` ` "]
)
def test_no_text_takes_more_than_a_moment(pattern: str):
    begun = time.process_time()
    tree(pattern * (512 * 1024 // len(pattern)))
    assert time.process_time() - begun < 2


def test_a_table_that_would_be_filled_up_with_cells_is_text():
    found = tree("|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + "||\n" * 1000)
    assert {name for name, _ in walked(found)} == {"p"}


@given(strategy.text(max_size=300))
def test_whatever_is_written_only_known_elements_come_out(text: str):
    for name, leads in walked(tree(text)):
        assert name in TAGS
        assert leads == "" or leads.startswith(("http://", "https://", "HTTP", "Http"))
