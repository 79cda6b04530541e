import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.config import Config, bootstrap_clusters, load
from clausius_panel.errors import InvalidInput
from clausius_panel.model import Cluster


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def toml(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_anything_there_are_defaults(home: Path) -> None:
    config = load(environ={})
    assert config == Config()
    assert (config.port, config.api_port, config.ssh_user, config.ssh_key) == (7272, 7273, "", "")
    assert config.data_dir.is_relative_to(home)
    assert config.ssh_config_file == home / ".ssh/config"
    assert config.known_hosts_files[0] == home / ".ssh/known_hosts"
    assert (config.command_timeout_s, config.connect_timeout_s) == (30, 8)


def test_arguments_beat_environment_beats_file_beats_defaults(home: Path) -> None:
    file = toml(home / "my.toml", "port = 1\napi_port = 2\nssh_user = 'file'\n")
    config = load(environ={"CLAUSIUS_PORT": "10", "CLAUSIUS_API_PORT": "20"}, file=file, port=100)
    assert (config.port, config.api_port, config.ssh_user, config.ssh_key) == (100, 20, "file", "")


def test_every_variable_is_read(home: Path) -> None:
    environ = {
        "CLAUSIUS_DATA_DIR": "~/data",
        "CLAUSIUS_PORT": "1",
        "CLAUSIUS_API_PORT": "2",
        "CLAUSIUS_SSH_USER": "mary",
        "CLAUSIUS_SSH_KEY": "~/key",
        "CLAUSIUS_BOOTSTRAP_FILE": "~/clusters.toml",
        "CLAUSIUS_SSH_CONFIG": "/etc/other",
        "CLAUSIUS_KNOWN_HOSTS": f"~/known{os.pathsep}/etc/known",
    }
    assert load(environ=environ) == Config(
        data_dir=home / "data",
        port=1,
        api_port=2,
        ssh_user="mary",
        ssh_key="~/key",
        bootstrap_file=home / "clusters.toml",
        ssh_config_file=Path("/etc/other"),
        known_hosts_files=(home / "known", Path("/etc/known")),
    )


def test_every_key_of_the_file_is_read(home: Path) -> None:
    file = toml(
        home / "x.toml",
        """
        data_dir = "~/data"
        port = 1
        api_port = 2
        ssh_user = "mary"
        ssh_key = "/key"
        ssh_config_file = "/c"
        known_hosts_files = ["/k", "~/l"]
        bootstrap_file = "/b"
        command_timeout_s = 60
        connect_timeout_s = 2.5
        """,
    )
    assert load(environ={}, file=file) == Config(
        data_dir=home / "data",
        port=1,
        api_port=2,
        ssh_user="mary",
        ssh_key="/key",
        ssh_config_file=Path("/c"),
        known_hosts_files=(Path("/k"), home / "l"),
        bootstrap_file=Path("/b"),
        command_timeout_s=60,
        connect_timeout_s=2.5,
    )


def test_the_file_is_found_by_variable_and_in_the_users_configuration(home: Path) -> None:
    toml(home / ".config/clausius/clausius.toml", "port = 5\n")
    other = toml(home / "other.toml", "port = 6\n")
    assert load(environ={}).port == 5
    assert load(environ={"CLAUSIUS_CONFIG_FILE": str(other)}).port == 6
    assert load(environ={"CLAUSIUS_CONFIG_FILE": ""}).port == 5


def test_the_environment_is_the_process_s_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSIUS_PORT", "4321")
    assert load().port == 4321


def test_empty_variables_and_arguments_of_none_are_not_given() -> None:
    assert load(environ={"CLAUSIUS_PORT": ""}, port=None, data_dir=None) == Config()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 'red'", "'colour'"),
        ("port = 'red'", "port in {file}: 'red'"),
        ("port = 70000", "port in {file}: 70000"),
        ("port = 1.5", "port in {file}: 1.5"),
        ("port = true", "port in {file}: True"),
        ("data_dir = 3", "data_dir in {file}: 3"),
        ("data_dir = ''", "data_dir in {file}: ''"),
        ("ssh_user = 3", "ssh_user in {file}: 3"),
        ("known_hosts_files = []", r"known_hosts_files in {file}: \[\]"),
        ("known_hosts_files = [1]", r"known_hosts_files in {file}: \[1\]"),
        ("connect_timeout_s = 0", "connect_timeout_s in {file}: 0"),
        ("command_timeout_s = inf", "command_timeout_s in {file}: inf"),
        ("command_timeout_s = nan", "command_timeout_s in {file}: nan"),
        ("port = ", "correct its TOML"),
    ],
)
def test_a_wrong_line_in_the_file_is_named_with_its_file(home: Path, text: str, named: str) -> None:
    file = toml(home / "x.toml", text + "\n")
    with pytest.raises(InvalidInput, match=named.format(file=file)):
        load(environ={}, file=file)


@pytest.mark.parametrize("value", ["red", "70000", "-1", "1.5", "٣"])
def test_a_wrong_variable_is_named(value: str) -> None:
    with pytest.raises(InvalidInput, match="CLAUSIUS_PORT"):
        load(environ={"CLAUSIUS_PORT": value})


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(InvalidInput, match="port: 99999"):
        load(environ={}, port=99999)
    with pytest.raises(InvalidInput, match="argument: 'prot'"):
        load(environ={}, prot=1)


def test_a_named_file_must_be_readable(home: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(environ={}, file=home / "none.toml")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(environ={}, file=home)
    (home / "latin.toml").write_bytes(b"ssh_user = '\xe4'\n")
    with pytest.raises(InvalidInput, match="correct its TOML"):
        load(environ={}, file=home / "latin.toml")


def test_a_config_checks_itself() -> None:
    with pytest.raises(InvalidInput, match="port"):
        Config(port=-1)
    with pytest.raises(InvalidInput, match="known_hosts_files"):
        Config(known_hosts_files=())


def test_port_zero_takes_a_free_one() -> None:
    assert load(environ={}, port=0).port == 0


def test_clusters_come_from_a_list_or_from_named_tables(home: Path) -> None:
    file = toml(
        home / "c.toml",
        """
        [[cluster]]
        name = "alpha"
        host = "login.alpha"
        port = 2201
        scope = "everyone"

        [clusters.beta]
        host = "login.beta"
        proxy_jump = "bastion"
        """,
    )
    assert bootstrap_clusters(file) == [
        Cluster(name="alpha", host="login.alpha", port=2201, scope="everyone"),
        Cluster(name="beta", host="login.beta", proxy_jump="bastion"),
    ]


def test_a_file_without_clusters_has_none(home: Path) -> None:
    assert bootstrap_clusters(toml(home / "c.toml", "")) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[clusters.a]\nhost='h'\ncolour='red'", "key of cluster a in .*c.toml: 'colour'"),
        ("[clusters.a]\nhost='h'\nport='x'", "port of cluster a in .*c.toml: 'x'"),
        ("[clusters.a]\nhost='h'\nport=true", "port of cluster a in .*c.toml: True"),
        ("[clusters.a]\nhost=5", "host of cluster a in .*c.toml: 5"),
        ("[clusters.a]\nhost='h'\nport=99999", "port of cluster a in .*c.toml: 99999"),
        ("[clusters.a]\nhost='-oProxyCommand=x'", "host of cluster a in .*c.toml"),
        ("[clusters.a]\nhost='h'\nname='b'", "clusters.a in .*c.toml"),
        ("[[cluster]]\nhost='h'", "give it a name"),
        ("[[cluster]]\nname='a'\nhost='h'\n[clusters.a]\nhost='i'", "name each cluster once"),
        ("[[host]]\nname='a'", "key in .*c.toml: 'host'"),
        ("cluster = 'a'", r"use \[\[cluster\]\]"),
        ("cluster = ['a']", "give it a name"),
        ("[clusters]\na = 1", "make it a table"),
    ],
)
def test_a_wrong_cluster_is_named_with_its_file(home: Path, text: str, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        bootstrap_clusters(toml(home / "c.toml", text))


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.text(max_size=9)),
    lambda each: st.lists(each, max_size=3),
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*Config.__dataclass_fields__, "other"]), VALUES, max_size=3))
def test_any_arguments_give_a_config_or_say_what_is_wrong(arguments: dict[str, object]) -> None:
    try:
        config = load(environ={}, file=os.devnull, **arguments)
    except InvalidInput:
        return
    assert isinstance(config.data_dir, Path)
    assert 0 <= config.port <= 65535
