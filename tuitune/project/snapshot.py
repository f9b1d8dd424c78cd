"""What was read of a large project, kept in the user's cache directory, so that it is shown at once the next time.

A snapshot is only ever a first sight: the reader looks at every file's time and size behind it. Where anything
about it is in doubt it is thrown away.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

from tuitune import files
from tuitune.project.kept import kept_place
from tuitune.project.oracle import OracleState
from tuitune.project.table import Columns

_FORMAT = 1
_MOST_FILES = 64
_MOST_BYTES = 256 << 20  # of all snapshots together


class Snapshot(msgspec.Struct):
    """The table of one project, and the state of each file when it was read.

    `identity` is the device and inode of the project's directory, a stamp a file's modification time (ns) and size.
    """

    path: str
    identity: tuple[int, int]
    oracle: OracleState
    oracle_stamp: tuple[int, int]
    columns: Columns
    inodes: list[int]
    mtimes_ns: list[int]
    sizes: list[int]
    state_files: list[str]
    format: int = _FORMAT

    @property
    def is_whole(self) -> bool:
        """Whether all columns have one entry a trial."""
        count = len(self.columns.trial_id)
        lists = [*self.columns.lists(), self.inodes, self.mtimes_ns, self.sizes]
        rows = {*self.columns.heard, *self.columns.active, 0}
        shapes = set(self.columns.shape)
        return (
            all(len(column) == count for column in lists)
            and max(rows) <= count
            and min(rows) >= 0
            and all(0 <= number < len(self.columns.shapes) for number in shapes)
            and all(self._has_columns(number) for number in shapes)
        )

    def _has_columns(self, number: int) -> bool:
        shape = self.columns.shapes[number]
        known = self.columns.values.keys() >= set(shape.values) and self.columns.metrics.keys() >= set(shape.metrics)
        return known and len(shape.metrics) == len(shape.directions)


def identity_of(path: Path) -> tuple[int, int]:
    """What tells a directory from another that was put in its place. Raises OSError."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def load_snapshot(path: Path) -> Snapshot | None:
    """The snapshot of the project at `path`; None where there is none that can be trusted."""
    try:
        place = kept_place(path)
        data = files.read_bytes(place)
    except (OSError, ValueError):
        return None
    try:
        snapshot = msgspec.msgpack.decode(data, type=Snapshot)
        trusted = snapshot.format == _FORMAT and snapshot.path == os.path.realpath(path) and snapshot.is_whole
        if trusted and snapshot.identity == identity_of(path):
            return snapshot
    except (msgspec.DecodeError, OSError, ValueError, RecursionError):
        pass
    with contextlib.suppress(OSError):
        os.unlink(place)
    return None


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Keep `snapshot` for the next time. Where that cannot be done, the next time takes longer, and no more."""
    try:
        place = kept_place(path)
        data = msgspec.msgpack.encode(snapshot)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    except (OSError, ValueError, OverflowError, TypeError):
        return
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, place)
        _make_room(place.parent)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _make_room(folder: Path) -> None:
    """Forget the snapshots that were written longest ago, where there are too many."""
    kept: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat()
            kept.append((status.st_mtime, status.st_size, entry.path))
    kept.sort(reverse=True)
    total = 0
    for number, (_, size, name) in enumerate(kept):
        total += size
        if number >= _MOST_FILES or total > _MOST_BYTES:
            os.unlink(name)
