import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.formats import LONG, Format, new_guard, refused_fields

FORMAT = Format(
    command="c",
    head=("A", "B"),
    shared=("C", "D"),
    tail=("Name", "Comment"),
    letters={"A": "%a", "C": "%c", "D": "%d", "Name": "%n"},
    first="A\x1f",
)
GUARD, END = "\x1fqXyZ", "\x1eQxYz"
HEADER = f"A\x1fB\x1fC\x1dD{GUARD}NAME{GUARD}COMMENT{END}\n"


def printed(records: list[tuple[str, ...]]) -> str:
    return HEADER + "".join(f"{a}\x1f{b}\x1f{c}\x1d{d}{GUARD}{n}{GUARD}{m}{END}\n" for a, b, c, d, n, m in records)


SAFE = st.text(alphabet="abc_0[-] ,%", max_size=6)
WILD = st.text(alphabet=st.sampled_from("ab|,\"' \n\r\x1f\x1e\U0001f600\ufffd"), max_size=12)
RECORDS = st.lists(st.tuples(SAFE, SAFE, SAFE, SAFE, WILD, WILD), max_size=6)


@settings(max_examples=50)
@given(RECORDS)
def test_no_name_can_shift_a_field_or_feign_a_record(records: list[tuple[str, ...]]):
    table = FORMAT.table(printed(records), Dialect(), guard=GUARD)
    assert table.count == len(records)
    shared, which = FORMAT.take_apart(table, Dialect())
    own = zip(*(table.texts(name) for name in ("A", "B", "Name", "Comment")), strict=True)
    common = [(shared.texts("C")[place], shared.texts("D")[place]) for place in which]
    assert [(a, b, *c, n, m) for (a, b, n, m), c in zip(own, common, strict=True)] == records
    assert shared.count == len(set(common))


@settings(max_examples=50)
@given(RECORDS, st.integers(1, 60))
def test_an_answer_that_was_cut_is_an_error_or_a_smaller_number_of_whole_records(
    records: list[tuple[str, ...]], cut: int
):
    whole = printed(records)
    try:
        table = FORMAT.table(whole[:-cut], Dialect(), guard=GUARD)
    except ParseError:
        return
    # only at the very end of a record can a cut go unseen here; the frame's own end mark sees that one
    assert cut == 1 or whole[:-cut].endswith((f"{END}\n", END))
    assert table.count == whole[:-cut].count(END) - 1


@pytest.mark.parametrize(
    "text", ["", "\n", "no such thing\n", HEADER.replace("A\x1f", "Z\x1f", 1), HEADER.replace("B\x1f", "")]
)
def test_without_its_header_an_answer_is_no_answer(text: str):
    with pytest.raises(ParseError, match="not the header"):
        FORMAT.table(text, Dialect(), guard=GUARD)


def test_a_header_alone_is_an_empty_answer_even_after_a_talking_wrapper():
    assert FORMAT.table("site wrapper v2\n" + HEADER, Dialect(), guard=GUARD).count == 0


def test_a_record_with_another_width_names_its_line():
    good = ("1", "2", "3", "4", "n", "m")
    broken = f"1\x1f2\x1f3\x1d4\x1f5{GUARD}n{GUARD}m{END}\n"
    with pytest.raises(ParseError, match="c line 3: 6 fields, 5 are expected"):
        FORMAT.table(printed([good]) + broken, Dialect(), guard=GUARD)
    table = FORMAT.table(printed([good, good, ("1", "2", "3", "4\x1d5", "n", "m")]), Dialect(), guard=GUARD)
    with pytest.raises(ParseError, match="c line 4: 3 fields, 2 are expected"):
        FORMAT.take_apart(table, Dialect())


def test_fields_that_a_version_lacks_are_not_asked_for():
    dialect = Dialect().without("c", "B", "D", "Comment")
    [option, text] = FORMAT.words(dialect, guard=GUARD)
    assert option == "-O"
    assert text == f"'A:0\x1f,C:0{GUARD},Name:0{END}'"


def test_without_free_suffixes_the_letters_are_used():
    dialect = Dialect().without("c", LONG)
    assert FORMAT.words(dialect, guard=GUARD) == ["-o", f"'%a\x1f%c\x1d%d{GUARD}%n{END}'"]
    answer = f"A\x1fC\x1dD{GUARD}N{END}\n7\x1f8\x1d9{GUARD}x{END}\n"
    table = FORMAT.table(answer, dialect, guard=GUARD)
    assert [list(table.texts(name)) for name in ("A", "Name", "B")] == [["7"], ["x"], [""]]
    assert FORMAT.take_apart(table, dialect)[0].texts("D") == ("9",)


def test_refused_fields_are_read_from_slurms_complaint():
    complaint = "squeue: error: Invalid job format specification:"
    assert refused_fields(f"{complaint} Nodes \n{complaint} x-y") == ("Nodes", "x-y")


def test_guards_begin_like_the_end_of_a_field_and_do_not_repeat():
    assert new_guard()[0] == "\x1f"
    assert new_guard() != new_guard()
    assert len(new_guard()) > 8
