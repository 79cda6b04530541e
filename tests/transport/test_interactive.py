import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.errors import AuthenticationRefused, CommandTimeout, Refused
from clausius_panel.model import Cluster
from clausius_panel.transport import Transport, login
from tests.transport.keygen import keygen
from tests.transport.ssh_agent import SshAgent

Open = Callable[..., Transport]


class Person:
    """Answers prompts from a script, and remembers them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, prompt: str, echo: bool) -> str:
        self.prompts.append(prompt)
        return self.answers.pop(0)


@pytest.fixture(params=[("ed25519", "RFC4716"), ("ecdsa", "PEM")])
def locked_key(request: pytest.FixtureRequest, tmp_path: Path, server: Any) -> Path:
    key_type, form = request.param
    path = keygen(tmp_path / "locked", key_type=key_type, form=form, passphrase="open sesame")
    server.accept_key(path)
    return path


def test_login_tries_the_password_and_leaves(server: Any) -> None:
    server.password = "secret"
    person = Person("secret")
    login(server.cluster(), server.config(), person)
    assert person.prompts == ["Password of mary@127.0.0.1: "]
    assert server.seen == ["secret", "true"]


def test_login_with_a_wrong_password_is_refused(server: Any) -> None:
    server.password = "secret"
    with pytest.raises(AuthenticationRefused):
        login(server.cluster(), server.config(), Person("a", "b", "c"))


def test_login_at_a_host_that_runs_nothing_is_refused(server: Any) -> None:
    server.password = "secret"
    server.runs_commands = False
    with pytest.raises(Refused):
        login(server.cluster(), server.config(), Person("secret"))


def test_a_key_that_login_added_to_the_agent_opens_other_transports(
    agent: SshAgent, locked_key: Path, server: Any, open_transport: Open
) -> None:
    cluster, config = server.cluster(key_file=str(locked_key)), server.config()
    with pytest.raises(AuthenticationRefused, match="clausius serve --login fake"):
        open_transport(cluster, config).run("true")
    person = Person("open sesame", "y")
    login(cluster, config, person)
    assert person.prompts[1].startswith(f"Add key {locked_key} to ssh-agent")
    assert open_transport(cluster, config).run("hello").stdout == "hello\n"


def test_the_agent_gets_nothing_without_consent(agent: SshAgent, locked_key: Path, server: Any) -> None:
    login(server.cluster(key_file=str(locked_key)), server.config(), Person("open sesame", ""))
    held = subprocess.run(["ssh-add", "-l"], capture_output=True, text=True, timeout=30, check=False)
    assert "no identities" in held.stdout


def test_an_agent_that_takes_no_key_in_time_is_told(
    agent: SshAgent, locked_key: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clausius_panel.transport.interactive._AGENT_TIMEOUT_S", 0.3)

    def ask(prompt: str, echo: bool) -> str:
        if prompt.startswith("Add key"):
            agent.freeze()
            return "y"
        return "open sesame"

    with pytest.raises(CommandTimeout, match=r"ssh-add - did not answer within 0\.3 s"):
        login(server.cluster(key_file=str(locked_key)), server.config(), ask)


def test_without_an_agent_nothing_more_is_asked(locked_key: Path, server: Any) -> None:
    person = Person("open sesame")
    login(server.cluster(key_file=str(locked_key)), server.config(), person)
    assert len(person.prompts) == 1


def test_this_host_needs_no_login(server: Any) -> None:
    login(Cluster(name="me", kind="local"), server.config(), Person())
