import param
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.state.address import from_query, to_query

KEYS = {"names": "name", "text": "q", "number": "p", "on": "on", "kind": "kind"}


class Asked(param.Parameterized):
    """What a page could be asked for."""

    names = param.List(default=[], item_type=str)
    text = param.String(default="")
    number = param.Integer(default=1, bounds=(1, 50))
    on = param.Boolean(default=False)
    kind = param.Selector(default="a", objects=["a", "b"])


def test_only_what_differs_from_the_defaults_is_in_the_url():
    assert to_query(Asked(), KEYS, page="runs") == "page=runs"
    state = Asked(names=["x", "y z"], number=2, on=True, kind="b")
    assert to_query(state, KEYS, page="runs") == "page=runs&name=x&name=y+z&p=2&on=1&kind=b"


@settings(max_examples=40)
@given(
    st.lists(
        st.text(min_size=1, max_size=20).map(lambda text: text.replace("\0", "")).filter(bool),
        unique=True,
        max_size=5,
    ),
    st.text(max_size=50),
    st.integers(1, 50),
    st.booleans(),
)
def test_a_url_leads_back_to_what_it_was_made_from(names, text, number, on):
    state = Asked(names=names, text=text, number=number, on=on)
    again = Asked()
    again.param.update(**from_query(again, KEYS, to_query(state, KEYS, page="x"))[0])
    assert [getattr(again, name) for name in KEYS] == [getattr(state, name) for name in KEYS]


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_no_url_is_too_strange(query):
    state = Asked()
    state.param.update(**from_query(state, KEYS, query)[0])
    assert 1 <= state.number <= 50


@pytest.mark.parametrize("query", ["p=0", "p=51", "p=-1", "p=x", "p=" + "9" * 30, "kind=c", "on=yes", "p=²"])
def test_what_a_value_cannot_mean_is_the_default(query):
    state = Asked(number=3, on=True, kind="b")
    state.param.update(**from_query(state, KEYS, query)[0])
    assert (state.number, state.on, state.kind) == (1, False, "a")


@pytest.mark.parametrize(
    ("query", "odd"),
    [("p=0&kind=c&q=x", ["p=0", "kind=c"]), ("p=" + "9" * 90, ["p=" + "9" * 40]), ("p=&limit=3&name=x", [])],
)
def test_what_a_value_cannot_mean_is_given_back(query, odd):
    assert from_query(Asked(), KEYS, query)[1] == odd


def test_what_the_url_does_not_name_is_the_default_again_and_lists_are_not_shared():
    state = Asked(names=["x"])
    state.param.update(**from_query(state, KEYS, "")[0])
    assert state.names == []
    state.names.append("y")
    assert Asked().names == []
