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
from tests.transport.ssh_agent import SshAgent

Open = Callable[..., Transport]


class Person:
    """Answers prompts from a script, and remembers them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[tuple[str, bool]] = []

    def __call__(self, prompt: str, echo: bool) -> str:
        self.prompts.append((prompt, echo))
        return self.answers.pop(0)


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


def test_keys_of_the_agent_are_used(agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    agent.add(key)
    assert open_transport(server.cluster(), server.config()).run("hello").stdout == "hello\n"


def test_an_encrypted_key_that_the_agent_holds_needs_no_passphrase(
    agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    agent.add(key)
    lock(key, keep_public=True)
    (server.directory / "ssh_config").write_text("IdentitiesOnly yes\n")
    transport = open_transport(server.cluster(key_file=str(key)), server.config())
    assert transport.run("hello").stdout == "hello\n"


def test_identities_only_keeps_the_agents_other_keys_at_home(
    agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    held, named = keygen(tmp_path / "held"), keygen(tmp_path / "named")
    server.accept_key(held)
    agent.add(held)
    (server.directory / "ssh_config").write_text("IdentitiesOnly yes\n")
    with pytest.raises(AuthenticationRefused):
        open_transport(server.cluster(key_file=str(named)), server.config()).run("true")


def lock(key: Path, *, keep_public: bool = False) -> Path:
    """Put a passphrase on a key."""
    words = ["ssh-keygen", "-q", "-p", "-a", "1", "-N", "open sesame", "-f", str(key)]
    subprocess.run(words, check=True, capture_output=True, timeout=9)
    if not keep_public:
        key.with_name(key.name + ".pub").unlink()
    return key


def test_a_locked_key_that_the_agent_holds_needs_no_public_key_beside_it(
    agent: SshAgent, make_sshd: Any, open_transport: Open
) -> None:
    own = make_sshd(extra="MaxAuthTries 2\n")  # one key too many, and it hangs up
    agent.add(*(keygen(own.directory / f"other{number}") for number in range(3)), own.key)
    lock(own.key)
    assert open_transport(own.cluster(), own.config()).run("echo in").stdout == "in\n"


def test_a_locked_key_that_the_agent_holds_is_used_with_identities_only(
    agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    key = keygen(tmp_path / "key")
    server.accept_key(key)
    agent.add(key)
    (server.directory / "ssh_config").write_text(f"IdentityFile {lock(key)}\nIdentitiesOnly yes\n")
    assert open_transport(server.cluster(), server.config()).run("hello").stdout == "hello\n"


def test_a_public_key_file_names_a_key_of_the_agent(
    agent: SshAgent, sshd: Any, tmp_path: Path, open_transport: Open
) -> None:
    only_public = Path(shutil.copy(f"{sshd.key}.pub", tmp_path / "only.pub"))
    agent.add(keygen(tmp_path / "other"), sshd.key)
    ssh_config = tmp_path / "ssh_config"
    ssh_config.write_text(f"IdentityFile {only_public}\nIdentitiesOnly yes\n")
    transport = open_transport(sshd.cluster(key_file=""), sshd.config(ssh_config_file=ssh_config))
    assert transport.run("echo in").stdout == "in\n"


@pytest.mark.usefixtures("short_patience")
def test_a_silent_agent_is_no_obstacle_to_a_readable_key(
    agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    locked, plain = lock(keygen(tmp_path / "locked")), keygen(tmp_path / "plain")
    server.accept_key(plain)
    agent.freeze()
    (server.directory / "ssh_config").write_text(f"IdentityFile {locked}\nIdentityFile {plain}\n")
    assert open_transport(server.cluster(), server.config()).run("hello").stdout == "hello\n"


@pytest.mark.usefixtures("short_patience")
def test_a_silent_agent_is_told_with_its_socket(
    agent: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    server.accept_key(key := keygen(tmp_path / "locked"))
    lock(key)
    agent.freeze()
    with pytest.raises(AuthenticationRefused) as caught:
        open_transport(server.cluster(key_file=str(key)), server.config()).run("true")
    message = str(caught.value)
    assert f"the ssh-agent does not answer within 0.2 s (SSH_AUTH_SOCK {agent.path})" in message
    assert message.count("does not answer") == 1
    assert "to type the passphrase: clausius serve --login fake" in message
    assert "ssh-add" not in message  # which would wait for the same agent


@pytest.fixture(params=["exit 1", "sleep 60"])
def unwilling(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SshAgent]:
    """An agent that asks a person, who refuses or is away, before it signs; `tmp_path`/asked: it asked."""
    monkeypatch.setattr("clausius_panel.transport.agent._SIGN_S", 0.3)
    askpass = tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n{request.param}\n")
    askpass.chmod(0o700)
    made = SshAgent(tmp_path / "agent", str(askpass))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(made.path))
    yield made
    made.stop()


def test_the_next_key_is_tried_when_the_agent_does_not_sign(
    unwilling: SshAgent, sshd: Any, tmp_path: Path, open_transport: Open
) -> None:
    held = keygen(tmp_path / "held")
    unwilling.add(held, confirm=True)
    ssh_config = tmp_path / "ssh_config"
    ssh_config.write_text(f"IdentityFile {lock(held)}\nIdentityFile {sshd.key}\n")
    transport = open_transport(sshd.cluster(key_file=""), sshd.config(ssh_config_file=ssh_config))
    assert transport.run("echo in").stdout == "in\n"
    assert (tmp_path / "asked").exists()


def test_a_key_by_which_the_agent_does_not_sign_is_told_with_the_reason(
    unwilling: SshAgent, server: Any, tmp_path: Path, open_transport: Open
) -> None:
    held = keygen(tmp_path / "held")
    server.accept_key(held)
    unwilling.add(held, confirm=True)
    why = "(refused to sign with it|does not answer within 0.3 s)"
    with pytest.raises(AuthenticationRefused, match=rf"key {held} \(ssh-agent\): the ssh-agent {why}"):
        open_transport(server.cluster(key_file=str(lock(held))), server.config()).run("true")


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
    with pytest.raises(AuthenticationRefused, match=r"was not accepted.*closed the connection.*--key-file.*Ident"):
        open_transport(own.cluster(key_file=""), own.config()).run("true")


def test_who_looks_long_for_a_passphrase_is_not_taken_for_a_silent_server(
    server: Any, tmp_path: Path, open_transport: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clausius_panel.transport.auth._UNATTENDED_S", 0.5)
    key = lock(keygen(tmp_path / "stranger"))

    def slow(prompt: str, echo: bool) -> str:
        time.sleep(0.6)
        return "open sesame"

    with pytest.raises(AuthenticationRefused, match=f"key {key} was not accepted"):
        open_transport(server.cluster(key_file=str(key)), server.config(), ask=slow).run("true")


def test_a_certificate_beside_the_key_lets_us_in(make_sshd: Any, tmp_path: Path, open_transport: Open) -> None:
    authority, key = keygen(tmp_path / "ca"), keygen(tmp_path / "key")
    own = make_sshd(extra=f"TrustedUserCAKeys {authority}.pub\n")
    user = own.cluster().user
    subprocess.run(
        ["ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", user, f"{key}.pub"], check=True, timeout=30
    )
    assert os.path.exists(f"{key}-cert.pub")  # noqa: PTH110
    assert open_transport(own.cluster(key_file=str(key)), own.config()).run("echo in").stdout == "in\n"
