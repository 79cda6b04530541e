import re

import pytest

from clausius_panel.state import FAMILIES
from clausius_panel.views import client, theme

LEAST = 4.5
GROUNDS = ("page", "surface", "raised", "hover", "accent-soft")
MODES = pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert theme.contrast("#123456", "#123456") == 1


@MODES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", ["text", "muted", "accent"])
def test_words_can_be_read_on_every_ground(text: str, ground: str, mode: int):
    assert theme.contrast(theme.COLOURS[text][mode], theme.COLOURS[ground][mode]) >= LEAST


@MODES
@pytest.mark.parametrize("family", FAMILIES)
def test_states_can_be_read_on_their_chip_and_on_every_ground(family: str, mode: int):
    text, own = theme.STATE_COLOURS[family]
    for ground in (own, *(theme.COLOURS[name] for name in GROUNDS)):
        assert theme.contrast(text[mode], ground[mode]) >= LEAST


@MODES
def test_controls_and_bars_stand_out_from_what_they_lie_on(mode: int):
    # WCAG 1.4.11: 3:1 for what is no text
    assert theme.contrast(theme.COLOURS["control"][mode], theme.COLOURS["surface"][mode]) >= 3
    assert theme.contrast(theme.COLOURS["control"][mode], theme.COLOURS["hover"][mode]) >= 2.8


@MODES
def test_every_family_has_a_colour_of_its_own(mode: int):
    # unknown shares grey with completed: its dashed outline sets it apart
    tinted = [family for family in FAMILIES if family not in ("completed", "cancelled", "unknown")]
    assert len({theme.STATE_COLOURS[family][0][mode] for family in tinted}) == len(tinted)


def test_no_style_sheet_has_a_colour_or_font_of_its_own():
    for kind in (client.BoardClient, client.AppBarClient):
        own = kind.style().replace(theme.tokens(), "")
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", own) == []
        assert re.findall(r"font-family:(?!\s*(?:var|inherit))", own) == []


def test_every_token_that_is_used_is_defined():
    defined = set(re.findall(r"--([a-z-]+):", theme.tokens()))
    for kind in (client.BoardClient, client.AppBarClient):
        assert set(re.findall(r"var\(--([a-z-]+)", kind.style())) <= defined
