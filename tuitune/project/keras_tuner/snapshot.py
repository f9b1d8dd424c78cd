"""What was read of a large project, kept in the user's cache directory, so that it is shown at once the next time.

A snapshot is only ever a first sight: the reader looks at every file's time and size behind it. Where anything
about it is in doubt it is thrown away.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from tuitune import files
from tuitune.project.batch import Shape
from tuitune.project.cache.packing import Packed, pack, unpack
from tuitune.project.cache.place import columns_place, drop_cache, write_cache
from tuitune.project.keras_tuner.oracle import OracleState
from tuitune.project.table import Columns

_FORMAT = 3

_TEXT: set[type] = {str}
_NUMBER: set[type] = {float, type(None)}
_VALUE: set[type] = {bool, int, float, str, type(None)}
_TYPES: dict[str, set[type]] = {
    "trial_id": _TEXT,
    "status": _TEXT,
    "score": _NUMBER,
    "best_step": {int, type(None)},
    "message": {str, type(None)},
    "started": _NUMBER,
    "duration_s": _NUMBER,
    "shape": {int},
}


class FileStamps(msgspec.Struct):
    """What the next reading goes on from: oracle.json, and the state of each file when it was read.

    A stamp of a file is its modification time (ns) and size.
    """

    oracle: OracleState
    oracle_stamp: tuple[int, int]
    inodes: list[int]
    mtimes_ns: list[int]
    sizes: list[int]
    state_files: list[str]


class _Stored(msgspec.Struct):
    """The file. `identity` is the device and inode of the project's directory.

    `seen` is not looked into before the screen stands, nor is `oracle` more than what it needs.
    """

    path: str
    identity: tuple[int, int]
    count: int
    facts: dict[str, Packed]
    shapes: list[Shape]
    values: dict[str, Packed]
    metrics: dict[str, Packed]
    heard: dict[int, float]
    active: set[int]
    oracle: OracleState
    state_files: list[str]
    seen: msgspec.Raw
    byteorder: str = sys.byteorder
    format: int = _FORMAT

    def columns(self) -> Columns:
        """The table. Raises ValueError where it is not whole."""
        facts = {name: unpack(self.facts.get(name, Packed("p")), types, self.count) for name, types in _TYPES.items()}
        columns = Columns(
            **facts,
            shapes=self.shapes,
            values={name: unpack(column, _VALUE, self.count) for name, column in self.values.items()},
            metrics={name: unpack(column, _NUMBER, self.count) for name, column in self.metrics.items()},
            heard=self.heard,
            active=self.active,
        )
        known_rows = all(0 <= row < self.count for row in (*columns.heard, *columns.active))
        if not (known_rows and all(map(self._has_shape, set(columns.shape)))):
            raise ValueError("rows or shapes that are not there")
        return columns

    def _has_shape(self, number: int) -> bool:
        if not 0 <= number < len(self.shapes):
            return False
        shape = self.shapes[number]
        known = self.values.keys() >= set(shape.values) and self.metrics.keys() >= set(shape.metrics)
        return known and len(shape.metrics) == len(shape.directions)


class Snapshot:
    """The table of one project as it was kept, and what the next reading goes on from."""

    def __init__(self, stored: _Stored) -> None:
        self.columns = stored.columns()
        self.oracle = stored.oracle
        self.state_files = stored.state_files
        self._seen = stored.seen

    def seen(self) -> FileStamps | None:
        """What was seen of the files; None where that is damaged."""
        try:
            seen = msgspec.msgpack.decode(self._seen, type=FileStamps)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return None
        count = len(self.columns.trial_id)
        return seen if all(len(column) == count for column in (seen.inodes, seen.mtimes_ns, seen.sizes)) else None


def identity_of(path: Path) -> tuple[int, int]:
    """What tells a directory from another that was put in its place. Raises OSError."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def load_snapshot(path: Path) -> Snapshot | None:
    """The snapshot of the project at `path`; None where there is none that can be trusted."""
    try:
        place = columns_place(path)
        data = files.read_bytes(place)
    except (OSError, ValueError):
        return None
    try:
        stored = msgspec.msgpack.decode(data, type=_Stored)
        ours = (_FORMAT, sys.byteorder, os.path.realpath(path), identity_of(path))
        if (stored.format, stored.byteorder, stored.path, stored.identity) == ours:
            return Snapshot(stored)
    except (msgspec.DecodeError, OSError, ValueError, RecursionError):
        pass
    drop_cache(place)
    return None


def save_snapshot(path: Path, columns: Columns, seen: FileStamps) -> None:
    """Keep what was read for the next time. Where that cannot be done, the next time takes longer, and no more."""
    try:
        data = msgspec.msgpack.encode(_stored(path, columns, seen))
    except (OSError, ValueError, OverflowError, TypeError):
        return
    write_cache(columns_place(path), data)


def _stored(path: Path, columns: Columns, seen: FileStamps) -> _Stored:
    return _Stored(
        path=os.path.realpath(path),
        identity=identity_of(path),
        count=len(columns.trial_id),
        facts={name: pack(getattr(columns, name)) for name in _TYPES},
        shapes=columns.shapes,
        values={name: pack(column) for name, column in columns.values.items()},
        metrics={name: pack(column) for name, column in columns.metrics.items()},
        heard=columns.heard,
        active=columns.active,
        oracle=msgspec.structs.replace(seen.oracle, start_order=[], starts={}),
        state_files=seen.state_files,
        seen=msgspec.Raw(msgspec.msgpack.encode(seen)),
    )
