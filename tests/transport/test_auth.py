import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.errors import AuthenticationRefused
from clausius_panel.transport import Transport
from tests.transport.keygen import keygen

Open = Callable[..., Transport]


class Person:
    """Answers prompts from a script, and remembers them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[tuple[str, bool]] = []

    def __call__(self, prompt: str, echo: bool) -> str:
        self.prompts.append((prompt, echo))
        return self.answers.pop(0)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A running ssh-agent that holds nothing."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("ssh-agent is not installed")
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield path
    process.terminate()
    process.wait(10)


def add_to_agent(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", key], check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_every_kind_of_key_file_lets_us_in(
    server: Any, tmp_path: Path, open_transport: Open, key_type: str
) -> None:
    key = keygen(tmp_path / "key", key_type=key_type)
    server.accept_key(key)
    assert open_transport(server.cluster(key_file=str(key)), server.config()).run("hello").stdout == "hello\n"


def test_the_second_identity_file_is_tried_when_the_first_is_refused(
    server: Any, tmp_path: Path, open_transport: Open
) -> None:
    first, second = keygen(tmp_path / "first"), keygen(tmp_path / "second")
    server.accept_key(second)
    (server.directory / "ssh_config").write_text(f"IdentityFile {first}\nIdentityFile {second}\n")
    assert open_transport(server.cluster(), server.config()).run("hello").stdout == "hello\n"


def test_a_wrong_key_is_refused_and_named(sshd: Any, tmp_path: Path, open_transport: Open) -> None:
    key = keygen(tmp_path / "stranger")
    with pytest.raises(AuthenticationRefused, match=f"key {key} was not accepted"):
        open_transport(sshd.cluster(key_file=str(key)), sshd.config()).run("true")


def test_an_unknown_user_is_refused_and_named(sshd: Any, open_transport: Open) -> None:
    with pytest.raises(AuthenticationRefused, match="does not accept user nobody_here"):
        open_transport(sshd.cluster(user="nobody_here"), sshd.config()).run("true")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.write_text("not a key\n"), "not a private key"),
        (lambda path: path.mkdir(), "no regular file"),
    ],
)
def test_a_key_file_that_is_no_use_is_named_with_the_reason(
    server: Any, tmp_path: Path, open_transport: Open, make: Callable[[Path], object], why: str
) -> None:
    make(tmp_path / "key")
    with pytest.raises(AuthenticationRefused, match=f"key {tmp_path}/key: .*{why}"):
        open_transport(server.cluster(key_file=str(tmp_path / "key")), server.config()).run("true")


@pytest.mark.parametrize("form", ["RFC4716", "PEM"])
def test_an_encrypted_key_without_a_person_says_how_to_unlock_it(
    server: Any, tmp_path: Path, open_transport: Open, form: str
) -> None:
    key = keygen(tmp_path / "key", key_type="ecdsa", passphrase="open sesame", form=form)
    server.accept_key(key)
    with pytest.raises(
        AuthenticationRefused, match=r"needs a passphrase.*ssh-add, or: clausius serve --login fake"
    ):
        open_transport(server.cluster(key_file=str(key)), server.config()).run("true")


@pytest.mark.parametrize("form", ["RFC4716", "PEM"])
def test_an_encrypted_key_is_unlocked_by_a_person_who_may_err(
    server: Any, tmp_path: Path, open_transport: Open, form: str
) -> None:
    key = keygen(tmp_path / "key", key_type="ecdsa", passphrase="open sesame", form=form)
    server.accept_key(key)
    person = Person("wrong", "open sesame")
    transport = open_transport(server.cluster(key_file=str(key)), server.config(), ask=person)
    assert transport.run("hello").stdout == "hello\n"
    assert person.prompts == [(f"Passphrase of key {key}: ", False)] * 2


def test_no_passphrase_is_asked_for_while_another_key_will_do(
    server: Any, tmp_path: Path, open_transport: Open
) -> None:
    locked, plain = keygen(tmp_path / "locked", passphrase="open sesame"), keygen(tmp_path / "plain")
    server.accept_key(plain)
    (server.directory / "ssh_config").write_text(f"IdentityFile {locked}\nIdentityFile {plain}\n")
    person = Person()
    assert open_transport(server.cluster(), server.config(), ask=person).run("hello").stdout == "hello\n"
    assert person.prompts == []


def test_three_wrong_passphrases_are_enough(server: Any, tmp_path: Path, open_transport: Open) -> None:
    key = keygen(tmp_path / "key", passphrase="open sesame")
    with pytest.raises(AuthenticationRefused, match="the passphrase is wrong"):
        open_transport(server.cluster(key_file=str(key)), server.config(), ask=Person("a", "b", "c")).run("true")


def test_a_password_is_asked_for_unseen(server: Any, open_transport: Open) -> None:
    server.password = "secret"
    person = Person("wrong", "secret")
    assert open_transport(server.cluster(), server.config(), ask=person).run("hello").stdout == "hello\n"
    assert person.prompts == [("Password of mary@127.0.0.1: ", False)] * 2


def test_three_wrong_passwords_are_enough(server: Any, open_transport: Open) -> None:
    server.password = "secret"
    with pytest.raises(AuthenticationRefused, match="password was not accepted"):
        open_transport(server.cluster(), server.config(), ask=Person("a", "b", "c", "secret")).run("true")
    assert server.seen == ["a", "b", "c"]


def test_a_password_host_without_a_person_says_what_to_run(server: Any, open_transport: Open) -> None:
    server.password = "secret"
    with pytest.raises(AuthenticationRefused, match=r"; it takes password: .*serve --login fake"):
        open_transport(server.cluster(), server.config()).run("true")


def test_a_second_factor_after_a_key_is_asked_for_in_the_servers_words(
    server: Any, tmp_path: Path, open_transport: Open
) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    server.then = "keyboard-interactive"
    server.questions = [("Passcode:\x1b[2J", False), ("Colour?", True)]
    server.answers = ["123456", "blue"]
    person = Person("123456", "blue")
    transport = open_transport(server.cluster(key_file=str(key)), server.config(), ask=person)
    assert transport.run("hello").stdout == "hello\n"
    assert person.prompts == [
        ("(mary@127.0.0.1) Second factor Look at your phone.\nPasscode:[2J ", False),
        ("Colour? ", True),
    ]


def test_a_second_factor_without_a_person_says_what_to_run(
    server: Any, tmp_path: Path, open_transport: Open
) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    server.then = "keyboard-interactive"
    server.questions = [("Passcode:", False)]
    with pytest.raises(
        AuthenticationRefused, match=r"does not suffice\); .*keyboard-interactive: .*serve --login fake"
    ):
        open_transport(server.cluster(key_file=str(key)), server.config()).run("true")


def test_all_lanes_share_the_connection_that_a_person_opened(server: Any, open_transport: Open) -> None:
    server.password = "secret"
    transport = open_transport(server.cluster(), server.config(), ask=Person("secret"))
    for lane in ("primary", "background", "data"):
        assert transport.run("hello", lane=lane).stdout == "hello\n"
    assert server.logins == 1


def test_keys_of_the_agent_are_used(agent: Path, server: Any, tmp_path: Path, open_transport: Open) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    add_to_agent(key)
    assert open_transport(server.cluster(), server.config()).run("hello").stdout == "hello\n"


def test_an_encrypted_key_that_the_agent_holds_needs_no_passphrase(
    agent: Path, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    add_to_agent(key)
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-a", "1", "-N", "open sesame", "-f", key],
        check=True,
        capture_output=True,
        timeout=9,
    )
    (server.directory / "ssh_config").write_text("IdentitiesOnly yes\n")
    transport = open_transport(server.cluster(key_file=str(key)), server.config())
    assert transport.run("hello").stdout == "hello\n"


def test_identities_only_keeps_the_agents_other_keys_at_home(
    agent: Path, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    held, named = keygen(tmp_path / "held"), keygen(tmp_path / "named")
    server.accept_key(held)
    add_to_agent(held)
    (server.directory / "ssh_config").write_text("IdentitiesOnly yes\n")
    with pytest.raises(AuthenticationRefused):
        open_transport(server.cluster(key_file=str(named)), server.config()).run("true")


def test_an_agent_that_is_gone_is_no_obstacle(
    server: Any, tmp_path: Path, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    assert open_transport(server.cluster(key_file=str(key)), server.config()).run("hello").stdout == "hello\n"


def test_default_key_files_are_tried_where_none_is_named(
    server: Any, tmp_path: Path, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir(exist_ok=True)
    server.accept_key(keygen(tmp_path / ".ssh" / "id_ecdsa", key_type="ecdsa"))
    assert open_transport(server.cluster(), server.config(ssh_key="")).run("hello").stdout == "hello\n"


def test_too_many_keys_end_in_a_refusal_not_in_a_lost_connection(
    make_sshd: Any, tmp_path: Path, open_transport: Open
) -> None:
    own = make_sshd(extra="MaxAuthTries 2\n")
    keys = [keygen(tmp_path / f"key{number}") for number in range(4)]
    (own.directory / "ssh_config").write_text("".join(f"IdentityFile {key}\n" for key in keys))
    with pytest.raises(AuthenticationRefused, match="was not accepted"):
        open_transport(own.cluster(key_file=""), own.config()).run("true")


def test_a_certificate_beside_the_key_lets_us_in(make_sshd: Any, tmp_path: Path, open_transport: Open) -> None:
    authority, key = keygen(tmp_path / "ca"), keygen(tmp_path / "key")
    own = make_sshd(extra=f"TrustedUserCAKeys {authority}.pub\n")
    user = own.cluster().user
    subprocess.run(
        ["ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", user, f"{key}.pub"], check=True, timeout=30
    )
    assert os.path.exists(f"{key}-cert.pub")  # noqa: PTH110
    assert open_transport(own.cluster(key_file=str(key)), own.config()).run("echo in").stdout == "in\n"
