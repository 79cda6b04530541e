import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.transport.ssh_config import HostOptions, lookup, words

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's ssh is not installed")


def told(tmp_path: Path, text: str, alias: str = "alpha") -> HostOptions:
    path = tmp_path / "config"
    path.write_text(text)
    return lookup(alias, path)


def by_openssh(path: Path, alias: str) -> dict[str, list[str]]:
    """What `ssh -G` says: keyword -> values."""
    done = subprocess.run(["ssh", "-G", "-F", path, alias], capture_output=True, text=True, check=True, timeout=30)
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        found.setdefault(keyword, []).append(value)
    return found


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert lookup("alpha", tmp_path / "none") == HostOptions()


def test_every_keyword_is_read(tmp_path: Path) -> None:
    options = told(
        tmp_path,
        """
        Host alpha
          HostName %h.example.org
          User = alice
          Port 2201
          IdentityFile "/keys/a b"
          IdentityFile /keys/%r-%n-%p
          IdentitiesOnly yes
          ProxyJump bastion:2200,inner
          UserKnownHostsFile /a /b
          GlobalKnownHostsFile none
          HostKeyAlias alpha-key
          ConnectTimeout 3
        """,
    )
    assert options == HostOptions(
        hostname="alpha.example.org",
        user="alice",
        port=2201,
        identity_files=("/keys/a b", "/keys/alice-alpha-2201"),
        identities_only=True,
        proxy_jump="bastion:2200,inner",
        user_known_hosts=("/a", "/b"),
        global_known_hosts=(),
        host_key_alias="alpha-key",
        connect_timeout_s=3,
    )


def test_the_first_value_wins_and_identity_files_add_up(tmp_path: Path) -> None:
    options = told(tmp_path, "Host al*\nUser a\nIdentityFile /one\nHost *\nUser b\nIdentityFile /two\nPort 7\n")
    assert (options.user, options.port, options.identity_files) == ("a", 7, ("/one", "/two"))


def test_lines_before_the_first_host_are_for_all(tmp_path: Path) -> None:
    assert told(tmp_path, "User everybody\nHost beta\nUser b\n").user == "everybody"


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [
        ("alpha", 1),
        ("al??a", 1),
        ("*", 1),
        ("beta alpha", 1),
        ("!alpha *", 0),
        ("!alpha", 0),
        ("ALPHA", 0),
        ("al", 0),
    ],
)
def test_host_patterns(tmp_path: Path, patterns: str, fits: bool) -> None:
    assert (told(tmp_path, f"Host {patterns}\nUser x\n").user == "x") == bool(fits)


def test_an_identity_file_of_none_means_no_file(tmp_path: Path) -> None:
    assert told(tmp_path, "IdentityFile none\n").identity_files == ()


def test_home_and_environment_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("KEYS", "/keys")
    assert told(tmp_path, "IdentityFile ~/.ssh/k\nIdentityFile ${KEYS}/%%x\n").identity_files == (
        "/home/me/.ssh/k",
        "/keys/%x",
    )


def test_include_takes_patterns_in_order_and_the_block_goes_on(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "10").write_text("Host other\nUser wrong\nHost alpha\nUser first\n")
    (tmp_path / "conf.d" / "20").write_text("User second\nPort 2\n")
    (tmp_path / "conf.d" / ".hidden").write_text("HostName wrong\n")
    options = told(tmp_path, f"Host alpha\nInclude {tmp_path}/conf.d/*\nHostName after\n")
    assert (options.user, options.port, options.hostname) == ("first", 2, "after")


def test_include_in_a_block_for_others_is_left_out_with_its_hosts(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("Host *\nUser wrong\n")
    assert told(tmp_path, f"Host beta\nInclude {tmp_path}/more\nHost alpha\nPort 5\n") == HostOptions(port=5)


def test_a_relative_include_lies_in_the_ssh_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "site").write_text("User near\n")
    (tmp_path / "home").write_text("Port 9\n")
    assert told(tmp_path, "Include site\nInclude ~/home\nInclude nowhere/*\n") == HostOptions(user="near", port=9)


def test_files_that_include_one_another_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="include one another"):
        told(tmp_path, f"Include {tmp_path}/config\n")


def test_match_knows_host_user_and_all(tmp_path: Path) -> None:
    text = "Host alpha\nHostName a.example.org\nUser alice\nMatch host *.example.org user alice\nPort 1\n"
    assert told(tmp_path, text).port == 1
    assert told(tmp_path, "Match originalhost alpha !user nobody\nPort 1\n").port == 1
    assert told(tmp_path, "User nobody\nMatch originalhost alpha !user nobody\nPort 1\n").port is None
    assert told(tmp_path, 'Match originalhost="alpha" host=alpha\nPort 1\n').port == 1
    assert told(tmp_path, "Match originalhost=alpha !host = alpha\nPort 1\n").port is None
    assert told(tmp_path, "Match originalhost beta\nPort 1\nMatch all\nPort 2\n").port == 2


@pytest.mark.parametrize(
    "criterion", ["exec true", "final", "canonical", "tagged x", "localnetwork 0.0.0.0/0", "host"]
)
def test_other_match_blocks_are_skipped(tmp_path: Path, criterion: str) -> None:
    assert told(tmp_path, f"Match {criterion}\nUser wrong\nHost *\nPort 3\n") == HostOptions(port=3)


def test_match_exec_runs_nothing(tmp_path: Path) -> None:
    told(tmp_path, f'Match exec "touch {tmp_path}/ran"\nUser wrong\n')
    assert not (tmp_path / "ran").exists()


def test_of_proxy_jump_and_proxy_command_the_first_wins(tmp_path: Path) -> None:
    assert told(tmp_path, "ProxyCommand nc %h\nProxyJump b\n").proxy_jump == ""
    assert told(tmp_path, "ProxyJump b\nProxyCommand nc %h\n") == HostOptions(proxy_jump="b")


@pytest.mark.parametrize("line", ["Port 0", "Port 99999", "Port x", "Port -1", "ConnectTimeout soon"])
def test_a_wrong_number_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(repr(line.split()[1]))):
        told(tmp_path, line + "\n")


def test_an_open_quote_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"config line 2: .*not closed"):
        told(tmp_path, 'Port 1\nUser "alice\n')


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        lookup("alpha", tmp_path)


def test_what_the_caller_has_settled_wins_and_is_seen_by_tokens(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("User a\nPort 1\nIdentityFile /%r/%p\n")
    options = lookup("alpha", path, user="me", port=22022)
    assert (options.user, options.port, options.identity_files) == ("me", 22022, ("/me/22022",))


@given(st.text(alphabet="ab \t'\"\\#=", max_size=30))
def test_words_end_or_refuse(text: str) -> None:
    try:
        found = words(text)
    except ValueError:
        return
    assert all(isinstance(word, str) for word in found)


@given(st.lists(st.text(alphabet="abc \\'\"#", min_size=1, max_size=8), max_size=4))
def test_quoted_words_come_back(wanted: list[str]) -> None:
    quoted = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in wanted]
    assert words("  ".join(quoted)) == wanted


PATTERN = st.sampled_from(["alpha", "al*", "*", "?lpha", "beta", "!alpha", "!al*", "*.org"])
SETTING = st.one_of(
    st.builds("User {}".format, st.sampled_from(["a", "b", "c"])),
    st.builds("Port={}".format, st.integers(1, 65535)),
    st.builds("HostName {}".format, st.sampled_from(["%h.org", "x.org", "y"])),
    st.builds("IdentityFile {}".format, st.sampled_from(["/one", "/two/%n", '"/a b"', "/%h"])),
    st.builds("ProxyJump {}".format, st.sampled_from(["b", "me@b:7", "none", "b,c"])),
    st.builds("HostKeyAlias {}".format, st.sampled_from(["k1", "k2"])),
    st.builds("ConnectTimeout {}".format, st.integers(1, 99)),
    st.builds("UserKnownHostsFile {}".format, st.sampled_from(["/k", "/k /l"])),
    st.builds("identitiesonly {}".format, st.sampled_from(["yes", "no"])),
    st.just("# a comment"),
    st.just("Include {directory}/included"),
)
BLOCK = st.one_of(
    st.builds(lambda names: "Host " + " ".join(names), st.lists(PATTERN, min_size=1, max_size=3)),
    st.builds("Match originalhost {}".format, st.sampled_from(["alpha", "beta", "al*,!alpha"])),
    st.builds("Match host {}".format, st.sampled_from(["x.org", "*.org", "alpha"])),
    st.just("Match all"),
)
LINES = st.lists(st.one_of(SETTING, SETTING, BLOCK), max_size=12)
INCLUDED = st.lists(st.one_of(SETTING.filter(lambda line: "Include" not in line), BLOCK), max_size=5)


@needs_ssh
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, included=INCLUDED)
def test_any_file_is_read_as_openssh_reads_it(tmp_path: Path, lines: list[str], included: list[str]) -> None:
    path = tmp_path / "config"
    path.write_text("\n".join(lines).replace("{directory}", str(tmp_path)) + "\n")
    (tmp_path / "included").write_text("\n".join(included) + "\n")
    theirs, ours = by_openssh(path, "alpha"), lookup("alpha", path)
    assert (ours.hostname or "alpha") == theirs["hostname"][0]
    assert (ours.port or 22) == int(theirs["port"][0])
    assert not ours.user or ours.user == theirs["user"][0]
    assert ours.host_key_alias == theirs.get("hostkeyalias", [""])[0]
    assert (ours.proxy_jump.removeprefix("none")) == theirs.get("proxyjump", [""])[0]
    assert (int(ours.connect_timeout_s) if ours.connect_timeout_s else "none") == (
        int(theirs["connecttimeout"][0]) if theirs["connecttimeout"][0].isdigit() else "none"
    )
    assert ours.identities_only == (theirs["identitiesonly"][0] == "yes")
    if ours.identity_files is not None:
        expanded = [
            each.replace("%n", "alpha").replace("%h", theirs["hostname"][0]) for each in theirs["identityfile"]
        ]
        assert list(ours.identity_files) == expanded
    if ours.user_known_hosts is not None:
        assert " ".join(ours.user_known_hosts) == theirs["userknownhostsfile"][0]
