import os

import pytest

from clausius_panel.config import Config
from clausius_panel.errors import InvalidInput
from clausius_panel.model import Cluster
from clausius_panel.transport.check import check_cluster
from tests.transport.keygen import keygen


def config(tmp_path, text=""):
    (tmp_path / "ssh_config").write_text(text)
    return Config(ssh_config_file=tmp_path / "ssh_config")


def test_a_host_that_is_known_and_a_readable_key_pass(tmp_path):
    (tmp_path / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    check_cluster(Cluster(name="a", host="localhost", key_file=str(tmp_path / "key")), config(tmp_path))


def test_a_public_key_whose_other_half_an_agent_may_hold_passes(tmp_path):
    public = keygen(tmp_path / "key").with_name("key.pub")
    check_cluster(Cluster(name="a", kind="local", key_file=str(public)), config(tmp_path))


def test_an_alias_of_ssh_config_is_followed(tmp_path):
    check_cluster(Cluster(name="a", host="hpc"), config(tmp_path, "Host hpc\n  HostName 127.0.0.1\n"))


@pytest.mark.parametrize("field", ["host", "data_host"])
def test_an_unknown_host_is_named(tmp_path, field):
    fields = {"host": "localhost"} | {field: "no.such.host.invalid"}
    with pytest.raises(InvalidInput) as caught:
        check_cluster(Cluster(name="a", **fields), config(tmp_path))
    assert (caught.value.what, caught.value.value) == (field, "no.such.host.invalid")


def test_behind_a_jump_host_only_the_first_hop_must_be_known(tmp_path):
    check_cluster(Cluster(name="a", host="inner.invalid", proxy_jump="localhost"), config(tmp_path))


def test_a_host_may_be_taken_on_trust(tmp_path):
    check_cluster(Cluster(name="a", host="no.such.host.invalid"), config(tmp_path), resolve=False)


@pytest.mark.parametrize("key", ["/no/such/key", "~nobody-of-this-name/key", "/"])
def test_a_key_file_that_cannot_be_read_is_named(tmp_path, key):
    with pytest.raises(InvalidInput) as caught:
        check_cluster(Cluster(name="a", kind="local", key_file=key), config(tmp_path))
    assert (caught.value.what, caught.value.value) == ("key_file", key)


def test_a_key_file_that_would_never_end_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(InvalidInput, match="no regular file"):
            check_cluster(Cluster(name="a", host="localhost", key_file=name), config(tmp_path))


@pytest.mark.parametrize("text", ["", "not a key", "ssh-ed25519 AAAA me@here"])
def test_a_file_that_holds_no_private_key_is_refused(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(InvalidInput, match="holds none"):
        check_cluster(Cluster(name="a", kind="local", key_file=str(tmp_path / "key")), config(tmp_path))


@pytest.mark.parametrize("jump", ["a b", "u@h:22,,b", "a:99999", ",", "u v@h"])
def test_jump_hosts_that_cannot_be_followed_are_refused_without_a_network(tmp_path, jump):
    with pytest.raises(InvalidInput, match="jump host: "):
        check_cluster(Cluster(name="a", host="x.invalid", proxy_jump=jump), config(tmp_path), resolve=False)


def test_a_directory_of_slurm_that_is_not_absolute_is_refused(tmp_path):
    with pytest.raises(InvalidInput) as caught:
        check_cluster(Cluster(name="a", host="x.invalid", slurm_path="slurm/bin"), config(tmp_path), resolve=False)
    assert caught.value.what == "slurm_path"
