from __future__ import annotations

import json
import re

import pytest

SECRET = re.compile(r"ck_[0-9a-f]{12}_[0-9a-f]{64}")


def test_a_key_is_shown_once_and_alone_on_standard_output(run, root):
    made = run("keys", "add", "alpha")
    assert made.exit_code == 0, made.output
    assert SECRET.fullmatch(made.stdout.strip())
    assert "shown this once" in made.stderr
    listed = run("keys", "list")
    assert not SECRET.search(listed.output)
    assert [line.split()[1:4] for line in listed.stdout.splitlines()[1:]] == [["alpha", "ingest", "good"]]


def test_a_key_is_rotated_and_revoked(run, root):
    run("keys", "add", "alpha", "--timezone", "Europe/Amsterdam")
    assert SECRET.fullmatch(run("keys", "rotate", "alpha").stdout.strip())
    assert run("keys", "revoke", "alpha").exit_code == 0
    listed = run("keys", "list").stdout
    assert listed.count("revoked") == 2
    assert "Europe/Amsterdam" in listed
    again = run("keys", "revoke", "alpha")
    assert again.exit_code == 2
    assert "clausius keys list" in again.stderr


def test_a_deploy_key_expires(run, root):
    assert run("keys", "add", "alpha", "--deploy", "--expires", "12h").exit_code == 0
    line = run("keys", "list").stdout.splitlines()[1]
    assert "deploy" in line
    assert "never" in line.split("good")[1]  # used
    assert "until" in run("keys", "add", "beta", "--deploy").stderr


@pytest.mark.parametrize(
    "words",
    [
        ["add", "../evil"],
        ["add", "alpha", "--expires", "soon"],
        ["add", "alpha", "--expires", "0d"],
        ["add", "alpha", "--timezone", "Mars"],
        ["rotate", "nosuch"],
    ],
)
def test_what_cannot_be_right_is_refused(run, root, words):
    result = run("keys", *words)
    assert result.exit_code == 2
    assert words[-1] in result.stderr


def test_without_any_key_it_says_how_to_make_one(run, root):
    assert "clausius keys add HOST" in run("keys", "list").stdout


def test_keys_are_listed_as_json_without_what_they_are_checked_by(run, root):
    assert json.loads(run("keys", "list", "--json").stdout) == {"keys": []}
    run("keys", "add", "alpha", "--timezone", "Europe/Amsterdam")
    [key] = json.loads(run("keys", "list", "--json").stdout)["keys"]
    assert (key["host"], key["status"], key["time_zone"], key["last_used"]) == (
        "alpha",
        "good",
        "Europe/Amsterdam",
        None,
    )
    assert "digest" not in key
