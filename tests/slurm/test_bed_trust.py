"""Reached and not let in: on real sshd."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.store import put_cluster

pytestmark = pytest.mark.slurm


def test_a_changed_host_key_is_refused_and_says_so(bed: dict, bed_runtime: Runtime):
    other = Path(bed["runtime_dir"], "ssh/data_host.pub").read_text(encoding="utf-8").split()
    address = f"[127.0.0.1]:{bed['hosts']['beta']['port']}"
    known = bed_runtime.config.known_hosts_files[0]
    lines = [line for line in known.read_text(encoding="utf-8").splitlines() if address not in line]
    known.write_text("\n".join([*lines, f"{address} {other[0]} {other[1]}", ""]), encoding="utf-8")
    alpha, beta = bed_runtime.refresh()
    assert alpha.error == ""
    assert beta.error_kind == "refused"
    assert "HOST KEY CHANGED" in beta.error
    assert "ssh-keygen -R" in beta.error


def test_an_unknown_host_key_is_refused_with_the_command_that_trusts_it(bed_runtime: Runtime):
    bed_runtime.config.known_hosts_files[0].write_text("", encoding="utf-8")
    _, beta = bed_runtime.refresh()
    assert beta.error_kind == "refused"
    assert "clausius trust beta" in beta.error
    assert "SHA256:" in beta.error


def test_a_key_that_the_cluster_does_not_know_is_refused(bed: dict, bed_runtime: Runtime, bed_cluster: Callable):
    with bed_runtime.store.write() as cur:
        put_cluster(cur, bed_cluster("beta", key_file=bed["unknown_key"]))
    alpha, beta = bed_runtime.refresh()
    assert alpha.error == ""
    assert beta.error_kind == "refused"
    assert beta.as_of is None


def test_a_cluster_behind_a_bastion_is_reached_through_it(bed: dict, bed_runtime: Runtime, bed_cluster: Callable):
    if not bed["behind_bastion"]:
        pytest.skip("this bed has no network behind its bastion: it was made without namespaces")
    bastion = bed["hosts"]["bastion"]
    inner = bed_cluster("beta", host="beta-int", port=22, proxy_jump=f"alice@{bastion['host']}:{bastion['port']}")
    with bed_runtime.store.write() as cur:
        put_cluster(cur, inner)
    [beta] = bed_runtime.refresh(["beta"])
    assert (beta.error, beta.source) == ("", "live")
