"""The scripts of history and settings."""

from __future__ import annotations

import re

import pytest

from clausius_panel.views.page_client import PAGE_PARTS, PageClient
from clausius_panel.views.sheet_client import HistoryClient, SettingsClient

__all__: list[str] = []

KINDS = [HistoryClient, SettingsClient]


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_needs_no_network_and_exports_one_thing(kind: type[PageClient]) -> None:
    assert not re.search(r"^\s*import\b|\bimport\(|https?://(?!www\.w3\.org)", kind.script(), re.MULTILINE)
    assert kind.script().count("export ") == 1
    assert not re.search(r"url\(|@import|@font-face", kind.style())


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_picture_has_every_part(kind: type[PageClient]) -> None:
    assert set(kind().parts()) == {"props", *PAGE_PARTS}
