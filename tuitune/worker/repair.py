"""Makes a project that a kill left half written one that keras-tuner can go on with.

keras-tuner writes its files in place, and does not start on one that is torn.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Set, Tuple

from tuitune import files
from tuitune.project import TUITUNE_FOLDER
from tuitune.project.own import read_own_if_there, write_own

_KEPT = "oracle.json"  # in .tuitune: the oracle's state after the last trial that began or ended


class BrokenError(Exception):
    """Nothing whole is left to go on from."""


def keep_state(project: Path) -> None:
    """Keep the oracle's state as it is now, which is whole."""
    with contextlib.suppress(OSError, files.UnreadableFile):
        data = files.read_bytes(project / "oracle.json")
        files.parse_object(data)  # of a torn one nothing could go on
        write_own(project, _KEPT, data)


def repair(project: Path, fresh: Optional[Dict[str, Any]] = None) -> List[str]:
    """Make the files of a search agree that was killed; returns what was done, in words. Raises BrokenError.

    What is torn is put aside. A trial that has ended counts as ended, whatever oracle.json says, and is not run again;
    one that has not is tried again, also where oracle.json does not know it. `fresh`: the state of an oracle that has
    not begun, in the form of this release; from it a lost oracle.json is made anew.
    """
    _sweep(project)
    trials = _read_trials(project)
    if not (project / "oracle.json").exists() and not trials:
        return []
    said: List[str] = []
    state, is_changed = _state(project, fresh, trials, said)
    torn = [trial_id for trial_id, content in trials.items() if content is None]
    listed = {str(name) for name in state.get("ongoing_trials", {}).values()} | set(state.get("start_order", []))
    lost = set(torn) | (listed - set(trials))
    for trial_id in torn:
        path = project / f"trial_{trial_id}" / "trial.json"
        os.replace(str(path), str(path.with_name("trial.json.torn")))
    failed = _close_gaps(project, state, lost, set(trials) - lost) if lost else set()
    for names, what in ((lost - failed, "tried again under the same number"), (failed, "failed from now on")):
        if names:
            said.append(f"trial {', '.join(sorted(names))}: torn or lost, and {what}")
    whole = {trial_id: content for trial_id, content in trials.items() if content is not None}
    is_changed |= bool(lost) | _agree(state, whole, said)
    if is_changed:
        files.write_atomic(project / "oracle.json", state)
    _mend_tuner(project, has_ended=bool(state.get("end_order")), said=said)
    return said


def _sweep(project: Path) -> None:
    """Remove what a kill left of files that are written whole or not at all; nobody else writes them now."""
    for path in (*project.glob(".oracle.json.*"), *(project / TUITUNE_FOLDER).glob(".*.json.*")):
        with contextlib.suppress(OSError):
            path.unlink()


def _read_trials(project: Path) -> Dict[str, Optional[Dict[str, Any]]]:
    """The content of each trial.json, by id; None where it is torn."""
    found = {}
    for path in sorted(project.glob("trial_*/trial.json")):
        content = files.read_object_if_there(path)
        found[path.parent.name[6:]] = content if content is not None and "hyperparameters" in content else None
    return found


def _state(
    project: Path, fresh: Optional[Dict[str, Any]], trials: Dict[str, Optional[Dict[str, Any]]], said: List[str]
) -> Tuple[Dict[str, Any], bool]:
    """The state to go on from, and whether it is not that of oracle.json."""
    try:
        return files.read_object(project / "oracle.json"), False
    except files.UnreadableFile as error:
        kept = read_own_if_there(project, _KEPT)
        if kept is not None:
            said.append("oracle.json was torn; its state after the last trial was put back")
            return kept, True
        if fresh is None:
            raise BrokenError(f"{project / 'oracle.json'}: {error.problem}, and no older state was kept.") from None
        said.append("oracle.json was torn or gone; it was made anew from the trials")
        state = dict(fresh)
        spaces = [content["hyperparameters"] for content in trials.values() if content is not None]
        largest = max(spaces, key=lambda space: len(space.get("space") or ()), default=None)
        if largest is not None:
            state["hyperparameters"] = {**largest, "values": {}}
        return state, True


def _agree(state: Dict[str, Any], trials: Dict[str, Dict[str, Any]], said: List[str]) -> bool:
    """Have the state know every trial, and each as what its own file says; whether that changed the state."""
    ended = set(state.get("end_order", []))
    ongoing = state.setdefault("ongoing_trials", {})
    waiting = set(state.get("retry_queue", [])) | {str(name) for name in ongoing.values()}
    unknown = [name for name in trials if name not in state.get("start_order", [])]
    finished, again = [], []
    before = dict(ongoing), list(state.get("retry_queue", [])), len(state.get("end_order", []))
    if "end_order" in state:
        state["end_order"] = list(dict.fromkeys(state["end_order"]))
    for trial_id in sorted(trials, key=lambda name: (len(name), name)):
        content = trials[trial_id]
        if trial_id in unknown:
            state.setdefault("start_order", []).append(trial_id)
            _into_bracket(state, trial_id, content)
        if content.get("status") in ("COMPLETED", "FAILED"):
            if trial_id not in ended:
                state.setdefault("end_order", []).append(trial_id)
                finished.append(trial_id)
            state["ongoing_trials"] = {k: name for k, name in state["ongoing_trials"].items() if name != trial_id}
            if trial_id in state.get("retry_queue", []):
                state["retry_queue"].remove(trial_id)
        elif trial_id not in waiting and trial_id not in ended:
            again.append(trial_id)
            if "retry_queue" in state:
                state["retry_queue"].append(trial_id)
            else:
                state["ongoing_trials"].setdefault("tuner0", trial_id)
    for names, what in ((finished, "had ended, and counts"), (again, "had not ended, and is tried again")):
        if names:
            said.append(f"trial {', '.join(names)}: {what}, though oracle.json did not say so")
    # keras-tuner saves the end of a trial before it takes it from the ongoing: that alone is a change, too.
    after = state["ongoing_trials"], list(state.get("retry_queue", [])), len(state.get("end_order", []))
    return bool(unknown or finished or again) or after != before


def _into_bracket(state: Dict[str, Any], trial_id: str, content: Dict[str, Any]) -> None:
    """Give a trial of Hyperband its place in the bracket and the rung that it was made for."""
    values = content["hyperparameters"].get("values") or {}
    number, rung, past = (values.get(f"tuner/{name}") for name in ("bracket", "round", "trial_id"))
    if "brackets" not in state or not isinstance(number, int) or not isinstance(rung, int):
        return
    bracket = next((b for b in state["brackets"] if past is not None and _holds(b, rung - 1, past)), None)
    bracket = bracket or next((b for b in state["brackets"] if b["bracket_num"] == number), None)
    if bracket is None:
        bracket = {"bracket_num": number, "rounds": [[] for _ in range(number + 1)]}
        state["brackets"].append(bracket)
        state["current_bracket"] = min(state.get("current_bracket", number), number)
    if 0 <= rung < len(bracket["rounds"]):
        bracket["rounds"][rung].append({"past_id": past, "id": trial_id})


def _holds(bracket: Dict[str, Any], rung: int, trial_id: str) -> bool:
    rounds = bracket["rounds"]
    return 0 <= rung < len(rounds) and any(info.get("id") == trial_id for info in rounds[rung])


def _mend_tuner(project: Path, has_ended: bool, said: List[str]) -> None:
    """keras-tuner goes on only where it finds the state of its tuner, and stops at a torn one; it holds nothing."""
    places = set(project.glob("tuner*.json")) | ({project / "tuner0.json"} if has_ended else set())
    for path in sorted(places):
        if files.read_object_if_there(path) is None:
            files.write_atomic(path, {})
            said.append(f"{path.name} was torn or gone; it holds nothing but that there was a tuner")


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
