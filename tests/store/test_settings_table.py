import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.store import Settings, Store, get_setting, list_settings, set_setting, settings


def put(store, key, value):
    with store.write() as cur:
        set_setting(cur, key, value)


def test_everything_has_its_default_at_first(store):
    assert settings(store) == Settings()
    assert settings(store).read_only is False
    assert settings(store).refresh_interval_s == 30


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        ("read_only", True, True),
        ("read_only", "true", True),
        ("read_only", "Off", False),
        ("refresh_interval_s", 10, 10),
        ("refresh_interval_s", " 60 ", 60),
    ],
)
def test_a_setting_is_kept_as_its_type(store, path, key, value, meant):
    put(store, key, value)
    assert get_setting(store, key) is meant or get_setting(store, key) == meant
    assert type(get_setting(Store.open(path), key)) is type(meant)


def test_a_setting_is_changed_again(store):
    for seconds in (60, 90):
        put(store, "refresh_interval_s", seconds)
    assert settings(store) == Settings(refresh_interval_s=90)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("refresh_interval_s", 9, "a whole number from 10 to 3600"),
        ("refresh_interval_s", "soon", "a whole number from 10 to 3600"),
        ("refresh_interval_s", "-5", "a whole number from 10 to 3600"),
        ("refresh_interval_s", True, "a whole number from 10 to 3600"),
        ("refresh_interval_s", 30.0, "a whole number from 10 to 3600"),
        ("refresh_interval_s", "9" * 5000, "a whole number from 10 to 3600"),
        ("read_only", "maybe", "true or false"),
        ("read_only", 1, "true or false"),
        ("read_only", None, "true or false"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_and_nothing_is_written(store, key, value, allowed):
    with pytest.raises(InvalidInput, match=f"{key}.*use {allowed}"):
        put(store, key, value)
    assert settings(store) == Settings()


def test_an_unknown_key_is_refused_with_the_known_ones(store):
    with pytest.raises(InvalidInput, match="known settings: read_only, refresh_interval_s"):
        put(store, "nope", 1)
    with pytest.raises(InvalidInput, match="'nope'"):
        get_setting(store, "nope")


@pytest.mark.parametrize("stored", ["5", '"x"', "null", "[1]"])
def test_a_stored_value_that_is_not_allowed_any_more_counts_as_the_default(store, stored):
    with store.write() as cur:
        cur.execute("INSERT INTO settings VALUES ('refresh_interval_s', ?, now()::TIMESTAMP)", [stored])
        cur.execute("INSERT INTO settings VALUES ('a setting of tomorrow', '1', now()::TIMESTAMP)")
    assert settings(store) == Settings()


def test_the_list_says_what_each_setting_means_and_allows(store):
    put(store, "read_only", True)
    found = {setting.key: setting for setting in list_settings(store)}
    assert list(found) == list(Settings.__dataclass_fields__)
    assert (found["read_only"].value, found["read_only"].default) == (True, False)
    assert all(setting.doc and setting.allowed for setting in found.values())
