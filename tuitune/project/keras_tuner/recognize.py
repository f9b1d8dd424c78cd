"""Whether a directory is a project of keras-tuner. Loads nothing: the first frame waits for it."""

from __future__ import annotations

import os
from pathlib import Path

from tuitune.project import TUITUNE_FOLDER

SIGNS = "neither oracle.json nor a trial_* directory with a trial.json"
# What moves in a project when a search writes, or somebody says something about it; "" is the directory itself.
STAMPED = ("", "oracle.json", TUITUNE_FOLDER)


def is_project(path: Path) -> bool:
    """Whether keras-tuner, or a relaunch that waits for keras-tuner, has written into `path`."""
    try:
        if path.name == TUITUNE_FOLDER:
            return False  # a copy of the project's oracle.json is kept there
        if os.path.isfile(path / "oracle.json") or os.path.isfile(path / TUITUNE_FOLDER / "origin.json"):
            return True
        with os.scandir(path) as entries:
            return any(is_trial(entry) for entry in entries)
    except (OSError, ValueError):
        return False


def is_trial(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a directory is that of a trial."""
    return entry.name.startswith("trial_") and os.path.isfile(f"{entry.path}/trial.json")
