"""Columns of a large table as numpy arrays, so that sorting or filtering 100,000 rows is done within a key press.

numpy takes longer to load than the first frame may take. So nothing here loads it but `load`, which a thread
calls when the screen stands; until then there are no vectors, and lists do the work.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

LARGE = 5_000  # rows; below, lists take no time either
_MOST_WORDS = 2_000
_EXACT = 2**53  # whole numbers below are the same as floats
_numpy: Any = None


def load() -> None:
    """Load numpy: some tenth of a second. From then on large tables have vectors."""
    global _numpy
    import numpy

    _numpy = numpy


class Numbers(NamedTuple):
    """A column of numbers, NaN where there is none."""

    numbers: Array

    def compare(self, test: Callable[[Any, Any], Any], constant: Any) -> Array | None:
        """Where `test` holds, of numbers that compare as Python's do with `constant`; None where they do not."""
        is_number = isinstance(constant, float) or (isinstance(constant, int) and abs(constant) < _EXACT)
        if not is_number or constant != constant:
            return None
        flags: Array = test(self.numbers, float(constant))
        return flags

    def ranks(self, descending: bool) -> Array:
        """Smaller for what comes first, NaN for what comes last."""
        return -self.numbers if descending else self.numbers


class Words(NamedTuple):
    """A column of few different values: which of `words` each row holds."""

    codes: Array
    words: list[Any]

    def flags(self, passing: Sequence[bool]) -> Array:
        """For each row what `passing` says of its word."""
        flags: Array = _numpy.array(passing, dtype=bool)[self.codes]
        return flags

    def ranks(self, descending: bool) -> Array:
        """Smaller for what comes first, NaN for what comes last."""
        there = [place for place, word in enumerate(self.words) if word is not None and word == word]
        ranks = _numpy.full(len(self.words), _numpy.nan)
        ranks[in_order(there, self.words.__getitem__, descending)] = _numpy.arange(len(there))
        array: Array = ranks[self.codes]
        return array


Vector = Numbers | Words


def is_ready() -> bool:
    """Whether numpy is loaded."""
    return _numpy is not None


def vector_of(values: Sequence[Any]) -> Vector | None:
    """The column `values` as a vector; None where it is too small or too motley, or numpy is not there yet."""
    if _numpy is None or len(values) < LARGE:
        return None
    return _as_numbers(values) or _as_words(values)


def _as_numbers(values: Sequence[Any]) -> Numbers | None:
    types = set(map(type, values))
    if not types <= {int, float, type(None)}:
        return None
    try:
        numbers = _numpy.array(values, dtype=float)
    except OverflowError:
        return None
    return None if int in types and (abs(numbers) >= _EXACT).any() else Numbers(numbers)


def _as_words(values: Sequence[Any]) -> Words | None:
    places: dict[Any, int] = {}
    codes = array("H")
    for value in values:
        codes.append(places.setdefault(value, len(places)))
        if len(places) > _MOST_WORDS:
            return None
    return Words(_numpy.frombuffer(codes, dtype=_numpy.uint16), list(places))


# ---------------------------------------------------------------------------------------------------- in order


def in_order(rows: Sequence[int], value: Callable[[int], Any], descending: bool) -> list[int]:
    """`rows` by their `value`, equal ones as they are; numbers before words where there are both."""
    try:
        return sorted(rows, key=value, reverse=descending)
    except TypeError:
        return sorted(rows, key=lambda row: _mixed_key(value(row)), reverse=descending)


def _mixed_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return (0, value, "")
    return (1, 0.0, str(value))


def order_by(rows: Sequence[int], vectors: Sequence[tuple[Vector, bool]]) -> array[int]:
    """`rows` by vectors, each descending or not, the first the most important; equal rows stay as they are."""
    order = _as_numpy(rows)
    for vector, descending in reversed(vectors):
        order = order[_stable_order(vector.ranks(descending)[order])]
    return _as_rows(order)


def _stable_order(ranks: Array) -> Array:
    """Positions by rank, equal ones in their order; then those without one.

    numpy's own stable sort takes thrice as long: here its fast one sorts, and then the positions among equals.
    """
    lacking = _numpy.isnan(ranks)
    if lacking.any():
        there: Array = _numpy.flatnonzero(~lacking)
        return _numpy.concatenate((there[_stable_order(ranks[there])], _numpy.flatnonzero(lacking)))  # type: ignore[no-any-return]
    order: Array = _numpy.argsort(ranks)
    ordered = ranks[order]
    is_next = ordered[1:] != ordered[:-1]
    if is_next.all():
        return order
    group = _numpy.zeros(len(order), dtype=_numpy.int64)
    _numpy.cumsum(is_next, out=group[1:])
    group *= len(order)
    places: Array = group + order
    places.sort()
    places -= group
    return places


# ------------------------------------------------------------------------------------------------------- rows

Flags = Any  # one flag a row: a sequence of bools, or an array


def both(one: Flags, other: Flags) -> Flags:
    """Where both flags are set."""
    if _are_arrays(one, other):
        return one & other
    return [first and second for first, second in zip(one, other, strict=True)]


def either(one: Flags, other: Flags) -> Flags:
    """Where one of the flags is set."""
    if _are_arrays(one, other):
        return one | other
    return [first or second for first, second in zip(one, other, strict=True)]


def neither(flags: Flags) -> Flags:
    """Where the flag is not set."""
    return ~flags if _are_arrays(flags) else [not flag for flag in flags]


def as_bools(flags: Flags) -> Sequence[bool]:
    """The flags as Python's own, to compare them with other values."""
    return flags.tolist() if _are_arrays(flags) else flags  # type: ignore[no-any-return]


def chosen(rows: Sequence[int], flags: Flags) -> Sequence[int]:
    """Those of `rows` whose flag is set, in their order."""
    if not _are_arrays(flags):
        return [row for row in rows if flags[row]]
    order = _as_numpy(rows)
    return _as_rows(order[flags[order]])


def _are_arrays(*flags: Flags) -> bool:
    return _numpy is not None and all(isinstance(each, _numpy.ndarray) for each in flags)


def _as_numpy(rows: Sequence[int]) -> Array:
    if isinstance(rows, array) and rows.typecode == "I":
        return _numpy.frombuffer(rows, dtype=_numpy.uintc)  # type: ignore[no-any-return]
    if isinstance(rows, range):
        return _numpy.arange(rows.start, rows.stop, rows.step, dtype=_numpy.uintc)  # type: ignore[no-any-return]
    return _numpy.fromiter(rows, dtype=_numpy.uintc, count=len(rows))  # type: ignore[no-any-return]


def _as_rows(order: Array) -> array[int]:
    rows = array("I")
    rows.frombytes(order.astype(_numpy.uintc).tobytes())
    return rows


def compact(rows: Sequence[int]) -> array[int]:
    """Rows in four bytes each: those of a list lie all over the memory, and gathering them would take its time."""
    return rows if isinstance(rows, array) else array("I", rows)


def position_of(row: int, rows: Sequence[int]) -> int | None:
    """Where `row` stands among `rows`; None where it does not."""
    if isinstance(rows, array):  # of which `index` would make an integer of each
        wanted, held = array(rows.typecode, [row]).tobytes(), rows.tobytes()
        start = held.find(wanted)
        while start % rows.itemsize and start >= 0:
            start = held.find(wanted, start + 1)
        return None if start < 0 else start // rows.itemsize
    try:
        return rows.index(row)
    except ValueError:
        return None
