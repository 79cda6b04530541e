import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model.node_state import NodeState, parse_node_state


@pytest.mark.parametrize(
    ("text", "state", "flags"),
    [
        ("idle", "IDLE", ()),
        ("mix", "MIXED", ()),
        ("alloc", "ALLOCATED", ()),
        ("idle*", "IDLE", ("NOT_RESPONDING",)),
        ("idle~", "IDLE", ("POWERED_DOWN",)),
        ("allocated#", "ALLOCATED", ("POWERING_UP",)),
        ("idle!", "IDLE", ("POWER_DOWN",)),
        ("idle%", "IDLE", ("POWERING_DOWN",)),
        ("mixed$", "MIXED", ("MAINT",)),
        ("idle@", "IDLE", ("REBOOT_REQUESTED",)),
        ("down^", "DOWN", ("REBOOT_ISSUED",)),
        ("idle-", "IDLE", ("PLANNED",)),
        ("drained*", "IDLE", ("DRAIN", "NOT_RESPONDING")),
        ("draining", "MIXED", ("DRAIN",)),
        ("drng", "MIXED", ("DRAIN",)),
        ("allocated+drain", "ALLOCATED", ("DRAIN",)),
        ("IDLE*+DRAIN", "IDLE", ("NOT_RESPONDING", "DRAIN")),
        ("IDLE+CLOUD+MAINTENANCE+RESERVED", "IDLE", ("CLOUD", "MAINT", "RESERVED")),
        ("DOWN+CLOUD+REBOOT_ISSUED", "DOWN", ("CLOUD", "REBOOT_ISSUED")),
        ("maint", "IDLE", ("MAINT",)),
        ("resv", "IDLE", ("RESERVED",)),
        ("futr", "FUTURE", ()),
        ("enchanted+sleepy", "ENCHANTED", ("SLEEPY",)),
    ],
)
def test_states_are_a_base_and_flags(text: str, state: str, flags: tuple[str, ...]):
    assert parse_node_state(text) == NodeState(state, flags)


@pytest.mark.parametrize("text", ["", "*", "idle drain", "idle+", "+drain", "idle&", "1dle"])
def test_an_unknown_shape_is_refused(text: str):
    with pytest.raises(ParseError, match="not a node state"):
        parse_node_state(text)


@given(st.text(max_size=20) | st.text(alphabet="idlex+*~#!%$@^-_ ", max_size=20))
def test_any_text_is_read_or_a_parse_error(text: str):
    try:
        found = parse_node_state(text)
    except ParseError:
        return
    assert found.state == found.state.upper() != ""
    assert len(set(found.flags)) == len(found.flags)
