from __future__ import annotations

import json

from tests.faces import CLUSTER


def test_path_bases_are_added_listed_and_removed(root, run):
    assert "no path base" in run("path-bases").stdout
    assert run("path-bases", "add", "/scratch/{user}/my logs", "-c", CLUSTER).exit_code == 0
    assert "/scratch/{user}/my logs" in run("path-bases").stdout
    assert json.loads(run("path-bases", "--json").stdout) == {
        "path_bases": [{"template": "/scratch/{user}/my logs", "cluster": CLUSTER}]
    }
    assert run("path-bases", "remove", "/scratch/{user}/my logs", "--cluster", CLUSTER).exit_code == 0
    assert json.loads(run("path-bases", "--json").stdout) == {"path_bases": []}


def test_what_makes_no_sense_is_refused_with_what_to_do(common, run):
    for words, said in (
        (("add", "logs"), "use an absolute path"),
        (("add", "/x", "-c", "nowhere"), "known clusters"),
        (("remove", "/x"), "there are: none"),
    ):
        done = run("path-bases", *words)
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr
