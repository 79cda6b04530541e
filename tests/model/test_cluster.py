from typing import Any

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.model.cluster import Cluster


@pytest.mark.parametrize(
    "host",
    [
        *("login.example.org", "10.0.0.7", "10.0.0.7:2202", "::1", "fe80::1%eth0", "my-alias"),
        *("[::1]:4311", "[::1]", "[2001:db8::7]:22", "[::ffff:10.0.0.7]:2202", "[fe80::1%eth0]:2202"),
    ],
)
def test_names_addresses_and_aliases_are_hosts(host: str):
    one = Cluster(name="a", host=host, data_host=host)
    assert (one.host, one.data_host) == (host, host)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", "", "cluster name"),
        ("name", "../etc", "cluster name"),
        ("host", "", "host"),
        ("host", "-oProxyCommand=x", "host"),
        ("host", "a b", "host"),
        ("host", "[::1", "host"),
        ("host", "[::1]:", "host"),
        ("host", "[::1]:22/", "host"),
        ("host", "[::1]4311", "host"),
        ("host", "[login]:22", "host"),
        ("data_host", "[::1]:$(id)", "data_host"),
        ("data_host", "$(id)", "data_host"),
        ("port", 0, "port"),
        ("port", 99999, "port"),
        ("user", "a;b", "user"),
        ("kind", "telnet", "kind"),
        ("scope", "theirs", "scope"),
        ("slurm_path", "/opt\n/slurm", "slurm_path"),
        ("proxy_jump", "a\nb", "proxy_jump"),
        ("description", "\x1b[31m", "description"),
        ("description", "x" * 5000, "description"),
        ("gpu_type", "\udcff", "gpu_type"),
        ("key_file", "a\x00b", "key_file"),
    ],
)
def test_a_value_that_cannot_be_right_is_named(field: str, value: Any, named: str):
    with pytest.raises(InvalidInput, match=named):
        Cluster(**{"name": "a", "host": "h", field: value})


def test_a_local_cluster_needs_no_host():
    assert Cluster(name="here", kind="local").host == ""
