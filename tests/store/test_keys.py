from datetime import UTC, datetime, timedelta

from clausius_panel.store import Store
from clausius_panel.store.keys import (
    ApiKey,
    host_time_zones,
    insert_key,
    list_keys,
    note_key_use,
    put_host_time_zone,
    read_key,
    revoke_key,
    stored_keys,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_key(key_id="k1", **facts):
    return ApiKey(**{"key_id": key_id, "kind": "ingest", "host": "alpha", "digest": "d", "created": NOW} | facts)


def add(store, *keys):
    with store.write() as cur:
        for key in keys:
            insert_key(cur, key)


def test_a_key_is_read_as_it_was_written(store, path):
    key = a_key(kind="deploy", expires=NOW + timedelta(days=1), last_used=NOW, revoked=NOW)
    add(store, key)
    assert list_keys(Store.open(path)) == [key]
    with store.read() as cur:
        assert read_key(cur, "k1") == key
        assert read_key(cur, "k2") is None


def test_keys_are_listed_by_host_and_age(store):
    add(store, a_key("k3", host="beta"), a_key("k2", created=NOW + timedelta(1)), a_key("k1"))
    assert [key.key_id for key in list_keys(store)] == ["k1", "k2", "k3"]


def test_a_key_is_revoked_once(store):
    add(store, a_key())
    with store.write() as cur:
        assert revoke_key(cur, "k1", at=NOW)
        assert not revoke_key(cur, "k1", at=NOW + timedelta(days=1))
        assert not revoke_key(cur, "k2", at=NOW)
    assert list_keys(store)[0].revoked == NOW


def test_another_process_sees_a_revocation_with_its_next_question(store, path):
    add(store, a_key())
    other = Store.open(path)
    assert stored_keys(other)["k1"].revoked is None
    other.close()
    with store.write() as cur:
        revoke_key(cur, "k1", at=NOW)
    store.close()
    assert stored_keys(other)["k1"].revoked == NOW


def test_the_last_use_is_kept(store):
    add(store, a_key())
    with store.write() as cur:
        note_key_use(cur, "k1", at=NOW)
    assert list_keys(store)[0].last_used == NOW


def test_each_host_has_a_time_zone_and_utc_needs_none(store):
    with store.write() as cur:
        put_host_time_zone(cur, "alpha", "Europe/Amsterdam")
        put_host_time_zone(cur, "beta", "Asia/Tokyo")
        put_host_time_zone(cur, "alpha", "")
    assert host_time_zones(store) == {"beta": "Asia/Tokyo"}
