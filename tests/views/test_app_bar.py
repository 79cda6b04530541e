import json

from clausius_panel.views.app_bar import AppBar
from clausius_panel.views.pages import PageView
from tests.views.kit import a_job, fill


class Heard(PageView):
    """Remembers what it heard."""

    async def hear(self, message):
        self.heading = message["kind"]


def test_it_tells_of_the_fleet_where_the_page_says_nothing(runtime):
    fill(runtime, [a_job(1)])
    page = PageView()
    bar = AppBar(runtime, page)
    assert json.loads(bar.client.bar) == {
        "text": None,
        "hint": "",
        "summary": "1 running · 0 pending · 0 failed · 1 cluster up",
    }
    assert json.loads(bar.client.props) == {"announces": True}
    page.bar = {"summary": "all is well", "text": "x", "hint": "h"}
    assert json.loads(bar.client.bar) == {"summary": "all is well", "text": "x", "hint": "h"}


async def test_what_is_typed_goes_to_the_page_and_go_to_looks_everywhere(chained_runtime):
    page = Heard()
    bar = AppBar(chained_runtime, page)
    await bar.hear({"kind": "filter", "values": {"text": "x"}})
    assert page.heading == "filter"
    await bar.hear({"kind": "jump", "text": "hle"})
    found = json.loads(bar.client.found)
    assert found["asked"] == "hle"
    assert found["found"][0]["href"] == "?page=project&name=hle"
