"""Finds the projects under a directory. Loads nothing: the first frame waits for it."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tuitune.errors import TuituneError, describe_os_error
from tuitune.project.keras_tuner.recognize import is_trial
from tuitune.project.sources import is_input

_MAX_DEPTH = 5
_MAX_FOLDERS = 20_000


class Found(NamedTuple):
    """Projects in the order of their names. `is_complete`: whether the whole tree was searched."""

    paths: list[Path]
    is_complete: bool = True


def find_projects(root: Path) -> list[Path]:
    """Projects at or under `root`, at most five levels down, in the order of their names.

    Raises TuituneError where `root` is no readable directory.
    """
    return begin_search(root, math.inf).paths


def begin_search(root: Path, patience_s: float) -> Found:
    """As `find_projects`, but gives up after `patience_s` with what it has."""
    if not os.path.exists(root):
        raise TuituneError("No such path", f"{root} does not exist.", "Give a project or a directory of projects.")
    if is_input(root) and not os.path.isdir(root):
        return Found([root])
    if not os.path.isdir(root):
        raise TuituneError("Not a directory", f"{root} is a file; a project is a directory.")
    deadline = time.monotonic() + patience_s
    found: list[Path] = []
    is_complete = True
    for folder in _walk(root):
        if is_input(folder):
            found.append(folder)
        if time.monotonic() > deadline:
            is_complete = False
            break
    return Found(sorted(found, key=lambda path: (path.parent, natural(path.name))), is_complete)


def _walk(root: Path) -> Iterator[Path]:
    """Directories that may be projects, level by level, but for those of trials."""
    visited = 0
    level = [root]
    for _ in range(_MAX_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            visited += 1
            if visited > _MAX_FOLDERS:
                return
            yield folder
            below += _folders_in(folder, strict=folder == root)
        level = below


def _folders_in(folder: Path, strict: bool) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                folder / entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and not is_trial(entry)
            ]
    except (OSError, ValueError) as error:
        if strict:
            raise TuituneError("Cannot be read", f"{folder}: {describe_os_error(error)}.") from None
        return []


def natural(name: str) -> tuple[str, int]:
    """random, random-2, random-10: rounds by their number."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if stem and number.isdecimal() and len(number) < 10 else (name, 1)
