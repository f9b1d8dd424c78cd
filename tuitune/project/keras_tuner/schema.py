"""The schema that the files of one search share: with it they are decoded in a third of the time, into columns.

Nearly all trials of a search hold the same values and metrics, and one number a metric. A msgspec type that names
them spares the dictionaries of each trial. A file that is any other says so, and is read the general way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from operator import attrgetter
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tuitune.project.batch import Batch, Shape, TrialRecord
from tuitune.project.keras_tuner.records import WholeNumber

_MOST_NAMES = 256  # of values, and of metrics; no search has more, and a type is no place for them
_MOST_WORDS = 10_000  # that are kept once; where there are more, there are hardly two alike
_LOOKED_AT = 16  # values of a column, for words
_SPACE, _COMMA = b'"space": ', b", "
_OPENING = b'"hyperparameters": {' + _SPACE
_NOTHING_REPEATED = (b"", 0, 0, 0)


class _Observation(msgspec.Struct, frozen=True, gc=False):
    value: tuple[float]


_NOTHING: Any = None
_NO_NUMBER = (_Observation((_NOTHING,)),)  # what no file can hold
_facts = attrgetter("status", "score", "best_step", "message")


class TrialSchema:
    """Decodes trials that hold no other values than these, and one number of each of these metrics, or none."""

    def __init__(self, values: Iterable[str], directions: Mapping[str, str]) -> None:
        """`directions`: of each metric. Raises ValueError or TypeError where no type can be made of the names."""
        self.values = tuple(values)
        self.directions = directions
        if max(len(self.values), len(directions)) > _MOST_NAMES:
            raise ValueError("too many names")
        self._words: dict[str, str] = {}
        self._known: dict[tuple[tuple[str, Any], ...], Shape] = {}
        self._decode = msgspec.json.Decoder(self._file_type()).decode
        self._repeated = _NOTHING_REPEATED

    @classmethod
    def of(cls, records: Iterable[TrialRecord], names: Iterable[str]) -> TrialSchema | None:
        """One for `records`, with values that are called `names` before all others. None where there can be none."""
        return cls._made(*_names_of(records, names, {}))

    def widened(self, records: Iterable[TrialRecord]) -> TrialSchema | None:
        """One for `records` too. None where what makes them others is nothing that a schema can tell."""
        values, directions = _names_of(records, self.values, self.directions)
        is_new = len(values) > len(self.values) or len(directions) > len(self.directions)
        return self._made(values, directions) if is_new else None

    @classmethod
    def _made(cls, values: Iterable[str], directions: Mapping[str, str]) -> TrialSchema | None:
        try:
            return cls(values, directions)
        except (ValueError, TypeError):
            return None

    def decode(self, files: Iterable[bytes]) -> Iterator[Any]:
        """The trial in each file, for `batch`. Raises msgspec.DecodeError, UnicodeDecodeError at one that is other."""
        text, begin, cut, end = self._repeated
        decode = self._decode
        for data in files:
            yield decode(data[:cut] + data[end:] if data.startswith(text, begin) else data)

    def expect(self, data: bytes) -> None:
        """Take `data` for a sample: the files that follow are likely to repeat its search space to the letter."""
        text, begin, _, _ = self._repeated
        if not data.startswith(text, begin) or text == b"":
            self._repeated = _repeated_part(data)

    def _file_type(self) -> type[msgspec.Struct]:
        scalar = WholeNumber | float | str | bool | None | UnsetType
        values = _struct("Values", dict.fromkeys(self.values, (scalar, UNSET)))
        by_direction = {direction: _metric_type(direction) for direction in self.directions.values()}
        metric = {way: (kind, kind(direction=way, observations=_NO_NUMBER)) for way, kind in by_direction.items()}
        metrics = _struct("Metrics", {name: metric[direction] for name, direction in self.directions.items()})
        # In the order in which keras-tuner writes them: what comes where it is expected is found at once.
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
            ("trial_id", str),
            ("hyperparameters", msgspec.defstruct("Hyperparameters", [("values", values)], gc=False)),
            ("metrics", msgspec.defstruct("Tracker", [("metrics", metrics)], gc=False)),
            ("score", float | None, None),
            ("best_step", WholeNumber | None, None),
            ("status", Literal["COMPLETED", "FAILED", "INVALID", "RUNNING", "STOPPED", "IDLE"]),
            ("message", str | None, None),
        ]
        return msgspec.defstruct("TrialFile", fields, kw_only=True, gc=False)

    def batch(self, ids: Sequence[str], files: Sequence[Any]) -> Batch:
        """The trials `ids`, of which `files` were decoded."""
        statuses, scores, best_steps, messages = zip(*map(_facts, files), strict=True)
        astuple = msgspec.structs.astuple
        rows = zip(*[astuple(file.hyperparameters.values) for file in files], strict=True)
        gaps = _Gaps(self._words)
        values = gaps.filled(zip(self.values, rows, strict=False), UNSET)
        rows = zip(*[astuple(file.metrics.metrics) for file in files], strict=True)
        numbers = ([metric.observations[0].value[0] for metric in column] for column in rows)
        metrics = gaps.filled(zip(self.directions, numbers, strict=False), None)
        shapes, shape = self._shapes(gaps, len(files))
        return Batch(ids, statuses, scores, best_steps, messages, values, metrics, shapes, shape)

    def _shapes(self, gaps: _Gaps, count: int) -> tuple[list[Shape], Sequence[int]]:
        """Which shapes occur, and which one each trial has."""
        if not gaps.columns:
            return [self._shape(())], [0] * count
        places: dict[tuple[int, ...], int] = {}
        shape = [places.setdefault(pattern, len(places)) for pattern in zip(*gaps.columns, strict=True)]
        columns = gaps.columns.values()
        lacking = (tuple(chain.from_iterable(compress(columns, pattern))) for pattern in places)
        return list(map(self._shape, lacking)), shape

    def _shape(self, lacking: tuple[tuple[str, Any], ...]) -> Shape:
        """The shape of a trial that has all but these (name, gap)."""
        shape = self._known.get(lacking)
        if shape is None:
            no_value = {name for name, gap in lacking if gap is UNSET}
            no_number = {name for name, gap in lacking if gap is None}
            values = tuple(name for name in self.values if name not in no_value)
            metrics = tuple(name for name in self.directions if name not in no_number)
            shape = self._known[lacking] = Shape(values, metrics, tuple(self.directions[name] for name in metrics))
        return shape


def _names_of(
    records: Iterable[TrialRecord], values: Iterable[str], directions: Mapping[str, str]
) -> tuple[dict[str, None], dict[str, str]]:
    """Names of `values` and those that the records add; the same of metrics with their directions."""
    names, ways = dict.fromkeys(values), dict(directions)
    for record in records:
        names.update(dict.fromkeys(record.values))
        for name, direction in zip(record.metrics, record.directions, strict=True):
            ways.setdefault(name, direction)
    return names, ways


class _Gaps:
    """Where columns lack a value: a byte a trial, 1 where it is lacking, and the columns that lack it there."""

    def __init__(self, words: dict[str, str]) -> None:
        """`words`: those that came before; the same word twice need not be there twice."""
        self.columns: dict[bytes, list[tuple[str, Any]]] = {}
        self._words = words

    def filled(self, columns: Iterable[tuple[str, Sequence[Any]]], gap: Any) -> dict[str, Sequence[Any]]:
        """`columns` with None for `gap`, but for those that hold nothing else."""
        filled = {}
        for name, column in columns:
            if gap in column:
                lacks = bytes([value is gap for value in column])
                self.columns.setdefault(lacks, []).append((name, gap))
                if 0 not in lacks:
                    continue
                if gap is not None:
                    column = [None if value is gap else value for value in column]
            # To look at each value would cost more than a word that is there twice.
            if str in map(type, column[:_LOOKED_AT]) and len(self._words) < _MOST_WORDS:
                keep = self._words.setdefault
                column = [keep(value, value) if type(value) is str else value for value in column]
            filled[name] = column
        return filled


def _repeated_part(data: bytes) -> tuple[bytes, int, int, int]:
    """The search space in `data`, the bytes of a trial.json, as `TrialSchema.decode` skips it.

    Gives the text of the space and of what opens the object that holds it; where that begins; and from where to
    where the space itself is. JSON without it says the same of the rest.
    """
    begin = data.find(_OPENING)
    cut = begin + len(_OPENING) - len(_SPACE)
    try:
        # What is JSON of Latin letters has a character for each byte.
        _, end = json.JSONDecoder().raw_decode(data.decode("latin-1"), cut + len(_SPACE))
    except (ValueError, RecursionError):
        return _NOTHING_REPEATED
    if begin < 0 or data[end : end + len(_COMMA)] != _COMMA:
        return _NOTHING_REPEATED
    end += len(_COMMA)
    return data[begin:end], begin, cut, end


def _metric_type(direction: str) -> type[msgspec.Struct]:
    """A metric of this direction and no other; where a file names none, it is min."""
    word: Any = Literal[direction]
    field = ("direction", word | None, None) if direction == "min" else ("direction", word)
    fields = [field, ("observations", tuple[_Observation])]
    return msgspec.defstruct("Metric", fields, kw_only=True, frozen=True, gc=False)


def _struct(name: str, fields: dict[str, tuple[Any, Any]]) -> type[msgspec.Struct]:
    """A type whose fields are called anything; of each its type and its default."""
    numbered = [(f"f{place}", kind, default) for place, (kind, default) in enumerate(fields.values())]
    rename = {f"f{place}": field for place, field in enumerate(fields)}
    return msgspec.defstruct(name, numbered, rename=rename, forbid_unknown_fields=True, gc=False)
