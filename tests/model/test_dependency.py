import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model.dependency import Dependencies, Dependency, parse_dependencies


def test_all_forms_in_one_text():
    found = parse_dependencies("afterok:1:2,afterany:3_*(unfulfilled)?singleton")
    assert found.is_any
    assert found.job_ids == ("1", "2", "3_*")
    assert found.terms == (
        Dependency(kind="afterok", job_id="1"),
        Dependency(kind="afterok", job_id="2"),
        Dependency(kind="afterany", job_id="3_*", state="unfulfilled"),
        Dependency(kind="singleton"),
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("afterok:1000056(failed)", Dependency(kind="afterok", job_id="1000056", state="failed")),
        ("afterok:22783211_*(failed)", Dependency(kind="afterok", job_id="22783211_*", state="failed")),
        ("after:12+10", Dependency(kind="after", job_id="12", delay_min=10)),
        ("aftercorr:12_4", Dependency(kind="aftercorr", job_id="12_4")),
        ("singleton(unfulfilled)", Dependency(kind="singleton", state="unfulfilled")),
        ("afterwards:12", Dependency(kind="afterwards", job_id="12")),
    ],
)
def test_one_condition(text: str, term: Dependency):
    assert parse_dependencies(text).terms == (term,)


@pytest.mark.parametrize("text", ["", "(null)", "N/A"])
def test_no_dependency(text: str):
    assert parse_dependencies(text) == Dependencies()


@pytest.mark.parametrize("text", ["afterok:", "afterok:x", ":12", "afterok:1,", "afterok 12", "afterok:1(un", "?"])
def test_an_unknown_shape_is_refused(text: str):
    with pytest.raises(ParseError, match="dependency line 1"):
        parse_dependencies(text)


IDS = st.integers(1, 10**9).map(str) | st.from_regex(r"[1-9][0-9]{0,6}_([0-9]{1,4}|\*)", fullmatch=True)
TERMS = st.builds(
    Dependency,
    kind=st.sampled_from(["afterok", "afterany", "afternotok", "aftercorr"]),
    job_id=IDS,
    state=st.sampled_from(["", "unfulfilled", "failed"]),
)


@settings(max_examples=40)
@given(st.lists(TERMS, min_size=1, max_size=5), st.sampled_from([",", "?"]))
def test_conditions_round_trip(terms: list[Dependency], between: str):
    text = between.join(f"{t.kind}:{t.job_id}" + (f"({t.state})" if t.state else "") for t in terms)
    found = parse_dependencies(text)
    assert list(found.terms) == terms
    assert found.is_any is (between == "?" and len(terms) > 1)


@given(st.text(max_size=30) | st.text(alphabet="afterok:12,?()_*+singleton", max_size=30))
def test_any_text_is_read_or_a_parse_error(text: str):
    try:
        found = parse_dependencies(text)
    except ParseError:
        return
    assert all(term.kind for term in found.terms)
