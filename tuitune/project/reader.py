"""Reads a project from disk, and again when it has changed. Never writes, never runs code of it.

A file that cannot be read costs that file: it is named among the project's problems, and where an earlier
reading of it was whole, that stays.
"""

from __future__ import annotations

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
_FRESH_S = 120.0  # a RUNNING trial whose files moved within this time is taken as alive


@dataclass(slots=True)
class _SeenFile:
    """What was last read from one file, and the state of the file then."""

    stamp: tuple[int, int]  # mtime in ns, size
    record: TrialRecord | None
    problem: str | None


def is_project(path: Path) -> bool:
    """Whether keras-tuner, or a relaunch that waits for keras-tuner, has written into `path`."""
    if (path / "oracle.json").is_file() or (path / TUITUNE_FOLDER / "origin.json").is_file():
        return True
    try:
        with os.scandir(path) as entries:
            return any(e.name.startswith("trial_") and Path(e.path, "trial.json").is_file() for e in entries)
    except OSError:
        return False


def open_project(path: Path, is_running: Callable[[], bool] = lambda: False) -> ProjectReader:
    """A reader of the project at `path`. Raises TuituneError where there is none."""
    try:
        if not path.exists():
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
        self._oracle: dict[str, Any] = {}
        self._oracle_problem: str | None = None
        self._oracle_stamp: tuple[int, int] | None = None
        self._last: Project | None = None

    def refresh(self) -> Project | None:
        """The project, or None where nothing changed since the last call."""
        project = self.read()
        if project == self._last:
            return None
        self._last = project
        return project

    def read(self) -> Project:
        """The project as it is on disk now."""
        trial_folders, state_files = self._list()
        self._read_oracle()
        for folder in trial_folders:
            self._read_trial(folder)
        for gone in self._seen.keys() - set(trial_folders):
            del self._seen[gone]
        return self._assemble(state_files)

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
        return folders, states

    def _read_oracle(self) -> None:
        path = self.path / "oracle.json"
        try:
            status = path.stat()
        except OSError as error:
            self._oracle_problem = None if isinstance(error, FileNotFoundError) else files.describe_os_error(error)
            self._oracle_stamp = None
            return
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._oracle_stamp:
            return
        try:
            self._oracle = files.read_object(path)
            self._oracle_problem = None
            self._oracle_stamp = stamp
        except files.UnreadableFile as error:
            self._oracle_problem = error.problem  # and the last whole state stays
            self._oracle_stamp = None

    def _read_trial(self, folder: str) -> None:
        path = self.path / folder / "trial.json"
        seen = self._seen.get(folder)
        try:
            status = os.stat(path)
        except FileNotFoundError:
            return  # keras-tuner makes the directory first
        except OSError as error:
            self._seen[folder] = _SeenFile((0, 0), None, files.describe_os_error(error))
            return
        stamp = (status.st_mtime_ns, status.st_size)
        if seen is not None and seen.stamp == stamp and seen.problem is None:
            return
        try:
            record = decode_trial(path, files.read_bytes(path))
            self._seen[folder] = _SeenFile(stamp, record, None)
        except OSError as error:
            self._keep(folder, stamp, files.describe_os_error(error))
        except files.UnreadableFile as error:
            self._keep(folder, stamp, error.problem)

    def _keep(self, folder: str, stamp: tuple[int, int], problem: str) -> None:
        seen = self._seen.get(folder)
        self._seen[folder] = _SeenFile(stamp, seen.record if seen else None, problem)

    def _assemble(self, state_files: list[str]) -> Project:
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
        folder = self.path / f"trial_{trial_id}"
        newest = 0.0
        for path in (folder, folder / "trial.json", folder / "epochs.jsonl"):
            try:
                newest = max(newest, path.stat().st_mtime)
            except OSError:
                continue
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
    order = list(dict.fromkeys(item for item in listed if item in records)) if isinstance(listed, list) else []
    rest = [trial_id for trial_id in records if trial_id not in set(order)]
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
