from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faces import CLUSTER


def test_setup_makes_the_store_once_and_changes_nothing_again(run, tmp_path: Path):
    assert "clausius add-cluster" in run("setup").stdout
    store = tmp_path / "data" / "clausius.duckdb"
    first = store.stat().st_ino
    assert run("setup").exit_code == 0
    assert store.stat().st_ino == first


def test_setup_adds_the_clusters_of_the_bootstrap_file(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "clusters.toml"
    file.write_text('[clusters.alpha]\nhost = "alpha-login"\n[clusters.beta]\nhost = "beta-login"\nport = 2222\n')
    monkeypatch.setenv("CLAUSIUS_BOOTSTRAP_FILE", str(file))
    assert run("setup").exit_code == 0
    run("update-cluster", "alpha", "--description", "changed since", "--no-test")
    assert run("setup").exit_code == 0
    configs = json.loads(run("list-clusters", "--json").stdout)["configs"]
    assert [(each["name"], each["port"], each["description"]) for each in configs] == [
        ("alpha", None, "changed since"),
        ("beta", 2222, ""),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[clusters.alpha]\nhost = "a"\ncolour = "red"\n', "colour"),
        ('[clusters.alpha]\nhost = "a"\nport = 70000\n', "70000"),
        ('[clusters.alpha]\nhost = "a"\nkey_file = "/nosuch/key"\n', "/nosuch/key"),
        (None, "clusters.toml"),
    ],
)
def test_a_wrong_bootstrap_file_writes_nothing(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text, value):
    file = tmp_path / "clusters.toml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("CLAUSIUS_BOOTSTRAP_FILE", str(file))
    result = run("setup")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert value in line
    assert not (tmp_path / "data").exists()


def test_backup_gives_the_path_of_a_copy_that_works(root, run, tmp_path: Path):
    path = Path(run("backup", str(tmp_path / "safe")).stdout.strip())
    assert path.parent == tmp_path / "safe"
    other = tmp_path / "restored"
    other.mkdir()
    path.rename(other / "clausius.duckdb")
    assert CLUSTER in run("--data-dir", str(other), "list-clusters").stdout
