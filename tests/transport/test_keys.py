"""Which keys are offered, in which order, and what is said of the rest; offering them stands in test_auth.py."""

import os
import shutil
import subprocess
import time

import pytest

from clausius_panel.transport.keys import Unlocked, identities
from clausius_panel.transport.route import Hop
from tests.transport.keygen import keygen as make_key


@pytest.fixture
def keygen(tmp_path):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen")
    return lambda name, passphrase="": make_key(tmp_path / name, passphrase=passphrase)


def offered(hop, ask=None):
    notes = []
    return list(identities(hop, ask, notes)), notes


def hop_with(*files):
    return Hop(
        alias="login",
        address="login",
        port=22,
        user="alice",
        key_files=tuple(str(path) for path in files),
        identities_only=True,
        known_hosts=(),
        known_as="login",
        connect_timeout_s=5,
    )


def test_files_are_offered_in_their_order(keygen):
    first, second = keygen("first"), keygen("second")
    found, notes = offered(hop_with(first, second))
    assert [identity.label for identity in found] == [f"key {first}", f"key {second}"]
    assert notes == []


def test_encrypted_keys_come_last_and_only_with_somebody_to_ask(keygen):
    locked, plain = keygen("locked", "secret"), keygen("plain")
    found, notes = offered(hop_with(locked, plain))
    assert [identity.label for identity in found] == [f"key {plain}"]
    assert notes == [f"key {locked} needs a passphrase"]
    asked = []

    def ask(prompt, echo):
        asked.append((prompt, echo))
        return "secret"

    found, _ = offered(hop_with(locked, plain), ask)
    assert [identity.label for identity in found] == [f"key {plain}", f"key {locked}"]
    assert asked == [(f"Passphrase of key {locked}: ", False)]


def test_a_wrong_passphrase_is_asked_for_three_times(keygen):
    locked = keygen("locked", "secret")
    tries = []
    found, notes = offered(hop_with(locked), lambda prompt, echo: tries.append(prompt) or "wrong")
    assert (found, len(tries)) == ([], 3)
    assert notes == [f"key {locked}: the passphrase is wrong"]


def test_what_is_no_key_is_named_with_the_reason(tmp_path):
    garbage, missing = tmp_path / "garbage", tmp_path / "missing"
    garbage.write_text("no key")
    found, notes = offered(hop_with(garbage, missing))
    assert found == []
    assert [note.split(": ")[0] for note in notes] == [f"key {garbage}", f"key {missing}"]


def test_a_passphrase_is_never_shown(tmp_path):
    assert "secret" not in repr(Unlocked(tmp_path, "secret"))


def test_a_key_file_that_would_never_end_is_named_and_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    notes: list[str] = []
    assert list(identities(hop_with(tmp_path / "pipe"), None, notes)) == []
    assert any("no regular file" in note for note in notes)


def test_a_locked_key_is_found_in_the_agent_by_the_public_half_within(agent, keygen):
    held = keygen("held")
    agent.add(keygen("other"), held)
    locked = held.rename(held.with_name("locked"))
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-a", "1", "-N", "x", "-f", locked], check=True, capture_output=True, timeout=9
    )
    found, notes = offered(hop_with(locked))
    assert ([identity.label for identity in found], notes) == ([f"key {locked} (ssh-agent)"], [])


def test_a_public_key_file_means_the_key_that_the_agent_holds(agent, keygen):
    held = keygen("held")
    agent.add(keygen("other"), held)
    held.unlink()
    found, notes = offered(hop_with(f"{held}.pub"))
    assert ([identity.label for identity in found], notes) == ([f"key {held}.pub (ssh-agent)"], [])


def test_a_public_key_file_without_an_agent_says_what_to_name(keygen):
    key = keygen("key")
    found, notes = offered(hop_with(f"{key}.pub"))
    assert found == []
    assert notes == [f"key {key}.pub: it is a public key, and no ssh-agent holds the private one: name {key}"]
    key.unlink()
    assert offered(hop_with(f"{key}.pub"))[1] == [
        f"key {key}.pub: it is a public key, and no ssh-agent holds the private one"
    ]


@pytest.mark.usefixtures("short_patience")
def test_an_agent_that_nobody_needs_is_not_waited_for(agent, keygen):
    agent.freeze()
    plain = keygen("plain")
    found, notes = offered(hop_with(plain))
    assert ([identity.label for identity in found], notes) == ([f"key {plain}"], [])


@pytest.mark.usefixtures("short_patience")
def test_a_silent_agent_is_noted_once_and_waited_for_once(agent, keygen):
    agent.freeze()
    first, plain, second = keygen("first", "x"), keygen("plain"), keygen("second", "x")
    began = time.monotonic()
    found, notes = offered(hop_with(first, plain, second))
    assert time.monotonic() - began < 2
    assert [identity.label for identity in found] == [f"key {plain}"]
    assert notes == [
        f"the ssh-agent does not answer within 0.2 s (SSH_AUTH_SOCK {agent.path})",
        f"key {first} needs a passphrase",
        f"key {second} needs a passphrase",
    ]
