import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput, KeyRefused, ReadOnly
from clausius_panel.keys import (
    add_key,
    check_host,
    check_key,
    exchange_deploy_key,
    key_status,
    revoke,
    rotate,
)
from clausius_panel.store import Store, audit_rows, set_setting
from clausius_panel.store.keys import host_time_zones, list_keys
from tests.stores import new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "clausius.duckdb")
    yield store
    store.close()


def test_a_new_key_is_good_for_its_host(store):
    made = add_key(store, "alpha")
    assert check_key(store, made.secret) == made.key
    assert check_key(store, f" {made.secret}\n").host == "alpha"


def test_the_store_has_the_hash_of_a_key_alone(store, tmp_path):
    made = add_key(store, "alpha")
    [kept] = list_keys(store)
    store.close()
    assert kept.digest == hashlib.sha256(made.secret.encode()).hexdigest()
    secret = made.secret.rpartition("_")[2].encode()
    assert [path.name for path in tmp_path.glob("clausius.duckdb*") if secret in path.read_bytes()] == []


@pytest.mark.parametrize("host", ["", "../evil", "..", "a/b", "a b", "-x", "x" * 64, "a\n", "ü", "a'--"])
def test_a_host_is_a_plain_name(store, host):
    with pytest.raises(InvalidInput, match="hostname"):
        add_key(store, host)
    assert list_keys(store) == []


@given(some.text(max_size=70))
def test_no_host_name_has_a_meaning_as_a_path(text):
    try:
        name = check_host(text)
    except InvalidInput:
        return
    assert name not in (".", "..")
    assert not set(name) & set("/\\\0'\" \n")


CHANGES = [lambda key: "", lambda key: key[:-1], lambda key: f"{key}0", lambda key: key[::-1]]


@pytest.mark.parametrize("change", CHANGES)
def test_a_wrong_key_is_refused(store, change):
    made = add_key(store, "alpha")
    with pytest.raises(KeyRefused, match="API Key") as caught:
        check_key(store, change(made.secret))
    assert caught.value.status == 401


@given(some.text())
def test_any_text_is_refused_as_a_key(tmp_path_factory, text):
    store = Store(tmp_path_factory.getbasetemp() / "nothing.duckdb")
    try:
        check_key(store, text)
    except KeyRefused:
        return
    raise AssertionError(text)


def test_the_id_of_one_key_with_the_secret_of_another_is_refused(store):
    one, two = add_key(store, "alpha").secret.split("_"), add_key(store, "beta").secret.split("_")
    with pytest.raises(KeyRefused, match="Invalid API Key"):
        check_key(store, "_".join([one[0], one[1], two[2]]))


def test_a_key_that_expired_is_told_so(store):
    made = add_key(store, "alpha", valid_for=timedelta(microseconds=1))
    with pytest.raises(KeyRefused, match="expired"):
        check_key(store, made.secret)
    assert key_status(made.key, at=made.key.created) == "good"


@pytest.mark.parametrize("span", [timedelta(), timedelta(-1), timedelta(days=40_000)])
def test_a_key_expires_in_the_future(store, span):
    with pytest.raises(InvalidInput, match="expires"):
        add_key(store, "alpha", valid_for=span)


def test_a_revoked_key_is_worth_nothing_at_once(store):
    made = add_key(store, "alpha")
    revoke(store, made.key.key_id)
    with pytest.raises(KeyRefused, match="revoked"):
        check_key(store, made.secret)


def test_a_rotated_key_has_a_successor_of_the_same_host(store):
    old = add_key(store, "alpha", valid_for=timedelta(days=3))
    new = rotate(store, "alpha")
    assert check_key(store, new.secret).host == "alpha"
    assert new.key.expires - new.key.created == timedelta(days=3)
    with pytest.raises(KeyRefused, match="revoked"):
        check_key(store, old.secret)


def test_a_host_with_several_keys_wants_the_id(store):
    ids = [add_key(store, "alpha").key.key_id for _ in range(2)]
    with pytest.raises(InvalidInput) as caught:
        revoke(store, "alpha")
    assert all(key_id in str(caught.value) for key_id in ids)
    assert revoke(store, ids[0]).key_id == ids[0]
    with pytest.raises(InvalidInput, match="clausius keys list"):
        revoke(store, ids[0])


def test_a_deploy_key_is_exchanged_once(store):
    deploy = add_key(store, "alpha", kind="deploy")
    assert deploy.key.expires == deploy.key.created + timedelta(days=7)
    with pytest.raises(KeyRefused, match="Invalid API Key"):
        check_key(store, deploy.secret)
    made = exchange_deploy_key(store, deploy.secret, peer="10.0.0.7")
    assert check_key(store, made.secret).host == "alpha"
    with pytest.raises(KeyRefused, match="used"):
        exchange_deploy_key(store, deploy.secret)
    assert any("10.0.0.7" in row.detail for row in audit_rows(store))


def test_an_ingest_key_is_no_deploy_key(store):
    with pytest.raises(KeyRefused, match="Invalid deploy key"):
        exchange_deploy_key(store, add_key(store, "alpha").secret)


def test_of_many_exchanges_at_once_one_wins(store):
    deploy, made = add_key(store, "alpha", kind="deploy"), []

    def exchange():
        try:
            made.append(exchange_deploy_key(store, deploy.secret))
        except KeyRefused:
            made.append(None)

    threads = [threading.Thread(target=exchange) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert sum(each is not None for each in made) == 1


def test_the_zone_of_a_hosts_times_is_kept_and_checked(store):
    add_key(store, "alpha", time_zone="Europe/Amsterdam")
    assert host_time_zones(store) == {"alpha": "Europe/Amsterdam"}
    for wrong in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(InvalidInput, match="timezone"):
            add_key(store, "alpha", time_zone=wrong)
    add_key(store, "alpha", time_zone="UTC")
    assert host_time_zones(store) == {}


def test_read_only_mode_makes_no_keys_but_revokes(store):
    made = add_key(store, "alpha")
    with store.write() as cur:
        set_setting(cur, "read_only", value=True)
    for make in (lambda: add_key(store, "beta"), lambda: rotate(store, "alpha")):
        with pytest.raises(ReadOnly):
            make()
    revoke(store, made.key.key_id)
    assert key_status(list_keys(store)[0], at=datetime.now(UTC)) == "revoked"


def test_every_change_of_keys_is_in_the_audit_without_the_secret(store):
    made = add_key(store, "alpha", actor="cli")
    rotate(store, "alpha", actor="cli")
    rows = audit_rows(store)
    assert [(row.action, row.cluster) for row in rows] == [("rotate key", "alpha"), ("add ingest key", "alpha")]
    assert made.secret.rpartition("_")[2] not in str(rows)
