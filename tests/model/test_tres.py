import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model.tres import NO_GPUS, Gpus, Memory, parse_gpus, parse_memory, parse_tres


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4000Mc", Memory(4000, "cpu")),
        ("16Gn", Memory(16384, "node")),
        ("1.5T", Memory(1572864)),
        ("0", Memory(0)),
        ("2G", Memory(2048)),
        ("191846Mn", Memory(191846, "node")),
        ("112.50T", Memory(117964800)),
        ("512K", Memory(1)),
        ("380000", Memory(380000)),
        ("N/A", None),
        ("", None),
    ],
)
def test_memory_is_mib(text: str, expected: Memory | None):
    assert parse_memory(text) == expected


@pytest.mark.parametrize("text", ["lots", "4X", "4GG", "-4G", "1.2.3G"])
def test_other_texts_are_no_memory(text: str):
    with pytest.raises(ParseError, match="not an amount of memory"):
        parse_memory(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu:4", Gpus(4)),
        ("gpu", Gpus(1)),
        ("gpu:a100", Gpus(1, "a100")),
        ("gpu:a100:4(S:0-1)", Gpus(4, "a100")),
        ("gpu:h100:8(IDX:0-7)", Gpus(8, "h100")),
        ("gpu:h100:4(IDX:0-1,3-4)", Gpus(4, "h100")),
        ("gpu:a100:0(IDX:N/A)", Gpus(0, "a100")),
        ("gpu:0,tpu:0", NO_GPUS),
        ("gpu:a100:2(S:0),gpu:v100:1(S:1)", Gpus(3, "a100,v100")),
        ("gpu:1g.5gb:7", Gpus(7, "1g.5gb")),
        ("gpu:a100_3g.20gb:2,gpu:a100_1g.5gb:1", Gpus(3, "a100_3g.20gb,a100_1g.5gb")),
        ("gres:gpu:4", Gpus(4)),
        ("gres:gpu:h100:2", Gpus(2, "h100")),
        ("gres/gpu:h100:2", Gpus(2, "h100")),
        ("gres/gpu:h100=8", Gpus(8, "h100")),
        ("gres/gpu=8", Gpus(8)),
        ("cpu=8,mem=64G,node=1,billing=23,gres/gpu=2,gres/gpu:h100=2", Gpus(2, "h100")),
        ("billing=4,gres/gpu:a100=2,gres/gpu:h100=3,gres/gpu=5", Gpus(5, "a100,h100")),
        ("gres/gpu:1g.5gb=7", Gpus(7, "1g.5gb")),
        ("gres/gpu:3090=4", Gpus(4, "3090")),
        ("PER_NODE:gpu:8", Gpus(8)),
        ("gpu:tesla:no_consume:2", Gpus(2, "tesla")),
        ("gres/gpumem=0,gres/gpuutil=50,cpu=1", NO_GPUS),
        ("shard:8(S:0-1)", NO_GPUS),
        ("gpu:a100:4,shard:16", Gpus(4, "a100")),
        ("(null)", NO_GPUS),
        ("N/A", NO_GPUS),
        ("", NO_GPUS),
    ],
)
def test_gpus_are_found_in_every_spelling(text: str, expected: Gpus):
    assert parse_gpus(text) == expected


@pytest.mark.parametrize("text", ["gpu:a:b:4", "gres/gpu=many", "gres/gpu=", "gpu::4"])
def test_a_gpu_item_of_unknown_shape_is_refused(text: str):
    with pytest.raises(ParseError, match="no count of GPUs"):
        parse_gpus(text)


def test_tres_without_a_value_is_refused():
    with pytest.raises(ParseError, match="not name=value"):
        parse_tres("cpu=1,mem")


KINDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[0-9]{1,2}gb)?", fullmatch=True).filter(
    lambda kind: kind not in ("no_consume", "one_sharing")
)


@settings(max_examples=40)
@given(st.dictionaries(KINDS, st.integers(1, 999), min_size=1, max_size=4), st.integers(0, 64))
def test_the_total_and_the_types_are_never_counted_twice(types: dict[str, int], cpus: int):
    typed = ",".join(f"gres/gpu:{kind}={number}" for kind, number in types.items())
    gres = ",".join(f"gpu:{kind}:{number}(S:0-1)" for kind, number in types.items())
    expected = Gpus(sum(types.values()), ",".join(types))
    assert parse_gpus(f"cpu={cpus},gres/gpu={expected.count},{typed}") == expected
    assert parse_gpus(f"cpu={cpus},{typed}") == expected
    assert parse_gpus(gres) == expected


@given(
    st.dictionaries(st.sampled_from(["cpu", "mem", "node", "gres/gpu", "license/matlab"]), st.integers(0, 10**9))
)
def test_tres_round_trip(parts: dict[str, int]):
    text = ",".join(f"{name}={value}" for name, value in parts.items())
    assert parse_tres(text) == {name: str(value) for name, value in parts.items()}


@given(st.text(max_size=40) | st.text(alphabet="gpures/:=,()0149KIDX-", max_size=40))
def test_any_text_is_read_or_a_parse_error(text: str):
    with contextlib.suppress(ParseError):
        assert parse_gpus(text).count >= 0
    with contextlib.suppress(ParseError):
        memory = parse_memory(text)
        assert memory is None or memory.mib >= 0
    with contextlib.suppress(ParseError):
        assert all(parse_tres(text))


@pytest.mark.parametrize("text", ["18446744073709551616.00M", "18446744073709551615", "18446744073709551614c"])
def test_memory_that_was_never_set_is_unknown(text):
    assert parse_memory(text) is None
