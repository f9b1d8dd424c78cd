"""Whether a file of a project has lost something: what keras-tuner never writes again, or only adds to.

Standard library only, for the worker's Python. A search that goes on beside us may write; it adds trials, ends the
one that runs, tries an invalid one again. What is taken from what was there is a loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.project import TUITUNE_FOLDER

_ENDED = ("COMPLETED", "FAILED", "STOPPED")
_LISTS = ("start_order", "end_order", "tried_so_far")  # of an oracle, which only grow
_USERS = "notes.json"  # in tuitune's own folder: the user may write there at any time


def is_ended(trial: Mapping[str, Any] | None) -> bool:
    """Whether nobody writes the files of a trial any more, by its trial.json."""
    return trial is not None and trial.get("status") in _ENDED


def has_lost(kept: Path, now: Path, trial: Mapping[str, Any] | None) -> bool:
    """Whether the file `now`, which differs from what it was in `kept`, has lost something.

    `trial`: the kept trial.json of the trial to which it belongs, if to one.
    """
    if now.suffix != ".json":
        return trial is None or is_ended(trial)
    old, new = files.read_object_if_there(kept), files.read_object_if_there(now)
    if old is None:  # it was torn, and that is no loss
        return False
    if new is None:
        return True
    if now.parent.name == TUITUNE_FOLDER and now.name == _USERS:
        return False
    if now.name == "trial.json":
        return _trial_has_lost(old, new)
    if now.name == "oracle.json":
        return _oracle_has_lost(old, new)
    if now.name == "origin.json":
        return old != new
    return not old.keys() <= new.keys()


def _trial_has_lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if is_ended(old):
        return old != new
    before, after = _values(old), _values(new)
    return old.get("trial_id") != new.get("trial_id") or any(after.get(name) != before[name] for name in before)


def _values(trial: Mapping[str, Any]) -> Mapping[str, Any]:
    hyperparameters = trial.get("hyperparameters")
    values = hyperparameters.get("values") if isinstance(hyperparameters, dict) else None
    return values if isinstance(values, dict) else {}


def _oracle_has_lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if not old.keys() <= new.keys():
        return True
    for name in _LISTS:
        before, after = _list(old, name), _list(new, name)
        if name == "tried_so_far":
            if not set(map(str, before)) <= set(map(str, after)):
                return True
        elif after[: len(before)] != before:
            return True
    return not all(entry in _space(new) for entry in _space(old))


def _list(oracle: Mapping[str, Any], name: str) -> list[Any]:
    value = oracle.get(name)
    return value if isinstance(value, list) else []


def _space(oracle: Mapping[str, Any]) -> list[Any]:
    hyperparameters = oracle.get("hyperparameters")
    return _list(hyperparameters, "space") if isinstance(hyperparameters, dict) else []
