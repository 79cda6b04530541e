import re

import pytest

from clausius_panel.views.page_client import (
    PAGE_PARTS,
    ProjectClient,
    ProjectsClient,
    RunClient,
    RunsClient,
    joined,
)

KINDS = [ProjectClient, ProjectsClient, RunClient, RunsClient]


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_needs_no_network_and_exports_one_thing(kind):
    assert not re.search(r"^\s*import\b|\bimport\(|https?://(?!www\.w3\.org)", kind.script(), re.MULTILINE)
    assert kind.script().count("export ") == 1
    assert not re.search(r"url\(|@import|@font-face", kind.style())


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_picture_has_every_part(kind):
    assert set(kind().parts()) == {"props", *PAGE_PARTS}


def test_files_are_joined_in_order():
    assert joined("page.js", "run.js").startswith(joined("page.js"))
