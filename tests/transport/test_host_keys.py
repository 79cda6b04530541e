import base64
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import HostKeyChanged, HostKeyUnknown, Refused
from clausius_panel.transport.host_keys import (
    HostKey,
    check,
    fingerprint,
    known_keys,
    parse,
    preferred,
    remember,
)
from clausius_panel.transport.route import Hop

needs_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


def blob(key_type: str, salt: str = "") -> bytes:
    """Looks like a public key of that type."""
    return len(key_type).to_bytes(4, "big") + key_type.encode() + f"key {salt}".encode()


def line(host: str, key_type: str = "ssh-ed25519", salt: str = "") -> str:
    return f"{host} {key_type} {base64.b64encode(blob(key_type, salt)).decode()}\n"


def hop(path: Path, known_as: str = "login") -> Hop:
    return Hop(
        alias="login",
        address="login",
        port=22,
        user="mary",
        key_files=None,
        identities_only=False,
        known_hosts=(path,),
        known_as=known_as,
        connect_timeout_s=5,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def test_the_known_key_passes(path: Path) -> None:
    path.write_text(line("login"))
    check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_an_unknown_host_is_refused_with_the_command_that_trusts_it(path: Path) -> None:
    path.write_text(line("other"))
    with pytest.raises(HostKeyUnknown, match="clausius trust alpha") as caught:
        check(hop(path), blob("ssh-ed25519"), cluster="alpha")
    assert caught.value.fingerprint == fingerprint(blob("ssh-ed25519"))
    assert caught.value.key_type == "ssh-ed25519"


def test_without_any_file_a_host_is_unknown(path: Path) -> None:
    with pytest.raises(HostKeyUnknown):
        check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_another_key_is_a_changed_key_with_both_fingerprints_and_the_remedy(path: Path) -> None:
    path.write_text(line("login"))
    with pytest.raises(HostKeyChanged, match="HOST KEY CHANGED") as caught:
        check(hop(path), blob("ssh-ed25519", "new"), cluster="alpha")
    assert caught.value.fingerprint in str(caught.value)
    assert fingerprint(blob("ssh-ed25519")) in caught.value.expected
    assert f"ssh-keygen -R login -f {path}" in str(caught.value)


def test_a_host_that_hides_its_known_key_behind_another_type_has_changed(path: Path) -> None:
    path.write_text(line("login"))
    with pytest.raises(HostKeyChanged):
        check(hop(path), blob("ssh-rsa"), cluster="alpha")


def test_a_host_known_only_by_a_type_of_the_past_is_unknown(path: Path) -> None:
    path.write_text(line("login", "ssh-dss"))
    with pytest.raises(HostKeyUnknown):
        check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_one_of_several_keys_is_enough(path: Path) -> None:
    path.write_text(line("login", salt="old") + line("login", "ssh-rsa") + line("login"))
    check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_a_revoked_key_is_refused_though_it_is_known(path: Path) -> None:
    path.write_text(line("login") + "@revoked " + line("*"))
    with pytest.raises(Refused, match="@revoked"):
        check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_lines_that_make_no_sense_are_skipped_one_by_one(path: Path) -> None:
    path.write_bytes(
        b"@cert-authority *.example.org "
        + line("x")[2:].encode()
        + b"garbage\nlogin ssh-ed25519 %%%\nlogin ssh-ed25519\n@what "
        + line("login", salt="bad").encode()
        + b"login ssh-ed25519 AAAA\n\xff\xfe\n# a comment\n\n"
        + line("login").encode()
    )
    assert len(known_keys(hop(path))) == 1
    check(hop(path), blob("ssh-ed25519"), cluster="alpha")


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        ("login", True),
        ("LOGIN", True),
        ("other,login", True),
        ("log*", True),
        ("l?gin", True),
        ("*,!login", False),
        ("!login", False),
        ("[login]:22", False),
        ("lo", False),
        ("|1|garbage|more", False),
        ("|1|", False),
    ],
)
def test_names_may_be_patterns(path: Path, names: str, fits: bool) -> None:
    path.write_text(line(names))
    assert bool(known_keys(hop(path))) == fits


def test_a_port_is_part_of_the_name(path: Path) -> None:
    path.write_text(line("[login]:2201") + line("[login]:2202", salt="other"))
    check(hop(path, "[login]:2201"), blob("ssh-ed25519"), cluster="alpha")
    with pytest.raises(HostKeyUnknown):
        check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_a_key_known_without_port_does_for_a_port_nobody_names(path: Path) -> None:
    path.write_text(line("login"))
    check(hop(path, "[login]:2201"), blob("ssh-ed25519"), cluster="alpha")
    with pytest.raises(HostKeyUnknown):  # another server of that machine, not a changed key
        check(hop(path, "[login]:2201"), blob("ssh-ed25519", "another"), cluster="alpha")


@needs_keygen
@pytest.mark.parametrize("name", ["login", "[login]:2201"])
def test_hashed_names_are_recognised(path: Path, name: str) -> None:
    real = path.with_name("real")  # ssh-keygen hashes only lines with real keys
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", real], check=True, timeout=30)
    public = " ".join(real.with_name("real.pub").read_text().split()[:2])
    path.write_text(f"{name} {public}\nelsewhere {public}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", path], check=True, capture_output=True, timeout=30)
    assert name not in path.read_text()
    assert len(known_keys(hop(path, name))) == 1


def test_several_files_are_one_list(path: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.write_text(line("login"))
    check(replace(hop(path), known_hosts=(path, tmp_path, second)), blob("ssh-ed25519"), cluster="alpha")


def test_known_types_are_asked_for_first(path: Path) -> None:
    path.write_text(line("login", "ssh-rsa") + line("login", "ssh-dss"))
    offered = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")
    assert preferred(known_keys(hop(path)), offered) == (
        "rsa-sha2-512",
        "rsa-sha2-256",
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
    )


@needs_keygen
def test_the_fingerprint_is_openssh_s(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", tmp_path / "k"], check=True, timeout=30)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "k"], check=True, capture_output=True, text=True, timeout=9
    )
    public = (tmp_path / "k.pub").read_text().split()[1]
    assert fingerprint(base64.b64decode(public)) == shown.stdout.split()[1]


def test_remembering_makes_a_private_file_that_knows_the_host(tmp_path: Path) -> None:
    path = tmp_path / "new" / "known_hosts"
    remember([HostKey(host="login", key_type="ssh-ed25519", fingerprint="", key=blob("ssh-ed25519"))], path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    check(hop(path), blob("ssh-ed25519"), cluster="alpha")


def test_remembering_keeps_what_is_there_even_without_a_last_newline(path: Path) -> None:
    path.write_text(line("other").rstrip("\n"))
    remember([HostKey(host="login", key_type="ssh-ed25519", fingerprint="", key=blob("ssh-ed25519"))], path)
    assert path.read_text() == line("other") + line("login")


@given(st.text(max_size=200))
def test_any_text_is_parsed_to_lines_with_names_and_keys(text: str) -> None:
    for known in parse(text):
        assert known.patterns
        assert known.key
        known.names("login")


@given(
    st.lists(
        st.sampled_from(["login", "*", "l*", "!login", "[login]:22", "|1|eA==|eA=="]), min_size=1, max_size=3
    ),
    st.sampled_from(["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"]),
    st.text(alphabet="abc", max_size=5),
)
def test_a_written_line_is_read_back(names: list[str], key_type: str, salt: str) -> None:
    (known,) = parse(line(",".join(names), key_type, salt))
    assert (known.patterns, known.key_type, known.key) == (tuple(names), key_type, blob(key_type, salt))
