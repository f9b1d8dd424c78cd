"""Finds the projects under a directory."""

from __future__ import annotations

import os
from pathlib import Path

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.project.open import is_project

_MAX_DEPTH = 5
_MAX_FOLDERS = 20_000


def find_projects(root: Path) -> list[Path]:
    """Projects at or under `root`, at most five levels down, in the order of their names.

    Raises TuituneError where `root` is no readable directory.
    """
    if not os.path.exists(root):
        raise TuituneError("No such path", f"{root} does not exist.", "Give a project or a directory of projects.")
    if not os.path.isdir(root):
        raise TuituneError("Not a directory", f"{root} is a file; a project is a directory.")
    found: list[Path] = []
    visited = 0
    level = [root]
    for _ in range(_MAX_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            visited += 1
            if visited > _MAX_FOLDERS:
                return sorted(found)
            if is_project(folder):
                found.append(folder)
            below += _folders_in(folder, strict=folder == root)
        level = below
    return sorted(found, key=lambda path: (path.parent, _natural(path.name)))


def _folders_in(folder: Path, strict: bool) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                folder / entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and not (entry.name.startswith("trial_") and os.path.isfile(f"{entry.path}/trial.json"))
            ]
    except OSError as error:
        if strict:
            raise TuituneError("Cannot be read", f"{folder}: {files.describe_os_error(error)}.") from None
        return []


def _natural(name: str) -> tuple[str, int]:
    """random, random-2, random-10: rounds by their number."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if stem and number.isdecimal() and len(number) < 10 else (name, 1)
