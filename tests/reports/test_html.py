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


def test_each_chart_has_its_scale_and_its_dates(a_report):
    page = Page()
    page.feed(as_html(a_report).decode())
    first, last = "2026-02-01", "2026-02-28"
    assert page.tags.count("figure") == 2
    text = page.text[: page.text.index("In figures")]
    assert (text.count(first), text.count(last), text.count("0")) == (2, 2, 2)
    assert "12" in text  # the most CPU hours of a day
