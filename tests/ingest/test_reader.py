import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import BodyRefused
from clausius_panel.ingest import reader
from clausius_panel.ingest.reader import MAX_VALUE, BodyReader, TooLong

VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(), inner, max_size=4),
    max_leaves=8,
)


def read(text):
    found = BodyReader(io.BytesIO(text.encode() if isinstance(text, str) else text))
    return list(found), found.hostname


@settings(max_examples=50)
@given(
    jobs=some.lists(VALUES, max_size=6),
    host=some.text(),
    piece=some.integers(1, 40),
    indent=some.none() | some.just(1),
)
def test_whatever_is_sent_is_read_wherever_the_pieces_end(jobs, host, piece, indent):
    text = json.dumps({"hostname": host, "more": [1, {}], "jobs": jobs}, indent=indent)
    usual, reader.PIECE = reader.PIECE, piece
    try:
        assert read(text) == (jobs, host)
    finally:
        reader.PIECE = usual


@given(some.text())
def test_any_text_is_read_or_refused(text):
    with suppress(BodyRefused):
        assert isinstance(read(text)[0], list)


@given(some.binary())
def test_any_bytes_are_read_or_refused(content):
    with suppress(BodyRefused):
        assert isinstance(read(content)[0], list)


@given(some.data())
def test_a_body_that_is_cut_off_anywhere_is_refused(data):
    text = json.dumps({"hostname": "alpha", "jobs": [{"JobID": 1, "User": "é"}, {"JobID": 2}]}, ensure_ascii=False)
    content = text.encode()
    with pytest.raises(BodyRefused):
        read(content[: data.draw(some.integers(0, len(content) - 1))])


def test_members_may_stand_in_any_order():
    assert read('{"jobs": [{"a": 1}], "x": null, "hostname": "h"}') == ([{"a": 1}], "h")
    assert read(' {"hostname" : "h" , "jobs" : [ ] } \n') == ([], "h")


def test_what_pandas_writes_for_nothing_is_nothing():
    assert read('{"jobs": [{"a": NaN, "b": -Infinity}]}')[0] == [{"a": None, "b": None}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "JSON object"),
        ("[]", "JSON object"),
        ("null", "JSON object"),
        ("{}", "jobs: is missing"),
        ('{"hostname": "h"}', "jobs: is missing"),
        ('{"jobs": {}}', "must be a list"),
        ('{"jobs": [], "jobs": []}', "twice"),
        ('{"jobs": []} x', "behind its end"),
        ('{"jobs": [] "hostname": 1}', "',' or '}'"),
        ('{"jobs": [1 2]}', "row 1: ',' or ']'"),
        ('{"jobs": [{}, {"a" 1}]}', "row 2: a job is not JSON"),
        ('{"jobs": [{}, {"a": 1}', "row 2"),
        ('{"jobs": [' + "9" * 5000 + "]}", "row 1"),
        ('{"jobs": [' + "[" * 60_000, "row 1"),
        ('{"jobs": [' + "[" * 300_000, "row 1"),
        ('{"hostname": "' + "x" * MAX_VALUE + '"}', "longer than"),
        ('{"jobs": ["' + "x" * 1_000_000 + '"]}', "row 1"),
        ('{"' + "x" * 1_000_000, "member"),
        ("{1: 2}", "member"),
        ('{"a" 2}', "':' is missing"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_such_body_is_refused_with_the_reason_and_the_row(text, words):
    with pytest.raises(BodyRefused) as caught:
        read(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_job_that_is_too_long_stands_alone():
    long = "x" * MAX_VALUE
    assert read('{"jobs": [1, "' + long + '", 2], "hostname": "h"}') == ([1, TooLong(MAX_VALUE + 2), 2], "h")


def test_a_body_in_latin_1_is_refused():
    with pytest.raises(BodyRefused, match="body: it is not UTF-8"):
        read('{"jobs": [{"User": "\u00e9"}]}'.encode("latin-1"))


def test_memory_is_that_of_a_piece_however_long_the_body_is():
    class Endless(io.RawIOBase):
        def __init__(self):
            self.pieces = iter([b'{"jobs": [{}', *[b',{"JobID": 1}' * 1000] * 100, b"]}"])

        def read(self, size=-1):
            return next(self.pieces, b"")

    found = BodyReader(Endless())
    longest = 0
    count = 0
    for _ in found:
        count += 1
        longest = max(longest, len(found._text))
    assert count == 100 * 1000 + 1
    assert longest < 40_000
