import getpass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.config import Config
from clausius_panel.errors import InvalidInput
from clausius_panel.model import Cluster
from clausius_panel.transport.route import Hop, route


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data_dir=tmp_path, ssh_config_file=tmp_path / "ssh_config", known_hosts_files=(tmp_path / "known",)
    )


def hops(config: Config, text: str = "", /, **fields: object) -> tuple[Hop, ...]:
    config.ssh_config_file.write_text(text)
    cluster = Cluster(**({"name": "alpha", "host": "login"} | fields))
    return route(cluster, cluster.host, config)


def test_a_bare_host_gets_the_defaults(config: Config) -> None:
    (hop,) = hops(config)
    assert (hop.address, hop.port, hop.user, hop.key_files) == ("login", 22, getpass.getuser(), None)
    assert (hop.known_as, hop.connect_timeout_s) == ("login", 8.0)
    assert hop.known_hosts == config.known_hosts_files
    assert hop.label == f"{getpass.getuser()}@login"


def test_the_cluster_beats_ssh_config_beats_config_beats_defaults(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, ssh_config_file=tmp_path / "c", ssh_user="conf", ssh_key="/conf")
    text = "User file\nPort 1\nIdentityFile /file\n"
    (own,) = hops(config, text, user="own", port=2, key_file="/own")
    assert (own.user, own.port, own.key_files) == ("own", 2, ("/own",))
    (file,) = hops(config, text)
    assert (file.user, file.port, file.key_files) == ("file", 1, ("/file",))
    (conf,) = hops(config)
    assert (conf.user, conf.port, conf.key_files) == ("conf", 22, ("/conf",))


def test_an_alias_leads_to_its_host_name_and_keeps_its_own_name_for_people(config: Config) -> None:
    (hop,) = hops(config, "Host login\nHostName Real.example.org\nPort 2201\n", user="mary")
    assert (hop.address, hop.label, hop.known_as) == ("Real.example.org", "mary@login", "[real.example.org]:2201")


def test_a_host_key_alias_is_the_name_in_known_hosts(config: Config) -> None:
    assert hops(config, "HostKeyAlias farm\nPort 5\n")[0].known_as == "farm"


def test_known_hosts_files_come_from_ssh_config_each_kind_by_itself(tmp_path: Path) -> None:
    config = Config(
        data_dir=tmp_path, ssh_config_file=tmp_path / "c", known_hosts_files=(tmp_path / "mine", tmp_path / "all")
    )
    assert hops(config, "UserKnownHostsFile /a /b\n")[0].known_hosts == (Path("/a"), Path("/b"), tmp_path / "all")
    assert hops(config, "GlobalKnownHostsFile /g\n")[0].known_hosts == (tmp_path / "mine", Path("/g"))
    assert hops(config, "UserKnownHostsFile none\n")[0].known_hosts == (tmp_path / "all",)


def test_connect_timeout_comes_from_ssh_config(config: Config) -> None:
    assert hops(config, "ConnectTimeout 2\n")[0].connect_timeout_s == 2


def test_proxy_jump_gives_the_jump_hosts_first_with_their_own_settings(config: Config) -> None:
    text = """
    Host login
      ProxyJump outer,joe@inner:2222
    Host outer
      HostName gate.example.org
      User gatekeeper
      IdentityFile /gate
    """
    found = hops(config, text, user="mary", key_file="/mine")
    assert [(hop.label, hop.address, hop.port) for hop in found] == [
        ("gatekeeper@outer", "gate.example.org", 22),
        ("joe@inner", "inner", 2222),
        ("mary@login", "login", 22),
    ]
    assert [hop.key_files for hop in found] == [("/gate",), None, ("/mine",)]


def test_a_jump_host_may_have_a_jump_host(config: Config) -> None:
    text = "Host login\nProxyJump inner\nHost inner\nProxyJump outer\n"
    assert [hop.alias for hop in hops(config, text)] == ["outer", "inner", "login"]


def test_jump_hosts_of_the_cluster_replace_those_of_ssh_config_and_borrow_its_user_and_key(config: Config) -> None:
    found = hops(config, "Host login\nProxyJump wrong\n", proxy_jump="bastion", user="mary", key_file="/mine")
    assert [(hop.label, hop.key_files) for hop in found] == [
        ("mary@bastion", ("/mine",)),
        ("mary@login", ("/mine",)),
    ]


@pytest.mark.parametrize("text", ["ProxyJump none\n", "ProxyCommand none\n"])
def test_none_means_straight(config: Config, text: str) -> None:
    assert len(hops(config, text)) == 1
    assert len(hops(config, "ProxyJump bastion\n", proxy_jump="none")) == 1


def test_a_circle_of_jumps_is_refused(config: Config) -> None:
    with pytest.raises(InvalidInput, match="circle"):
        hops(config, "Host login\nProxyJump other\nHost other\nProxyJump login\n")


def test_a_proxy_command_is_refused_with_the_remedy(config: Config) -> None:
    with pytest.raises(InvalidInput, match="ProxyJump"):
        hops(config, "ProxyCommand nc %h %p\n")
    assert len(hops(config, "ProxyCommand nc %h %p\n", proxy_jump="none")) == 1


def test_the_data_host_has_its_own_port(config: Config) -> None:
    cluster = Cluster(name="alpha", host="login", port=2201, data_host="dtn:2203")
    config.ssh_config_file.touch()
    assert [hop.port for hop in route(cluster, "login", config)] == [2201]
    assert [(hop.address, hop.port) for hop in route(cluster, "dtn:2203", config)] == [("dtn", 2203)]
    assert [hop.port for hop in route(cluster, "dtn", config)] == [22]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("h", ("", "h", 22)),
        ("u@h", ("u", "h", 22)),
        ("u@h:1", ("u", "h", 1)),
        ("::1", ("", "::1", 22)),
        ("u@[fe80::1]:2", ("u", "fe80::1", 2)),
        ("ssh://u@h:3", ("u", "h", 3)),
        ("u@realm@h", ("u@realm", "h", 22)),
    ],
)
def test_ways_to_write_a_jump_host(config: Config, text: str, place: tuple[str, str, int]) -> None:
    jump = hops(config, proxy_jump=text)[0]
    assert (jump.user, jump.address, jump.port) == (place[0] or getpass.getuser(), place[1], place[2])


@pytest.mark.parametrize("text", ["h:0", "h:99999", "h:x", "a,,b", "u@", ","])
def test_a_jump_host_that_makes_no_sense_is_named(config: Config, text: str) -> None:
    with pytest.raises(InvalidInput, match="USER@HOST:PORT"):
        hops(config, proxy_jump=text)


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True),
    st.integers(1, 65535),
)
def test_any_user_host_and_port_is_taken_apart(user: str, host: str, port: int) -> None:
    config = Config(ssh_config_file=Path("/nonexistent/ssh_config"))
    hop = route(Cluster(name="x", host="login", proxy_jump=f"{user}@{host}:{port}"), "login", config)[0]
    assert (hop.user, hop.address, hop.port) == (user, host, port)
