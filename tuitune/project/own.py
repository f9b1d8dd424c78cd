"""What tuitune keeps in a project: the JSON files of its `.tuitune`. Standard library only: the worker uses it, too.

A project may come from anywhere. Where its `.tuitune`, or a file in it, is a link, it leads to what is not the
project's: nothing is read there as the project's word, and nothing is written.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.project import TUITUNE_FOLDER


def own_path(project: Path, name: str) -> Path:
    """Where the file `name` of `project` lies. Raises OSError where a link leads elsewhere."""
    folder = project / TUITUNE_FOLDER
    for place in (folder, folder / name):
        if os.path.islink(place):
            raise OSError(errno.ELOOP, "is a link, and what it leads to is not the project's", str(place))
    return folder / name


def read_own(project: Path, name: str) -> dict[str, Any]:
    """The JSON object of that file. Raises files.UnreadableFile."""
    try:
        return files.read_object(own_path(project, name))
    except (OSError, ValueError) as error:
        raise files.UnreadableFile(getattr(error, "strerror", None) or str(error)) from None


def read_own_if_there(project: Path, name: str) -> dict[str, Any] | None:
    """As `read_own`, or None where there is no such file or it cannot be used."""
    try:
        return read_own(project, name)
    except files.UnreadableFile:
        return None


def write_own(project: Path, name: str, value: Any) -> None:
    """Write that file, and make `.tuitune` where it is missing; bytes as they are. Raises OSError."""
    place = own_path(project, name)
    place.parent.mkdir(exist_ok=True)
    if isinstance(value, bytes):
        files.write_bytes_atomic(place, value)
    else:
        files.write_atomic(place, value)
