from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.views.links import job_link, log_link, page_link

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT)
def test_no_text_leaves_its_place_in_a_link(cluster, job_id):
    for link in (
        job_link(cluster, job_id),
        log_link(cluster, job_id),
        page_link("run", cluster=cluster, run=job_id),
    ):
        assert link.startswith("?page=")
        assert not set(link) & set("<>\"' #\n")


def test_a_log_has_a_page_of_its_own():
    assert log_link("alpha", "1_2") == "?page=log&cluster=alpha&job=1_2"
