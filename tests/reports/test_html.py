from __future__ import annotations

from html.parser import HTMLParser

from clausius_panel.reports.html import as_html


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_needs_nothing_else_and_runs_nothing_of_a_name(a_report):
    page = Page()
    page.feed(as_html(a_report).decode())
    assert {"script", "link", "img", "iframe"} & set(page.tags) == set()
    assert {"src", "href", "onload", "onclick"} & set(page.attributes) == set()
    assert '<script>alert(1)</script>&"' in "".join(page.text)


def test_the_page_draws_the_hours_over_time(a_report):
    page = Page()
    page.feed(as_html(a_report).decode())
    assert page.tags.count("svg") == 2
    assert page.tags.count("rect") == 2 * 28
