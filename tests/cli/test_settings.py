from __future__ import annotations

import json


def test_set_get_and_settings_agree(root, run):
    assert run("set", "refresh_interval_s", "45").stdout == "refresh_interval_s = 45\n"
    assert run("get", "refresh_interval_s").stdout == "45\n"
    assert json.loads(run("settings", "--json").stdout)["refresh_interval_s"] == 45


def test_settings_say_what_they_mean(root, run):
    lines = run("settings").stdout.splitlines()
    assert lines[0].split() == ["KEY", "VALUE", "DEFAULT", "MEANING"]
    [line] = [line for line in lines if line.startswith("read_only")]
    assert line.split()[1:3] == ["false", "false"]


def test_truth_is_written_as_people_do(root, run):
    assert run("set", "read_only", "on").stdout == "read_only = true\n"
    assert run("get", "read_only", "--json").stdout == "true\n"
