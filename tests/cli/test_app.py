from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from clausius_panel.cli.app import COMMANDS, clausius
from clausius_panel.queries import cluster_configs
from clausius_panel.store import Store, list_settings
from tests.faces import CLUSTER


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_every_command_explains_itself(run, command):
    result = run(*filter(None, [command]), "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: clausius {command}".rstrip())
    assert len(result.stdout.splitlines()) > 4


def test_help_names_every_command(run):
    shown = run("--help").stdout
    assert all(f"  {command} " in shown for command in COMMANDS)


def test_help_is_given_without_importing_panel_or_mcp_or_duckdb():
    code = (
        "import sys\nfrom clausius_panel.cli import clausius\n"
        "try:\n    clausius.main(['--version'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'panel', 'mcp', 'pandas', 'duckdb', 'paramiko', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_is_told_of_a_failure_drives_no_terminal(tmp_path: Path):
    words = ["--data-dir", str(tmp_path / "\x1b]0;evil\x07\x9b31m"), "jobs"]
    result = CliRunner().invoke(clausius, words, color=True)  # as on a terminal
    assert result.exit_code == 1
    assert "␛]0;evil␇" in result.stderr
    assert result.stderr.rstrip("\n").isprintable()


BAD_INPUT = [
    (["jobs", "--cluster", "nosuch"], "nosuch", CLUSTER),
    (["jobs", "--state", "dancing"], "DANCING", "running, pending"),
    (["jobs", "--sort", "colour"], "colour", "use one of"),
    (["jobs", "--limit", "-1"], "-1", "--limit"),
    (["jobs", "--limit", "many"], "many", "--limit"),
    (["jobs", "--max-age", "soon"], "soon", "--max-age"),
    (["jobs", "--all", "--ended", "3"], "3.0", "--all"),
    (["status", "--cluster", "nosuch"], "nosuch", CLUSTER),
    (["job", "nosuch", "1"], "nosuch", CLUSTER),
    (["job", CLUSTER, "one"], "one", "123_4"),
    (["job", CLUSTER, "987654"], "987654", "no job of this id"),
    (["cancel", "nosuch", "1", "--yes"], "nosuch", CLUSTER),
    (["cancel", CLUSTER, "1;reboot", "--yes"], "1;reboot", "123_4"),
    (["cancel", CLUSTER], "JOB_ID", "--help"),
    (["get", "colour"], "colour", "refresh_interval_s"),
    (["set", "colour", "red"], "colour", "refresh_interval_s"),
    (["set", "refresh_interval_s", "1"], "1", "from 10"),
    (["set", "refresh_interval_s", "-5"], "-5", "from 10"),
    (["set", "read_only", "perhaps"], "perhaps", "true or false"),
    (["add-cluster", "two words", "127.0.0.1"], "two words", "letters"),
    (["add-cluster", CLUSTER, "127.0.0.1"], CLUSTER, "taken"),
    (["add-cluster", "new"], "''", "login node"),
    (["add-cluster", "new", "no such host"], "no such host", "host name"),
    (["add-cluster", "new", "nosuchhost.invalid"], "nosuchhost.invalid", "check the name"),
    (["add-cluster", "new", "127.0.0.1", "--port", "99999"], "99999", "1 to 65535"),
    (["add-cluster", "new", "127.0.0.1", "--port", "ssh"], "ssh", "--port"),
    (["add-cluster", "new", "127.0.0.1", "--key-file", "/nosuch/key"], "/nosuch/key", "No such file"),
    (["add-cluster", "new", "127.0.0.1", "--user", "a b"], "a b", "login name"),
    (["add-cluster", "new", "127.0.0.1", "--local"], "127.0.0.1", "--local"),
    (["add-cluster", "new", "127.0.0.1", "--scope", "yours"], "yours", "mine"),
    (["update-cluster", "nosuch", "--user", "al"], "nosuch", CLUSTER),
    (["update-cluster", CLUSTER, "--port", "0"], "0", "1 to 65535"),
    (["update-cluster", CLUSTER, "--key-file", "/nosuch/key"], "/nosuch/key", "private key"),
    (["update-cluster", CLUSTER], "nothing to change", "--help"),
    (["remove-cluster", "nosuch", "--yes"], "nosuch", CLUSTER),
    (["test-cluster", "nosuch"], "nosuch", CLUSTER),
    (["trust", "nosuch"], "nosuch", CLUSTER),
    (["login", "nosuch"], "nosuch", CLUSTER),
    (["serve", "--port", "99999", "--no-browser"], "99999", "1 to 65535"),
    (["serve", "--token", "short", "--no-browser"], "--token", "at least 16"),
    (["mcp", "--port", "7273"], "--http", "--help"),
    (["demo", "--speed", "0"], "0", "--speed"),
    (["backup", "--keep", "0"], "0", "--keep"),
    (["frobnicate"], "frobnicate", "--help"),
    (["jobs", "--frobnicate"], "--frobnicate", "--help"),
]


@pytest.mark.parametrize(
    ("words", "value", "remedy"), BAD_INPUT, ids=lambda part: " ".join(part)[:40] if part else ""
)
def test_bad_input_is_one_line_with_value_and_remedy_and_changes_nothing(common, run, words, value, remedy):
    store = Store.open(common / "data" / "clausius.duckdb")
    before = cluster_configs(store), list_settings(store)
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("clausius: ")
    assert value in line
    assert remedy in line
    assert (cluster_configs(store), list_settings(store)) == before


@pytest.mark.parametrize(
    ("text", "value", "remedy"),
    [
        ("colour = 'red'", "colour", "known keys"),
        ("port = 'eighty'", "eighty", "number"),
        ("port = 70000", "70000", "1 to 65535"),
        ("port = ", "clausius.toml", "TOML"),
    ],
)
def test_a_wrong_configuration_file_is_named_with_key_and_remedy(run, tmp_path, text, value, remedy):
    file = tmp_path / "xdg" / "clausius" / "clausius.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    result = run("jobs")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert str(file) in line
    assert value in line
    assert remedy in line


def test_without_a_store_the_command_that_makes_one_is_named(run):
    result = run("jobs")
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "clausius setup" in line


def test_control_c_ends_with_130_and_no_traceback(common):
    watching = subprocess.Popen(
        [sys.executable, "-m", "clausius_panel", "jobs", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout is not None
    assert watching.stdout.readline().startswith('{"jobs"')
    watching.send_signal(signal.SIGINT)
    _, errors = watching.communicate(timeout=20)
    assert watching.returncode == 130
    assert errors.strip() == ""


def test_control_c_does_not_wait_for_a_host_that_never_answers(root, run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        run("add-cluster", "silent", "127.0.0.1", "--port", port, "--no-test")
        command = [sys.executable, "-m", "clausius_panel", "jobs", "--cluster", "silent"]
        waiting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        silent.settimeout(30)
        connection, _ = silent.accept()
        started = time.monotonic()
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=30)
        connection.close()
    assert waiting.returncode == 130
    assert time.monotonic() - started < 4


def test_a_reader_that_stops_reading_makes_no_noise(common):
    command = f"{sys.executable} -m clausius_panel jobs | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("CLUSTER")
    assert done.stderr == ""


def test_a_data_directory_may_be_named_on_the_command_line(run, tmp_path: Path):
    other = tmp_path / "other"
    assert run("--data-dir", str(other), "setup").exit_code == 0
    assert (other / "clausius.duckdb").exists()
    assert "no cluster is configured yet" in run("--data-dir", str(other), "jobs").stdout
