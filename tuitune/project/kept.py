"""Where what was read of a project is kept for the next time: a file of the user's cache directory."""

from __future__ import annotations

import os
from binascii import crc32
from pathlib import Path

import platformdirs


def kept_place(path: Path) -> Path:
    """The file of the project at `path`. Another project can have the same one: the file says whose it is."""
    real = os.fsencode(os.path.realpath(path))
    name = f"{crc32(real):08x}{crc32(real[::-1]):08x}"
    return platformdirs.user_cache_path("tuitune") / "projects" / f"{name}.msgpack"


def kept_bytes(path: Path) -> int:
    """How large that file is; 0 where there is none."""
    try:
        return os.stat(kept_place(path)).st_size
    except (OSError, ValueError):
        return 0
