"""What an ssh-agent holds and signs, and what becomes of one that does neither."""

import contextlib
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import paramiko
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.transport.agent import Agent
from tests.transport.keygen import keygen
from tests.transport.ssh_agent import SshAgent


@pytest.fixture
def ours():
    """Our end of the line to the agent."""
    with contextlib.closing(Agent()) as made:
        yield made


@pytest.fixture
def answering(tmp_path, monkeypatch):
    """Something behind the socket that is no ssh-agent: it answers with what it is given, and goes."""
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "odd"))
    threads = []

    def start(answer):
        def serve():
            with listener.accept()[0] as wire:
                wire.recv(65536)
                wire.sendall(answer)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "odd"))
        listener.listen()
        yield start
        for thread in threads:
            thread.join(10)


def signs(held, algorithm="ssh-ed25519"):
    """Whether the agent's signature is one of the key that it says to hold."""
    signature = paramiko.Message(held.sign_ssh_data(b"data", algorithm).asbytes())
    return paramiko.PKey.from_type_string(held.name, held.asbytes()).verify_ssh_sig(b"data", signature)


@pytest.mark.parametrize(
    ("key_type", "algorithm"),
    [("ed25519", "ssh-ed25519"), ("ecdsa", "ecdsa-sha2-nistp256"), ("rsa", "rsa-sha2-512")],
)
def test_a_key_that_it_holds_signs(agent, ours, tmp_path, key_type, algorithm):
    path = keygen(tmp_path / "key", key_type=key_type)
    agent.add(path)
    (held,) = ours.held()
    assert (held.comment, held.asbytes()) == ("key", paramiko.PKey.from_path(path).asbytes())
    assert signs(held, algorithm)
    assert held.trouble == ""


def test_an_agent_without_keys_is_no_trouble(agent, ours):
    assert (ours.held(), ours.trouble) == ((), "")


@pytest.mark.parametrize("name", [None, "", "/no/such/socket", "/" + "long" * 40])
def test_without_an_agent_there_are_no_keys_and_no_trouble(ours, monkeypatch, name):
    if name is not None:
        monkeypatch.setenv("SSH_AUTH_SOCK", name)
    assert (ours.held(), ours.trouble) == ((), "")


@pytest.mark.usefixtures("short_patience")
def test_one_that_does_not_answer_is_given_up_and_named(agent, ours):
    agent.freeze()
    began = time.monotonic()
    assert ours.held() == ()
    assert 0.1 < time.monotonic() - began < 2
    assert ours.trouble == f"the ssh-agent does not answer within 0.2 s (SSH_AUTH_SOCK {agent.path})"
    assert ours.held() == ()


@pytest.mark.usefixtures("short_patience")
def test_one_that_takes_no_more_connections_is_given_up_too(tmp_path, monkeypatch, ours):
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "full"))
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as other:
        listener.bind(str(tmp_path / "full"))
        listener.listen(0)
        other.connect(str(tmp_path / "full"))
        assert ours.held() == ()
    assert "does not answer within" in ours.trouble


def test_one_that_falls_silent_signs_nothing_and_is_asked_for_nothing_more(agent, ours, tmp_path, monkeypatch):
    monkeypatch.setattr("clausius_panel.transport.agent._SIGN_S", 0.3)
    first, second = keygen(tmp_path / "first"), keygen(tmp_path / "second")
    agent.add(first, second)
    one, other = ours.held()
    agent.freeze()
    began = time.monotonic()
    for key in (one, other):
        assert not signs(key)
        assert key.trouble == f"the ssh-agent does not answer within 0.3 s (SSH_AUTH_SOCK {agent.path})"
    assert time.monotonic() - began < 2
    assert ours.held() == ()


def test_one_that_refuses_to_sign_says_so_of_that_key_only(agent, ours, tmp_path):
    asked, free = keygen(tmp_path / "asked"), keygen(tmp_path / "free")
    agent.add(asked, confirm=True)
    agent.add(free)
    first, second = ours.held()
    assert not signs(first)
    assert (first.trouble, ours.trouble) == ("the ssh-agent refused to sign with it", "")
    assert signs(second)


def test_one_that_waits_for_a_person_is_not_given_up_meanwhile(tmp_path, monkeypatch, ours):
    monkeypatch.setattr("clausius_panel.transport.agent._LIST_S", 0.4)
    (tmp_path / "askpass").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nsleep 0.8\n")
    (tmp_path / "askpass").chmod(0o700)
    slow = SshAgent(tmp_path / "slow", str(tmp_path / "askpass"))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(slow.path))
    try:
        slow.add(keygen(tmp_path / "key"), confirm=True)
        (key,) = ours.held()
        with contextlib.closing(Agent()) as another, ThreadPoolExecutor() as pool:
            signing = pool.submit(signs, key)
            while not (tmp_path / "asked").exists():
                assert not signing.done()
                time.sleep(0.01)
            assert [each.comment for each in another.held()] == ["key"]
            assert signing.result(10)
    finally:
        slow.stop()


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"", "it hung up"),
        (b"\0\0\0\x09\x0c\0", "it hung up"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "an answer of 1213486160 bytes"),
        (b"\0\0\0\0", "an answer of 0 bytes"),
        (b"\0\0\0\x01\x05", "lists no keys"),
    ],
)
def test_an_odd_answer_is_told_and_holds_no_keys(answering, ours, answer, trouble):
    answering(answer)
    assert ours.held() == ()
    assert trouble in ours.trouble


def test_keys_that_were_announced_and_not_sent_are_not_waited_for(answering, ours):
    answering(struct.pack(">IBI", 5, 12, 2**32 - 1))
    assert (ours.held(), ours.trouble) == ((), "")


def test_a_key_that_cannot_be_understood_is_left_out(answering, ours, tmp_path):
    known = paramiko.PKey.from_path(keygen(tmp_path / "key")).asbytes()
    broken = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 3) + b"abc"
    entries = b"".join(struct.pack(">I", len(each)) + each for each in (broken, b"broken", known, b"known"))
    answering(struct.pack(">IBI", 5 + len(entries), 12, 2) + entries)
    assert [key.comment for key in ours.held()] == ["known"]


NOISE = st.binary(max_size=60)
TYPES = st.sampled_from([b"ssh-ed25519", b"ssh-rsa", b"ecdsa-sha2-nistp256", b"ssh-rsa-cert-v01@openssh.com", b""])
BLOBS = st.builds(lambda name, rest: struct.pack(">I", len(name)) + name + rest, TYPES, NOISE)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(st.tuples(BLOBS, NOISE), max_size=3), announced=st.integers(0, 5), rest=NOISE)
def test_whatever_it_lists_raises_nothing(answering, entries, announced, rest):
    lists = b"".join(struct.pack(">I", len(part)) + part for entry in entries for part in entry) + rest
    answering(struct.pack(">IBI", 5 + len(lists), 12, announced) + lists)
    with contextlib.closing(Agent()) as ours:
        assert len(ours.held()) <= announced
        assert ours.trouble == ""
