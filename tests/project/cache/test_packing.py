"""A packed column comes back as it was, types included; whatever else is unpacked is a column or a ValueError."""

from __future__ import annotations

import struct
from array import array
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuitune.project.cache.packing import Packed, pack, unpack

NOTHING = type(None)
ANY: set[type] = {bool, int, float, str, NOTHING}
WORDS = [f"word {number}" for number in range(256)]
LARGEST = 2**63 - 1

numbers = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, -0.0, float("nan"), 1.0])
counts = st.integers() | st.sampled_from([0, 1, LARGEST, -LARGEST, LARGEST + 1, -LARGEST - 1, 10**40])
texts = st.text() | st.sampled_from(["", "\0", "a\0b", "1", "None", "half\ud83d"])
some = st.none() | st.booleans() | counts | numbers | texts
columns = st.one_of(
    *(st.lists(kind, max_size=30) for kind in (numbers, counts, st.booleans(), texts, st.none(), some)),
    *(st.lists(st.none() | kind, max_size=30) for kind in (numbers, counts, st.booleans(), texts)),
    st.lists(st.integers(0, 2) | st.booleans() | st.none() | st.sampled_from("012"), max_size=400),
    st.lists(texts, min_size=256, max_size=300, unique=True),
)

places = st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=5).map(lambda p: array("Q", p).tobytes())
packings = st.builds(
    Packed,
    kind=st.sampled_from("dqwsp") | st.text(max_size=3),
    numbers=st.binary(max_size=40) | st.lists(st.integers(0, 4), max_size=10).map(bytes),
    gaps=st.just(b"") | places | st.binary(max_size=20),
    words=st.lists(some | st.lists(st.none()) | st.dictionaries(st.text(), st.none()) | st.binary(), max_size=10),
    text=st.text(max_size=10) | st.lists(st.text(max_size=3)).map("\0".join),
)


def exact(column: list[Any]) -> list[tuple[type, object]]:
    """The column so that 1, 1.0 and True differ, 0.0 and -0.0 too, and NaN is itself."""
    return [(type(value), struct.pack("d", value) if isinstance(value, float) else value) for value in column]


def check_comes_back(column: list[Any], kind: str | None = None) -> None:
    """Packed and unpacked, the column is what it was; packed it is of that `kind`."""
    packed = pack(column)
    assert kind in (None, packed.kind)
    before = exact(column)
    assert exact(unpack(packed, ANY, len(column))) == before
    assert exact(column) == before, "packing changed it"


@given(columns)
@example([1, 1.0, True, 0, 0.0, -0.0, False, None, "1"])
def test_a_column_comes_back_with_its_types(column: list[Any]) -> None:
    """Whatever values and metrics a search can have."""
    check_comes_back(column)


@given(columns)
def test_exactly_the_types_of_a_column_have_to_be_allowed(column: list[Any]) -> None:
    """With those it has it is taken; where any of them is missing it is not."""
    types = set(map(type, column))
    assert len(unpack(pack(column), types, len(column))) == len(column)
    for missing in types:
        with pytest.raises(ValueError, match="other types"):
            unpack(pack(column), ANY - {missing}, len(column))


@given(columns)
def test_a_packed_column_comes_back_from_a_file(column: list[Any]) -> None:
    """As msgpack; what that cannot hold is refused when it is written, not when it is read."""
    try:
        data = msgspec.msgpack.encode(pack(column))
    except (OverflowError, UnicodeEncodeError):
        assert any((isinstance(value, int) and abs(value) > LARGEST) or value == "half\ud83d" for value in column)
    else:
        packed = msgspec.msgpack.decode(data, type=Packed)
        assert exact(unpack(packed, ANY, len(column))) == exact(column)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        pytest.param([0.5, float("nan"), -0.0, float("-inf")], "d", id="floats"),
        pytest.param([None, 0.5, None], "d", id="floats and gaps"),
        pytest.param([0, -5, LARGEST, -LARGEST], "q", id="whole numbers"),
        pytest.param([None, 7, None], "q", id="whole numbers and gaps"),
        pytest.param([LARGEST + 1], "w", id="one too large"),
        pytest.param([10**30 + n for n in range(300)], "p", id="many too large"),
        pytest.param([True, False, None, 1, 0, "1"], "w", id="few words, equal ones among them"),
        pytest.param([None, None], "w", id="nothing but gaps"),
        pytest.param(["a\0b", "", "a"], "w", id="few words with the separator"),
        pytest.param(WORDS[:255], "w", id="255 words"),
        pytest.param(WORDS, "s", id="256 words"),
        pytest.param([*WORDS, ""], "s", id="words and an empty one"),
        pytest.param([*WORDS, "a\0b"], "p", id="many words with the separator"),
        pytest.param([*WORDS, None], "p", id="many words and a gap"),
        pytest.param([1.0, 1, True], "p", id="floats among others"),
        pytest.param([], "p", id="empty"),
    ],
)
def test_each_kind_of_column_has_its_packing(column: list[Any], kind: str) -> None:
    """Every way of packing is taken by some column, which comes back."""
    check_comes_back(column, kind)


def test_a_column_of_few_words_takes_a_byte_a_row() -> None:
    """That is what the packing is for."""
    assert len(msgspec.msgpack.encode(pack(["relu", "tanh"] * 5_000))) < 10_100


@pytest.mark.parametrize("count", [0, 2, 4, 300])
@pytest.mark.parametrize(
    "column", [[1.5, None, 2.5], [1, None, 2], ["a", "b", "a"], [1, 1.0, "x"]], ids=["d", "q", "w", "p"]
)
def test_a_column_of_another_length_is_refused(column: list[Any], count: int) -> None:
    """A row too many or too few."""
    with pytest.raises(ValueError, match="another length"):
        unpack(pack(column), ANY, count)


def test_joined_words_of_another_length_are_refused() -> None:
    """A separator that was lost makes one word of two."""
    whole = pack(WORDS)
    broken = Packed("s", text=whole.text.replace("\0", " ", 1))
    with pytest.raises(ValueError, match="another length"):
        unpack(broken, ANY, len(WORDS))
    assert unpack(whole, ANY, len(WORDS)) == WORDS


@pytest.mark.parametrize("column", [[1.5, 2.5], [1, 2]], ids=["floats", "whole numbers"])
@pytest.mark.parametrize("lost", [1, 7, 8, 9, 16])
def test_numbers_that_were_cut_off_are_refused(column: list[Any], lost: int) -> None:
    """In the middle of a number, or of the column."""
    packed = pack(column)
    cut = msgspec.structs.replace(packed, numbers=packed.numbers[:-lost])
    with pytest.raises(ValueError, match=r"another length|multiple of item size"):
        unpack(cut, ANY, len(column))


@pytest.mark.parametrize("gaps", [b"\0", array("Q", [2]).tobytes(), array("Q", [0, 2**64 - 1]).tobytes()])
def test_gaps_that_are_nowhere_are_refused(gaps: bytes) -> None:
    """Cut off, right behind the end, and far beyond it."""
    packed = msgspec.structs.replace(pack([1.5, 2.5]), gaps=gaps)
    with pytest.raises(ValueError, match=r"beyond the end|multiple of item size"):
        unpack(packed, ANY, 2)


@pytest.mark.parametrize("words", [[], ["a"]])
def test_a_place_that_is_not_in_the_list_of_words_is_refused(words: list[str]) -> None:
    """The list lost its end."""
    with pytest.raises(ValueError, match="not in the list"):
        unpack(Packed("w", bytes([0, 1]), words=words), ANY, 2)


@pytest.mark.parametrize(
    ("column", "allowed"),
    [
        ([1, 2], {float, NOTHING}),
        ([1.0, 2.0], {int}),
        ([1.0, None], {float}),
        ([1, None], {int}),
        ([True], {int, float, str, NOTHING}),
        (["a", None], {str}),
        (WORDS, {int}),
        ([1, 1.0], {int}),
        ([1], set()),
    ],
)
def test_types_that_are_not_allowed_are_refused(column: list[Any], allowed: set[type]) -> None:
    """A bool is no number, a whole number no float, a gap nothing that comes by itself."""
    with pytest.raises(ValueError, match="other types"):
        unpack(pack(column), allowed, len(column))


@pytest.mark.parametrize("kind", ["", "x", "dd", "\0"])
@pytest.mark.parametrize("words", [[], [[]], [{}], [b"x"], ["a", ["b"]]], ids=str)
def test_an_unknown_kind_with_garbage_is_refused(kind: str, words: list[Any]) -> None:
    """Nothing that is no value gets into a column."""
    with pytest.raises(ValueError, match="column of"):
        unpack(Packed(kind, b"\1\2\3", b"\4", words, "text"), ANY, max(1, len(words)))


@given(packings, st.sets(st.sampled_from(sorted(ANY, key=str))), st.integers(-1, 12))
def test_anything_that_is_unpacked_is_a_column_as_asked_for_or_an_error(
    packed: Packed, allowed: set[type], count: int
) -> None:
    """Of that length and of these types; no other error comes out."""
    try:
        column = unpack(packed, allowed, count)
    except ValueError:
        return
    assert len(column) == count
    assert set(map(type, column)) <= allowed


@given(columns.filter(bool), st.data())
def test_a_file_that_was_damaged_in_one_place_gives_a_column_or_an_error(
    column: list[Any], data: st.DataObject
) -> None:
    """One byte of the msgpack is another."""
    try:
        stored = bytearray(msgspec.msgpack.encode(pack(column)))
    except (OverflowError, UnicodeEncodeError):
        return
    stored[data.draw(st.integers(0, len(stored) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(msgspec.msgpack.decode(stored, type=Packed), ANY, len(column))
    except (ValueError, msgspec.DecodeError):
        return
    assert len(found) == len(column)
    assert set(map(type, found)) <= ANY
