"""The first reading of many trials at once: whole files of trials that ended long ago, as nearly all are.

Every other file is returned undecoded: the reader then takes it by itself, with all its checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from tuitune import files
from tuitune.project.batch import Batch, TrialRecord, batch_of
from tuitune.project.keras_tuner.folders import RACY_S, Folder
from tuitune.project.keras_tuner.records import decode_trial
from tuitune.project.keras_tuner.scan import Read
from tuitune.project.keras_tuner.schema import TrialSchema
from tuitune.project.trials import FINAL_STATUSES

WORTH_A_SCHEMA = 64  # files; to make the type takes as long as to read some thirty
_SAMPLES = 8
_MOST_SCHEMAS = 8
_MOST_BAD = 3  # readings in a row of which the schema can decode no half
_NOT_DECODED = (msgspec.DecodeError, files.UnreadableFile, RecursionError, UnicodeDecodeError)

Pair = tuple[Folder, Read]


class FirstReading:
    """Takes what can be taken quickly; learns meanwhile what the files of this project have in common."""

    def __init__(self) -> None:
        self._schema: TrialSchema | None = None
        self._schemas_left = _MOST_SCHEMAS
        self._bad = 0

    def take(
        self, pairs: Iterable[Pair], count: int, names: Callable[[], Iterable[str]], now: float
    ) -> tuple[list[Folder], Batch | None, list[Pair]]:
        """The directories that were taken, what they hold, and those of the `count` pairs that were not.

        `names` gives the values that the search has, in their order.
        """
        pairs = iter(pairs)
        head = list(islice(pairs, _SAMPLES))
        if self._schema is None and self._schemas_left and count >= WORTH_A_SCHEMA:
            self._schemas_left -= 1
            self._schema = TrialSchema.of(_records(head), names())
        schema = self._schema
        if schema is not None and head:
            schema.expect(head[0][1].data)
        decode = _decode_sound if schema is None else schema.decode
        folders, found, rest, misses = _take_each(chain(head, pairs), decode, now)
        if schema is not None:
            self._learn(schema, misses, len(misses) + len(found))
        if not folders:
            return [], None, rest
        ids = [trial.trial_id for trial in found]
        return folders, batch_of(ids, found) if schema is None else schema.batch(ids, found), rest

    def _learn(self, schema: TrialSchema, misses: Sequence[Pair], count: int) -> None:
        """Look what the files have that `schema` could not decode, `misses` of `count`."""
        if self._schemas_left and len(misses) * _SAMPLES > count:
            self._schemas_left -= 1
            wider = schema.widened(_records(misses[:_SAMPLES]))
            if wider is not None:
                self._schema = wider
                return
        self._bad = self._bad + 1 if len(misses) * 2 > count else 0
        if self._bad >= _MOST_BAD:
            self._schema, self._schemas_left = None, 0


def _take_each(
    pairs: Iterable[Pair], decode: Callable[[Sequence[bytes]], Iterator[Any]], now: float
) -> tuple[list[Folder], list[Any], list[Pair], list[Pair]]:
    """Directories taken and what was decoded of them; those to look at more closely; those of them not decoded."""
    plain: list[Pair] = []
    rest: list[Pair] = []
    calm_ns = (now - RACY_S) * 1e9
    for pair in pairs:
        folder, read = pair
        is_plain = read.problem == "" and folder.row < 0 and folder.size < 0 and read.mtime_ns < calm_ns
        (plain if is_plain else rest).append(pair)
    folders, found, misses = [], [], []
    trials = _decoded([read.data for _, read in plain], decode)
    for pair, trial in zip(plain, trials, strict=True):
        folder, read = pair
        if trial is None:
            misses.append(pair)
        elif trial.status in FINAL_STATUSES and f"trial_{trial.trial_id}" == folder.name:
            folder.mtime_ns, folder.size = read.mtime_ns, read.size
            folder.is_final = folder.is_calm = folder.is_settled = True
            folders.append(folder)
            found.append(trial)
            continue
        rest.append(pair)
    return folders, found, rest, misses


def _decoded(files_read: Sequence[bytes], decode: Callable[[Sequence[bytes]], Iterator[Any]]) -> list[Any]:
    """What each file holds; None for those that cannot be decoded."""
    found: list[Any] = []
    while len(found) < len(files_read):
        try:
            found.extend(decode(files_read[len(found) :] if found else files_read))
        except _NOT_DECODED:
            found.append(None)  # those before it are in the list already
    return found


def _decode_sound(files_read: Sequence[bytes]) -> Iterator[TrialRecord]:
    """The record of each file, one after the other. Raises files.UnreadableFile at one in which anything is odd."""
    for data in files_read:
        record = decode_trial(data)
        if record.oddities:
            raise files.UnreadableFile(record.oddities[0])
        yield record


def _records(pairs: Sequence[Pair]) -> Iterator[TrialRecord]:
    """Those that can be decoded the general way."""
    for _, read in pairs:
        try:
            yield decode_trial(read.data)
        except files.UnreadableFile:
            continue
