import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.views import client
from clausius_panel.views.client import AppBarClient, BoardClient, json_text

SCRIPTS = sorted((Path(client.__file__).parent / "client").glob("*.js"))
VALUES = strategy.recursive(
    strategy.none() | strategy.booleans() | strategy.integers() | strategy.text(),
    lambda inner: strategy.lists(inner) | strategy.dictionaries(strategy.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_json_comes_back_as_it_was_and_cannot_end_a_script(value: object):
    text = json_text(value)
    assert json.loads(text) == value
    assert "<" not in text
    assert text.isascii()


def test_bytes_that_were_no_text_become_escapes():
    assert json.loads(json_text("a\udcffb")) == "a\udcffb"
    json_text("a\udcffb").encode("utf-8")


@pytest.mark.parametrize("kind", [BoardClient, AppBarClient])
def test_a_script_needs_no_network(kind: type[client.Client]):
    assert not re.search(r"^\s*import\b|\bimport\(|https?://(?!www\.w3\.org)", kind.script(), re.MULTILINE)
    assert kind.script().count("export ") == 1
    assert not re.search(r"url\(|@import|@font-face", kind.style())


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_out_of_text(path: Path):
    code = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", code)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_is_longer_than_300_lines(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_what_says_the_same_does_not_travel():
    shown = BoardClient()
    sent: list[str] = []
    shown.param.watch(lambda event: sent.append(event.name), list(client.BOARD_PARTS))
    shown.put("table", {"rows": []})
    shown.put("table", {"rows": []})
    shown.put("table", {"rows": [1]})
    assert sent == ["table", "table"]


def test_the_first_picture_has_every_part_of_its_component():
    assert set(BoardClient().parts()) == {"props", *client.BOARD_PARTS}
    assert set(AppBarClient().parts()) == {"props", "bar", "found"}


def test_what_is_held_back_is_sent_when_the_page_stands():
    client = BoardClient()
    client.get_root()
    client.hold()
    client.put("bar", {"a": 1})
    client.put("bar", {"a": 2})
    assert client.bar == "null"
    client.release()
    assert client.bar == '{"a": 2}'
    client.put("bar", {"a": 3})
    assert client.bar == '{"a": 3}'


async def test_a_message_counts_as_heard_when_it_is_answered_even_by_an_error():
    shown = client.BoardClient()
    order: list[tuple[str, str]] = []

    async def hear(message: dict[str, object]) -> None:
        order.append((str(message["kind"]), shown.heard))
        if message["kind"] == "odd":
            raise ValueError(message["kind"])

    await shown._hear(hear, {"kind": "look", "n": 7})
    assert shown.heard == "7"
    with pytest.raises(ValueError, match="odd"):
        await shown._hear(hear, {"kind": "odd", "n": 8})
    assert shown.heard == "8"
    await shown._hear(hear, {"kind": "look", "n": "<b>"})
    await shown._hear(hear, {"kind": "look"})
    assert shown.heard == "8"
    assert order == [("look", "0"), ("odd", "7"), ("look", "8"), ("look", "8")]
