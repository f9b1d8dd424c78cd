"""Reads a project from disk, and again when it has changed. Never writes, never runs code of it.

A file that cannot be read costs that file: it is named among the project's problems, and where an earlier
reading of it was whole, that stays.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.project import infer
from tuitune.project.records import TrialRecord, decode_trial
from tuitune.project.space import parse_space
from tuitune.project.trials import ENDED_STATUSES, Objective, Problem, Project, Trial

TUITUNE_FOLDER = ".tuitune"
_Stamp = tuple[int, int]  # mtime in ns, size
_FINAL_STATUSES = frozenset({"COMPLETED", "FAILED"})  # an INVALID trial may be tried again
_SWEEP_EVERY = 20  # refreshes between two looks at every file
_FRESH_S = 120.0  # a RUNNING trial whose files moved within this time is taken as alive


@dataclass(slots=True)
class _SeenFile:
    """What was last read from one file, and the state of the file then."""

    stamp: _Stamp
    record: TrialRecord | None
    problem: str | None


def is_project(path: Path) -> bool:
    """Whether keras-tuner, or a relaunch that waits for keras-tuner, has written into `path`."""
    if os.path.isfile(path / "oracle.json") or os.path.isfile(path / TUITUNE_FOLDER / "origin.json"):
        return True
    try:
        with os.scandir(path) as entries:
            return any(e.name.startswith("trial_") and os.path.isfile(f"{e.path}/trial.json") for e in entries)
    except OSError:
        return False


def open_project(path: Path, is_running: Callable[[], bool] = lambda: False) -> ProjectReader:
    """A reader of the project at `path`. Raises TuituneError where there is none."""
    try:
        if not os.path.lexists(path):
            raise TuituneError("No such path", f"{path} does not exist.", "Give the directory of a search.")
        if not path.is_dir():
            raise TuituneError("Not a directory", f"{path} is a file; a project is a directory.")
        os.listdir(path)
    except OSError as error:
        raise TuituneError("Cannot be read", f"{path}: {files.describe_os_error(error)}.") from None
    if not is_project(path):
        raise TuituneError(
            "Not a keras-tuner project",
            f"{path} holds neither oracle.json nor a trial_* directory with a trial.json.",
            "Give the directory that the tuner wrote: <directory>/<project_name>.",
        )
    return ProjectReader(path, is_running)


class ProjectReader:
    """Reads one project; keeps what it read so that a refresh reads only files that changed."""

    def __init__(self, path: Path, is_running: Callable[[], bool] = lambda: False) -> None:
        self.path = path
        self._is_running = is_running
        self._seen: dict[str, _SeenFile] = {}
        self._state_files: list[str] = []
        self._oracle: dict[str, Any] = {}
        self._oracle_problem: str | None = None
        self._oracle_stamp: _Stamp | None = None
        self._refreshes = 0
        self._shown: object = None

    def read(self) -> Project:
        """The project as it is on disk now."""
        self._scan(every_file=True)
        return self._assemble()

    def refresh(self) -> Project | None:
        """The project, or None where nothing changed since the last call.

        Trials that have ended are taken as they were, but for a look at every file now and then.
        """
        changed = self._scan(every_file=self._refreshes % _SWEEP_EVERY == 0)
        self._refreshes += 1
        going = [
            (s.record.trial_id, self._moved_lately(s.record.trial_id))
            for s in self._seen.values()
            if s.record is not None and s.record.status not in ENDED_STATUSES
        ]
        shown = (going, bool(going) and self._is_running(), self._stamp_of("facts.json"), self._stamp_of("origin.json"))
        if not changed and shown == self._shown:
            return None
        self._shown = shown
        return self._assemble()

    def _stamp_of(self, name: str) -> _Stamp | None:
        try:
            status = (self.path / TUITUNE_FOLDER / name).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def _scan(self, every_file: bool) -> bool:
        """Read what is new on disk; whether anything was."""
        folders, self._state_files = self._list()
        changed = self._read_oracle()
        every_file = every_file or changed  # the oracle is saved when a trial starts or ends, or starts all over
        for folder in folders:
            seen = self._seen.get(folder)
            final = seen is not None and seen.record is not None and seen.record.status in _FINAL_STATUSES
            if every_file or not final:
                changed = self._read_trial(folder) or changed
        for gone in self._seen.keys() - set(folders):
            del self._seen[gone]
            changed = True
        return changed

    def _list(self) -> tuple[list[str], list[str]]:
        folders: list[str] = []
        states: list[str] = []
        try:
            with os.scandir(self.path) as entries:
                for entry in entries:
                    if entry.name.startswith("trial_"):
                        folders.append(entry.name)
                    elif entry.name.endswith(".json") and entry.name != "oracle.json":
                        states.append(entry.name)
        except OSError:
            pass  # the directory vanished: an empty project, and the screen says so
        return folders, sorted(states)

    def _read_oracle(self) -> bool:
        path = self.path / "oracle.json"
        before = (self._oracle_stamp, self._oracle_problem)
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._oracle_stamp:
                self._oracle = files.read_object(path)
            self._oracle_stamp, self._oracle_problem = stamp, None
        except FileNotFoundError:
            self._oracle_stamp, self._oracle_problem = None, None
        except OSError as error:
            self._oracle_stamp, self._oracle_problem = None, files.describe_os_error(error)
        except files.UnreadableFile as error:  # the last whole state stays
            self._oracle_stamp, self._oracle_problem = None, error.problem
        return before != (self._oracle_stamp, self._oracle_problem)

    def _read_trial(self, folder: str) -> bool:
        name = f"{self.path}/{folder}/trial.json"
        seen = self._seen.get(folder)
        try:
            status = os.stat(name)
            stamp = (status.st_mtime_ns, status.st_size)
            if seen is not None and seen.stamp == stamp and seen.problem is None:
                return False
            self._seen[folder] = _SeenFile(stamp, decode_trial(Path(name), files.read_bytes(name)), None)
        except (FileNotFoundError, NotADirectoryError):
            return False  # keras-tuner makes the directory first; a plain file of that name is none of its
        except OSError as error:
            return self._keep(folder, files.describe_os_error(error))
        except files.UnreadableFile as error:
            return self._keep(folder, error.problem)
        return True

    def _keep(self, folder: str, problem: str) -> bool:
        """The file cannot be read now: what was read before stays, with the problem beside it."""
        seen = self._seen.get(folder)
        self._seen[folder] = _SeenFile(seen.stamp if seen else (0, 0), seen.record if seen else None, problem)
        return seen is None or seen.problem != problem

    def _assemble(self) -> Project:
        state_files = self._state_files
        oracle = self._oracle
        facts = files.read_object_if_there(self.path / TUITUNE_FOLDER / "facts.json") or {}
        origin = files.read_object_if_there(self.path / TUITUNE_FOLDER / "origin.json") or {}
        problems: list[Problem] = []
        if self._oracle_problem:
            problems.append(Problem("oracle.json", self._oracle_problem))
        records: dict[str, TrialRecord] = {}
        written: dict[str, float] = {}
        for folder in sorted(self._seen, key=_folder_order):
            seen = self._seen[folder]
            if seen.problem:
                problems.append(Problem(f"{folder}/trial.json", seen.problem))
            if seen.record is not None:
                records[seen.record.trial_id] = seen.record
                written[seen.record.trial_id] = seen.stamp[0] / 1e9
        hyperparameters = oracle.get("hyperparameters")
        space, unread = parse_space(hyperparameters.get("space", []) if isinstance(hyperparameters, dict) else [])
        problems += [Problem("oracle.json", text) for text in unread]
        order = _start_order(oracle, records, written)
        tuner_state = files.read_object_if_there(self.path / state_files[0]) or {} if state_files else {}
        return Project(
            path=self.path,
            trials=self._trials(order, records, written, len(state_files) <= 1),
            space=space,
            tuner=_text(facts.get("tuner_kind")) or infer.infer_tuner(oracle, tuner_state, len(records), space),
            objective=_objective(facts) or infer.infer_objective([records[trial_id] for trial_id in order]),
            max_trials=_whole(facts.get("max_trials")),
            executions_per_trial=_whole(facts.get("executions_per_trial")),
            hyperband={
                k: oracle[k] for k in ("max_epochs", "factor", "hyperband_iterations") if _is_number(oracle.get(k))
            },
            problems=tuple(problems),
            facts=facts,
            origin=origin,
            exists=bool(oracle or records),
        )

    def _trials(
        self,
        order: list[str],
        records: Mapping[str, TrialRecord],
        written: Mapping[str, float],
        one_at_a_time: bool,
    ) -> tuple[Trial, ...]:
        starts = infer.read_starts(self._oracle)
        durations = infer.infer_durations(order, starts, written, one_at_a_time)
        running = any(record.status not in ENDED_STATUSES for record in records.values()) and self._is_running()
        return tuple(
            Trial(
                *records[trial_id],
                started=starts.get(trial_id),
                duration_s=durations.get(trial_id) if records[trial_id].status in ENDED_STATUSES else None,
                active=records[trial_id].status == "RUNNING" and (running or self._moved_lately(trial_id)),
            )
            for trial_id in order
        )

    def _moved_lately(self, trial_id: str) -> bool:
        """Whether a file of the trial was written a moment ago; its checkpoint is, after each better epoch."""
        newest = 0.0
        with contextlib.suppress(OSError), os.scandir(self.path / f"trial_{trial_id}") as entries:
            for entry in entries:
                newest = max(newest, entry.stat().st_mtime)
        return time.time() - newest < _FRESH_S


def _folder_order(folder: str) -> tuple[int, float, str]:
    """trial_2 before trial_0010: ids are numbers padded to widths that vary."""
    number = folder.removeprefix("trial_")
    return (0, float(number), folder) if number.isdecimal() and len(number) < 16 else (1, 0.0, folder)


def _start_order(
    oracle: Mapping[str, Any], records: Mapping[str, TrialRecord], written: Mapping[str, float]
) -> list[str]:
    """Trial ids as they started: start_order of the oracle; else ids as numbers; else times of the files."""
    listed = oracle.get("start_order")
    order = (
        list(dict.fromkeys(item for item in listed if isinstance(item, str) and item in records))
        if isinstance(listed, list)
        else []
    )
    known = set(order)
    rest = [trial_id for trial_id in records if trial_id not in known]
    if all(trial_id.isdecimal() for trial_id in rest):
        rest.sort(key=lambda trial_id: (float(trial_id), trial_id))
    else:
        rest.sort(key=lambda trial_id: (written[trial_id], trial_id))
    return order + rest


def _objective(facts: Mapping[str, Any]) -> Objective | None:
    stored = facts.get("objective")
    if not isinstance(stored, dict):
        return None
    name, direction = stored.get("name"), stored.get("direction")
    return Objective(name, direction, False) if isinstance(name, str) and direction in ("min", "max") else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
