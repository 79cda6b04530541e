"""What a file tells of its public key without its passphrase."""

import base64
import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.transport.public_keys import is_public_key, private_half_of, public_halves
from tests.transport.keygen import keygen as make_key


@pytest.fixture
def keygen(tmp_path):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen")
    return lambda name, **options: make_key(tmp_path / name, **options)


def public_of(key):
    """What ssh-keygen wrote beside a key; the file is gone afterwards."""
    path = key.with_name(key.name + ".pub")
    blob = base64.b64decode(path.read_text().split()[1])
    path.unlink()
    return blob


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_a_locked_key_shows_its_public_half(keygen, key_type):
    key = keygen("key", key_type=key_type, passphrase="open sesame")
    assert public_halves(key) == (public_of(key),)


def test_the_public_key_beside_a_locked_key_of_the_older_form_is_its_only_trace(keygen):
    key = keygen("key", key_type="ecdsa", passphrase="open sesame", form="PEM")
    found = public_halves(key)
    assert found == (public_of(key),)
    assert public_halves(key) == ()


def test_a_stale_public_key_beside_hides_nothing(keygen, tmp_path):
    key, other = keygen("key", passphrase="x"), keygen("other")
    shutil.copy(tmp_path / "other.pub", tmp_path / "beside")
    own = public_of(key)
    (tmp_path / "beside").rename(tmp_path / "key.pub")
    assert public_halves(key) == (public_of(other), own)


def test_a_public_key_file_is_its_own_public_half(keygen, tmp_path):
    key = keygen("key")
    public = tmp_path / "key.pub"
    assert is_public_key(public)
    assert private_half_of(public) == key
    assert not is_public_key(key)
    assert private_half_of(key) is None
    shutil.copy(public, tmp_path / "anything")
    assert public_halves(tmp_path / "anything") == (public_of(key),)
    key.unlink()
    assert private_half_of(public) is None


def test_what_would_never_end_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "key")
    os.mkfifo(tmp_path / "key.pub")
    assert public_halves(tmp_path / "key") == ()
    assert not is_public_key(tmp_path / "key.pub")


@pytest.mark.parametrize("text", ["ssh-ed25519 AAAA me@here", "ssh-ed25519", "hello world", ""])
def test_what_only_resembles_a_public_key_is_none(tmp_path, text):
    (tmp_path / "key").write_text(text)
    assert not is_public_key(tmp_path / "key")


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(content=st.binary(max_size=200), armoured=st.booleans())
def test_nothing_is_found_in_noise(tmp_path, content, armoured):
    noise = b"openssh-key-v1\0" + content if armoured else content
    lines = b"-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n"
    (tmp_path / "noise").write_bytes(lines % base64.b64encode(noise) if armoured else noise)
    assert all(each in noise for each in public_halves(tmp_path / "noise"))


@QUICK
@given(cut=st.integers(0, 600), at=st.integers(0, 600), byte=st.integers(0, 255))
def test_a_damaged_key_raises_nothing(tmp_path, cut, at, byte):
    path = tmp_path / "key"
    if not path.exists():
        make_key(path, passphrase="x")
    content = bytearray(path.read_bytes())[: max(1, cut)]
    content[min(at, len(content) - 1)] = byte
    (tmp_path / "damaged").write_bytes(content)
    assert len(public_halves(tmp_path / "damaged")) <= 1
