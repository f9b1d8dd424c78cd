"""A column as bytes that become a list again in no time: arrays of numbers, few words by their place in a list.

What a column holds comes back with its types, NaN and None included.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

_MOST_WORDS = 255
_LARGEST = 2**63 - 1
_SEPARATOR = "\0"


class Packed(msgspec.Struct, array_like=True):
    """A packed column. `kind` says how to read it:

    `d` floats and `q` whole numbers in `numbers`, with None in the places `gaps`; `w` places in `words`, a byte each;
    `s` texts joined in `text`; `p` plain in `words`.
    """

    kind: str
    numbers: bytes = b""
    gaps: bytes = b""
    words: list[Any] = []
    text: str = ""


def pack(values: Sequence[Any]) -> Packed:
    """The column `values` of None, bool, int, float and str, packed."""
    types = set(map(type, values))
    without_gaps = types - {type(None)}
    if without_gaps == {float} or (without_gaps == {int} and all(abs(v) <= _LARGEST for v in values if v is not None)):
        kind, zero = ("d", 0.0) if float in types else ("q", 0)
        gaps: array[int] = array("Q")
        if type(None) in types:
            gaps.extend(place for place, value in enumerate(values) if value is None)
            values = [zero if value is None else value for value in values]
        return Packed(kind, array(kind, values).tobytes(), gaps.tobytes())
    if float not in types:  # of those that are equal not all are the same
        words = {(type(value), value): place for place, value in enumerate(values)} if len(types) < 5 else {}
        if 0 < len(words) <= _MOST_WORDS:
            places = {word: place for place, word in enumerate(words)}
            numbers = bytes(places[type(value), value] for value in values)
            return Packed("w", numbers, words=[value for _, value in words])
    if types == {str} and not any(_SEPARATOR in value for value in values):
        return Packed("s", text=_SEPARATOR.join(values))
    return Packed("p", words=list(values))


def unpack(packed: Packed, allowed: Collection[type], count: int) -> list[Any]:
    """The column of `count` values that was packed. Raises ValueError where it is none, or holds other types."""
    if packed.kind in ("d", "q"):
        numbers: array[Any] = array(packed.kind)
        numbers.frombytes(packed.numbers)
        values = numbers.tolist()
        _set_gaps(values, packed.gaps)
        types: set[type] = {float if packed.kind == "d" else int}
        if packed.gaps:
            types.add(type(None))
    elif packed.kind == "s":
        values, types = packed.text.split(_SEPARATOR), {str}
    else:
        types = set(map(type, packed.words))
        values = packed.words
        if packed.kind == "w":
            if packed.numbers and max(packed.numbers) >= len(values):
                raise ValueError("a word that is not in the list")
            values = list(map(values.__getitem__, packed.numbers))
    if len(values) != count:
        raise ValueError("a column of another length")
    if values and not types <= set(allowed):
        raise ValueError("a column of other types")
    return values


def _set_gaps(values: list[Any], gaps: bytes) -> None:
    places: array[int] = array("Q")
    places.frombytes(gaps)
    for place in places:
        if place >= len(values):
            raise ValueError("a gap beyond the end")
        values[place] = None
