from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from paramiko import ECDSAKey

from clausius_panel.cli.access import ask
from clausius_panel.model import Cluster
from clausius_panel.simulator import DemoFleet
from tests.faces import CLUSTER, closed_port


@pytest.fixture(scope="module")
def cinder() -> Iterator[Cluster]:
    """A cluster behind a real SSH server that nobody knows yet."""
    with DemoFleet(seed=5, history_h=1) as fleet:
        yield fleet.cluster("cinder").cluster


def add(run, cluster: Cluster, *more: str):
    return run(
        "add-cluster",
        cluster.name,
        cluster.host,
        "--port",
        str(cluster.port),
        "--user",
        cluster.user,
        "--key-file",
        cluster.key_file,
        *more,
    )


def test_from_an_unknown_host_to_a_trusted_one(root, run, cinder, tmp_path: Path):
    added = add(run, cinder)
    assert added.exit_code == 1
    assert f"clausius trust {cinder.name}" in added.stderr
    refused = run("trust", cinder.name, answer="n\n")
    assert refused.exit_code == 1
    assert "SHA256:" in refused.stdout
    assert "nothing was trusted" in refused.stderr
    assert not (tmp_path / "known_hosts").exists()
    trusted = run("trust", cinder.name, "--yes")
    assert trusted.exit_code == 0
    assert "1 key added" in trusted.stdout
    assert (tmp_path / "known_hosts").stat().st_mode & 0o777 == 0o600
    again = run("trust", cinder.name)
    assert again.exit_code == 0
    assert "are known" in again.stdout
    assert run("test-cluster", cinder.name).stdout.startswith(f"{cinder.name}: connected as {cinder.user} to ")
    report = json.loads(run("test-cluster", cinder.name, "--json").stdout)
    assert report["accounting"] == "yes"
    told = run("login", cinder.name).stdout
    assert "logging in works" in told
    assert f"clausius serve --login {cinder.name}" in told


def test_a_wrong_key_is_told_apart_from_an_unreachable_host(root, run, cinder, tmp_path: Path):
    key = tmp_path / "wrong"
    ECDSAKey.generate().write_private_key_file(str(key))
    add(run, cinder, "--no-test")
    run("trust", cinder.name, "--yes")
    run("update-cluster", cinder.name, "--key-file", str(key), "--no-test")
    assert run("test-cluster", cinder.name).exit_code == 1
    run("update-cluster", cinder.name, "--port", str(closed_port()), "--no-test")
    unreachable = run("test-cluster", cinder.name)
    assert unreachable.exit_code == 1
    [line] = unreachable.stderr.splitlines()
    assert "refused" in line


def test_a_cluster_on_this_host_needs_no_trust_and_no_login(root, run):
    assert "are known" in run("trust", CLUSTER).stdout
    assert run("login", CLUSTER).exit_code == 0


def test_what_a_person_types_is_asked_for_on_stderr():
    @click.command()
    def command() -> None:
        click.echo(ask("Password: ", False))

    result = CliRunner().invoke(command, [], input="secret\n")
    assert result.stdout == "secret\n"
    assert "Password" in result.stderr
    assert "secret" not in result.stderr


def test_a_secret_is_not_asked_for_where_it_would_be_seen():
    code = "from clausius_panel.cli.access import ask; ask('Password: ', False)"
    done = subprocess.run(
        [sys.executable, "-c", code], input="hunter2\n", capture_output=True, text=True, start_new_session=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("Password: there is no terminal to type it in; run this in one")
