import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.model.project import (
    COLOURS,
    EMOJIS,
    NameParts,
    Project,
    ProjectNames,
    campaign_shade,
    new_project,
)


def a_project(name: str, prefix: str = "", **facts: str) -> Project:
    return Project(**{"name": name, "prefix": prefix or f"{name}_", "colour": "#123456", **facts})


# 14
@pytest.mark.parametrize(
    ("name", "project", "campaign"),
    [
        ("alpha_eval-math", "alpha", ""),
        ("newproj_x", "newproj", ""),
        ("hle_mpsf_hle-nem120b", "hle", "mpsf"),
        ("HLE_MPSF_x", "hle", "mpsf"),
        ("nounderscore", "", ""),
        ("", "", ""),
        ("_x", "", ""),
        ("9lives_x", "", ""),
        ("a b_x", "", ""),
        ("x_<img src=y>_z", "x", "<img src=y>"),
    ],
)
def test_the_first_word_is_the_project_and_the_second_the_campaign(name: str, project: str, campaign: str):
    assert ProjectNames([]).parts(name) == NameParts(project, campaign)


# 15
def test_a_configured_prefix_counts_before_the_first_word_and_the_longest_of_all():
    names = ProjectNames([a_project("beta", "beta-"), a_project("big", "beta-gpt-"), a_project("other", "x_y_")])
    assert names.parts("beta-gpt").project == "beta"
    assert names.parts("beta-gpt-4_a_b") == NameParts("big", "4")
    assert names.parts("Beta-z").project == "beta"
    assert names.parts("x_y_c_d") == NameParts("other", "c")
    assert names.parts("x_z_c").project == "x"


def test_a_merged_project_counts_to_the_other_even_in_a_circle():
    names = ProjectNames([a_project("a", merged_into="b"), a_project("b", merged_into="c"), a_project("c")])
    assert names.parts("a_x").project == "c"
    circle = ProjectNames([a_project("a", merged_into="b"), a_project("b", merged_into="a")])
    assert circle.parts("a_x").project in ("a", "b")


def test_new_projects_get_colours_and_emojis_of_their_own_while_there_are_any():
    known: list[Project] = []
    for i in range(len(COLOURS) + 3):
        known.append(new_project(f"p{i}", known))
    assert known[0].prefix == "p0_"
    assert len({project.colour for project in known}) == len(COLOURS)
    assert len({project.emoji for project in known}) == len(EMOJIS)
    assert all(re.fullmatch("#[0-9a-f]{6}", project.colour) for project in known)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a b"},
        {"prefix": ""},
        {"prefix": "x y"},
        {"colour": "red"},
        {"colour": "#12345"},
        {"emoji": "<b>"},
        {"emoji": "\n"},
        {"merged_into": "<x>"},
    ],
)
def test_a_wrong_value_is_refused(wrong: dict[str, str]):
    with pytest.raises(InvalidInput):
        Project(**{"name": "a", "prefix": "a_", "colour": "#123456", **wrong})


@given(st.sampled_from(COLOURS), st.text(min_size=1, max_size=40))
def test_a_campaign_has_one_shade_near_the_projects(colour: str, campaign: str):
    shade = campaign_shade(colour, campaign)
    assert re.fullmatch("#[0-9a-f]{6}", shade)
    assert shade == campaign_shade(colour, campaign)
    assert campaign_shade(colour, "") == colour


@given(st.text(max_size=200))
def test_whatever_a_job_is_called_its_project_can_be_kept(name: str):
    parts = ProjectNames([]).parts(name)
    if parts.project:
        assert new_project(parts.project, []).name == parts.project
