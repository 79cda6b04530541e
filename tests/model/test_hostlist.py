import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.model.hostlist import count_hosts, expand, fold


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", []),
        ("alpha-gpu04", ["alpha-gpu04"]),
        ("n1,n2", ["n1", "n2"]),
        ("n[01-03]", ["n01", "n02", "n03"]),
        ("n[1-2,7],login", ["login", "n1", "n2", "n7"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
    ],
)
def test_lists_expand(text: str, hosts: list[str]):
    assert sorted(expand(text)) == hosts
    assert count_hosts(text) == len(hosts)


@pytest.mark.parametrize(
    "text",
    [
        "n[1-",
        "n]1[",
        "@all",
        "n1!n2",
        "n[1-999999999]",
        "n[1-2000]x[1-2000]",
        "a b",
        "$(id)",
        "n[1-99999999999999]",
        "x]",
    ],
)
def test_what_is_no_host_list_is_refused_before_anything_is_done_with_it(text: str):
    with pytest.raises(InvalidInput, match="host list"):
        expand(text)
    with pytest.raises(InvalidInput, match="host list"):
        fold([text])


@given(st.sets(st.integers(1, 300).map(lambda number: f"node{number:03}"), max_size=40))
def test_folding_and_expanding_are_inverse(hosts: set[str]):
    assert set(expand(fold(hosts))) == hosts


@given(st.text(max_size=20) | st.text(alphabet="n[]0123-,/x", max_size=20))
def test_any_text_is_a_list_or_invalid_input(text: str):
    try:
        hosts = expand(text)
    except InvalidInput:
        return
    assert count_hosts(text) == len(hosts)
