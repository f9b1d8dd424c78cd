"""What the user told about a project, kept beside it in .tuitune/notes.json."""

from __future__ import annotations

from pathlib import Path

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.project.own import own_path, read_own, write_own
from tuitune.project.trials import Objective

_NOTES = "notes.json"


def parse_objective(text: str) -> Objective:
    """`val_accuracy:max` as an objective. Raises TuituneError."""
    name, colon, direction = text.rpartition(":")
    if not colon or not name or direction not in ("min", "max"):
        hint = "Write the metric, a colon, and min or max: --objective val_accuracy:max"
        raise TuituneError("Cannot read --objective", f"{text!r} is no metric with a direction.", hint, exit_code=2)
    return Objective(name, direction, inferred=False)


def remember_objective(path: Path, objective: Objective) -> bool:
    """Write down the objective of the project at `path`; whether that was possible. Other notes stay."""
    try:
        notes = read_own(path, _NOTES) if own_path(path, _NOTES).exists() else {}
        notes["objective"] = {"name": objective.name, "direction": objective.direction}
        write_own(path, _NOTES, notes)
    except (OSError, ValueError, files.UnreadableFile):
        return False
    return True
