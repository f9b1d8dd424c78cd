"""Makes a project that a kill left half written one that keras-tuner can go on with.

keras-tuner writes its files in place, and does not start on one that is torn.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any, Dict, List, Set

from tuitune import files
from tuitune.project.own import read_own_if_there, write_own

_KEPT = "oracle.json"  # in .tuitune: the oracle's state after the last trial that began or ended


class BrokenError(Exception):
    """Nothing whole is left to go on from."""


def keep_state(project: Path) -> None:
    """Keep the oracle's state as it is now, which is whole."""
    with contextlib.suppress(OSError, files.UnreadableFile):
        write_own(project, _KEPT, files.read_object(project / "oracle.json"))


def repair(project: Path) -> List[str]:
    """Put aside what is torn; returns what was done, in words. Raises BrokenError."""
    if not (project / "oracle.json").exists():
        return []
    said = []
    try:
        state = files.read_object(project / "oracle.json")
    except files.UnreadableFile as error:
        kept = read_own_if_there(project, _KEPT)
        if kept is None:
            raise BrokenError(f"{project / 'oracle.json'}: {error.problem}, and no older state was kept.") from None
        state = kept
        files.write_atomic(project / "oracle.json", state)
        said.append("oracle.json was torn; its state after the last trial was put back")
    torn = [path.parent.name[6:] for path in sorted(project.glob("trial_*/trial.json")) if _is_torn(path)]
    listed = {str(trial_id) for trial_id in state.get("ongoing_trials", {}).values()} | set(
        state.get("start_order", [])
    )
    there = {path.parent.name[6:] for path in project.glob("trial_*/trial.json")}
    lost = set(torn) | (listed - there)
    if lost:
        for trial_id in torn:
            path = project / f"trial_{trial_id}" / "trial.json"
            os.replace(path, path.with_name("trial.json.torn"))
        failed = _close_gaps(project, state, lost, there - lost)
        for names, what in ((lost - failed, "tried again under the same number"), (failed, "failed from now on")):
            if names:
                said.append(f"trial {', '.join(sorted(names))}: torn or lost, and {what}")
    return said


def _is_torn(path: Path) -> bool:
    try:
        return "hyperparameters" not in files.read_object(path)
    except files.UnreadableFile:
        return True


def _close_gaps(project: Path, state: Dict[str, Any], lost: Set[str], whole: Set[str]) -> Set[str]:
    """Forget the lost trials. keras-tuner numbers by counting, so one before others stays, as failed: returns these."""
    failed = set()
    numbers = [int(name) for name in whole if name.isdecimal()]
    last = max(numbers, default=-1)
    for trial_id in sorted(lost):
        _forget(state, trial_id)
        if re.fullmatch(r"\d+", trial_id) and int(trial_id) < last:
            _write_failed(project, state, trial_id)
            failed.add(trial_id)
    files.write_atomic(project / "oracle.json", state)
    return failed


def _forget(state: Dict[str, Any], trial_id: str) -> None:
    ongoing = state.get("ongoing_trials", {})
    state["ongoing_trials"] = {tuner: name for tuner, name in ongoing.items() if name != trial_id}
    for name in ("start_order", "end_order", "retry_queue"):
        state[name] = [other for other in state.get(name, []) if other != trial_id]
    for bracket in state.get("brackets", []):
        bracket["rounds"] = [[info for info in rung if info.get("id") != trial_id] for rung in bracket["rounds"]]


def _write_failed(project: Path, state: Dict[str, Any], trial_id: str) -> None:
    space = state.get("hyperparameters", {}).get("space", [])
    folder = project / f"trial_{trial_id}"
    folder.mkdir(exist_ok=True)
    trial: Dict[str, Any] = {
        "trial_id": trial_id,
        "hyperparameters": {"space": space, "values": {}},
        "metrics": {"metrics": {}},
        "score": None,
        "best_step": 0,
        "status": "FAILED",
        "message": "Its file was torn when the search was killed.",
    }
    files.write_atomic(folder / "trial.json", trial)
    state["start_order"].append(trial_id)
    state["end_order"].append(trial_id)
