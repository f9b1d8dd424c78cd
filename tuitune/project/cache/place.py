"""Where what was read of a project is kept for the next time: a file of the user's cache directory."""

from __future__ import annotations

import contextlib
import os
import tempfile
from binascii import crc32
from pathlib import Path

import platformdirs

_MOST_FILES = 512
_MOST_BYTES = 256 << 20  # of all together


def columns_place(path: Path) -> Path:
    """The file of the columns of the project at `path`."""
    return _place(path, "msgpack")


def screen_place(path: Path) -> Path:
    """The file of its first screen."""
    return _place(path, "json")


def _place(path: Path, suffix: str) -> Path:
    """Another project can have the same one: the file says whose it is."""
    real = os.fsencode(os.path.realpath(path))
    name = f"{crc32(real):08x}{crc32(real[::-1]):08x}"
    return platformdirs.user_cache_path("tuitune") / "projects" / f"{name}.{suffix}"


def write_cache(place: Path, data: bytes) -> None:
    """Put `data` at `place`, whole or not at all; what was kept longest ago makes room. Nothing is said of failure."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
    except (OSError, ValueError):
        return
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.replace(temporary, place)
        _make_room(place.parent)
    except OSError:
        drop_cache(Path(temporary))


def drop_cache(place: Path) -> None:
    """What was kept there is of no use."""
    with contextlib.suppress(OSError):
        place.unlink()


def _make_room(folder: Path) -> None:
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
