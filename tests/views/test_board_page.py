from clausius_panel.views.board_page import BoardPage
from tests.views.kit import a_job, fill, pending


async def test_the_board_is_a_page_whose_search_stands_in_the_bar(runtime):
    fill(runtime, [a_job(1), pending(2)])
    page = BoardPage(runtime, "state=pending&q=job")
    assert page.bar["text"] == "job"
    assert page.bar["summary"].startswith("1 running")
    await page.hear({"kind": "filter", "values": {"text": "job-1"}})
    assert page.bar["text"] == "job-1"
    assert page.first() == [page.__panel__()]
