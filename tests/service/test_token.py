from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clausius_panel.errors import InvalidInput, StoreError
from clausius_panel.service.token import kept_token


def test_a_token_is_made_private_and_kept(tmp_path: Path):
    token = kept_token(tmp_path)
    assert len(token) == 48
    assert kept_token(tmp_path) == token
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_a_given_token_is_not_written(tmp_path: Path):
    assert kept_token(tmp_path, "a-token-of-my-own") == "a-token-of-my-own"
    assert list(tmp_path.iterdir()) == []


def test_whoever_comes_at_once_gets_the_same_token(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept_token(tmp_path), range(32)))
    assert found == {kept_token(tmp_path)}


@pytest.mark.parametrize(
    "token", ["", "short", "with space and length", "ünïcode-ünïcode-ünï", "slash/slash/slash/slash"]
)
def test_a_token_that_is_too_short_or_cannot_stand_in_a_url_is_refused_and_not_shown(tmp_path: Path, token):
    with pytest.raises(InvalidInput, match="at least 16") as refused:
        kept_token(tmp_path, token)
    assert not token or token not in str(refused.value)


def test_a_directory_in_its_place_is_told(tmp_path: Path):
    (tmp_path / "token").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        kept_token(tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o622])
def test_a_token_that_others_know_lets_nobody_in(tmp_path: Path, mode: int):
    kept_token(tmp_path)
    (tmp_path / "token").chmod(mode)
    with pytest.raises(StoreError, match="others can read or change it"):
        kept_token(tmp_path)


def test_a_token_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be written"):
        kept_token(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []
