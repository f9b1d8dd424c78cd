"""Reads a project from disk, and again when it has changed. Never writes into it, never runs code of it.

A file that cannot be read costs that file: it is named among the project's problems, and where an earlier
reading of it was whole, that stays. keras-tuner writes its files in place, so a file that is found torn is read
again, and is a problem only when it stays so.
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tuitune import files
from tuitune.project import TUITUNE_FOLDER
from tuitune.project.batch import TrialRecord
from tuitune.project.keras_tuner.first_read import FirstReading
from tuitune.project.keras_tuner.folders import Folder, Folders
from tuitune.project.keras_tuner.legacy import LegacySearch, decode_legacy_trial
from tuitune.project.keras_tuner.oracle import decode_oracle
from tuitune.project.keras_tuner.problems import NO_ORACLE, find_problems
from tuitune.project.keras_tuner.records import as_mapping, decode_trial
from tuitune.project.keras_tuner.scan import Read, Scanner
from tuitune.project.keras_tuner.snapshot import FileStamps, Snapshot, load_snapshot, save_snapshot
from tuitune.project.keras_tuner.state import ProjectState
from tuitune.project.notes import remember_objective
from tuitune.project.own import read_own_if_there
from tuitune.project.project import EVERYTHING, Project
from tuitune.project.trials import FINAL_STATUSES, Objective, Problem

_BATCH = 128  # trials; what is read together stays in the processor's cache until it is in the table
_BATCH_OF_SLOW = 512  # where many files are waited for at once
_QUIET_S = 2.5  # without a change: longer than a change takes to be seen in all files, over a network
_WORTH_KEEPING = 500  # trials; fewer are read in no time


class ProjectReader:
    """Reads one project; keeps what it read so that a refresh reads only files that changed."""

    can = EVERYTHING

    def __init__(self, path: Path, is_running: Callable[[], bool] = lambda: False) -> None:
        self.path = path
        self.state = ProjectState(path)
        self.folders = Folders(str(path))
        self.oracle_file = Folder("oracle.json")
        self.objective: Objective | None = None  # what the user says now
        self._is_running = is_running
        self._scanner = Scanner(str(path))
        self._first_reading = FirstReading()
        self._snapshot: Snapshot | None = None
        self._ran = False
        self._is_quiet = False
        self._is_watching = False  # all was read once
        self._changed_at = 0.0  # since then
        self._shown: object = None

    # ---------------------------------------------------------------------------------------------- reading

    def read(self) -> Project:
        """The whole project as it is on disk now; waits a moment for files that are just being written."""
        self.refresh()
        deadline = time.monotonic() + 0.5
        while self._is_undecided() and time.monotonic() < deadline:
            time.sleep(0.02)
            self.refresh()
        self._is_quiet = True  # whatever the files say now is the answer
        for folder in (self.oracle_file, *self.folders.by_name.values()):
            folder.problem = folder.problem or folder.suspicion  # nobody will look again
        return self._assemble()

    def recall(self) -> Project | None:
        """The project as it was when it was last kept; None where nothing was. The next refresh verifies it."""
        self._snapshot = load_snapshot(self.path)
        if self._snapshot is None:
            return None
        self.state.restore(self._snapshot.columns, self._snapshot.oracle)
        return self._assemble()

    def _resume(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot: each file is looked at again, and read only where it is another than then."""
        seen = snapshot.seen()
        self._snapshot = None
        if seen is None:  # read as if nothing had been kept
            self.state = ProjectState(self.path)
            return
        columns = snapshot.columns
        stamps = zip(columns.trial_id, seen.inodes, seen.mtimes_ns, seen.sizes, strict=True)
        folders = [Folder(f"trial_{trial_id}", inode, mtime, size) for trial_id, inode, mtime, size in stamps]
        for folder, status in zip(folders, columns.status, strict=True):
            folder.is_final = folder.is_settled = folder.is_calm = status in FINAL_STATUSES
            folder.is_recalled = True
        self.folders.restore(folders, seen.state_files)
        self.state.restore(columns, seen.oracle, folders)
        self.oracle_file.mtime_ns, self.oracle_file.size = seen.oracle_stamp
        self.oracle_file.is_settled = self.oracle_file.is_calm = True

    def keep(self) -> None:
        """Keep what was read, so that the next program that opens this project shows it at once."""
        state, folders = self.state, self.state.rows
        doubtful = self.is_behind or self.oracle_file.problem or state.legacy or state.oddities
        if len(folders) < _WORTH_KEEPING or doubtful or any(f.problem for f in self.folders.by_name.values()):
            return
        seen = FileStamps(
            oracle=state.oracle,
            oracle_stamp=(self.oracle_file.mtime_ns if self.oracle_file.is_calm else 0, self.oracle_file.size),
            inodes=[folder.inode for folder in folders],
            mtimes_ns=[folder.mtime_ns if folder.is_calm else 0 for folder in folders],
            sizes=[folder.size for folder in folders],
            state_files=self.folders.state_files,
        )
        save_snapshot(self.path, state.columns, seen)

    @property
    def is_behind(self) -> bool:
        """Whether there are trials that were not read yet: the next refresh should follow at once."""
        return self._snapshot is not None or bool(self.folders.to_read)

    def _is_undecided(self) -> bool:
        return any(f.suspicion and not f.problem for f in (self.oracle_file, *self.folders.unsettled()))

    def refresh(self, patience_s: float = math.inf) -> Project | None:
        """The project, or None where nothing changed since the last call.

        After `patience_s` seconds it returns with what it has, and `is_behind` says whether there is more.
        """
        if self._snapshot is not None:
            self._resume(self._snapshot)
        now, deadline = time.time(), time.monotonic() + patience_s
        listing = self.folders.list_again(now)
        changed = listing is not None and self.state.drop(listing.gone)
        oracle_moved = self._read_oracle(now)
        changed |= oracle_moved
        happened = oracle_moved or (listing is not None and (listing.new or bool(listing.gone)))
        if happened:
            self._hear_of_trials()
        due = self.folders.unsettled(all_of_them=happened)
        swept = self.folders.sweep(now, self._scanner.stamping.call_s)
        known = list(dict.fromkeys([*due, *swept]))
        for start in range(0, len(known), _BATCH_OF_SLOW):
            changed |= self._look(known[start : start + _BATCH_OF_SLOW], now)
        while waiting := self.folders.take(_BATCH_OF_SLOW if self._scanner.reading.is_slow else _BATCH):
            changed |= self._look(waiting, now)
            if time.monotonic() > deadline:
                break
        if changed:
            self.state.set_order()
            self.state.set_times(one_at_a_time=len(self.folders.state_files) <= 1)
        if self.state.has_open or self.state.columns.heard:
            self._ran = self.state.has_open and self._is_running()
            changed |= self.state.listen(self._ran, now)
        resting = self.oracle_file.is_calm or self.oracle_file.size < 0
        if changed and self._is_watching:
            self._changed_at = now
        self._is_quiet = resting and not self.is_behind and now - self._changed_at > _QUIET_S
        self._is_watching |= not self.is_behind
        shown = (
            self._ran,
            self._is_quiet,
            self.objective,
            *(self._stamp_of(name) for name in ("facts.json", "origin.json", "notes.json")),
        )
        if not changed and shown == self._shown:
            return None
        self._shown = shown
        return self._assemble()

    @property
    def is_remote(self) -> bool:
        """Whether the project lies on something slower than a local disk."""
        return self._scanner.is_remote

    def remember_objective(self, objective: Objective) -> bool:
        """Write the user's word for the objective beside the project; whether that was possible."""
        return remember_objective(self.path, objective)

    def close(self) -> None:
        """Let go of the threads that wait for slow files."""
        self._scanner.close()

    def _stamp_of(self, name: str) -> tuple[int, int] | None:
        try:
            status = files.fresh_stat(f"{self.path}/{TUITUNE_FOLDER}/{name}")
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size

    # ------------------------------------------------------------------------------------------------ oracle

    def _read_oracle(self, now: float) -> bool:
        """Read oracle.json if it can have changed; whether that changed anything."""
        file = self.oracle_file
        problem, was_there = file.problem, file.size >= 0
        read = self._scanner.read_if_changed(
            file.name, (file.mtime_ns, file.size) if file.is_settled and not problem else None
        )
        if read is None:
            return False
        if read.problem is None:
            file.forget()
            return was_there
        if read.problem:
            file.problem = read.problem
        elif file.takes(read, now):
            file.digest = hash(read.data)
            try:
                self.state.oracle = decode_oracle(read.data)
                file.accept()
                return True
            except files.UnreadableFile as error:  # the last whole state stays
                file.suspect(error.problem, now, self._is_watching)
        else:
            file.unchanged(now, self._is_watching)
        return file.problem != problem

    def _hear_of_trials(self) -> None:
        """On a network the listing of a directory may be half a minute old; oracle.json names its trials itself."""
        oracle = self.state.oracle
        for trial_id in (*oracle.start_order[-64:], *oracle.ongoing):
            name = f"trial_{trial_id}"
            if "/" not in name and name not in self.folders.by_name and os.path.isfile(self.path / name / "trial.json"):
                self.folders.add(name)
        if "tuner.json" in self.folders.state_files:
            self.state.legacy = LegacySearch.read(self.path)
        listed = oracle.start_order or (self.state.legacy.order if self.state.legacy else [])
        if len(self.folders.to_read) > 1 and listed:
            self.folders.read_first(listed)

    # ------------------------------------------------------------------------------------------------ trials

    def _look(self, folders: list[Folder], now: float) -> bool:
        """Read those of the files that are new, not settled, or have another stamp; whether anything changed."""
        known = [folder for folder in folders if folder.is_settled and folder.size >= 0]
        if known:
            stamps = self._scanner.stamps([folder.file for folder in known])
            same = {f for f, stamp in zip(known, stamps, strict=True) if stamp == (f.mtime_ns, f.size)}
            for folder in same:
                folder.is_recalled = False
            folders = [folder for folder in folders if folder not in same]
        reads = self._scanner.read([f"{folder.name}/trial.json" for folder in folders])
        pairs: Iterable[tuple[Folder, Read]] = zip(folders, reads, strict=True)
        changed = False
        if any(folder.row < 0 for folder in folders):
            taken, batch, pairs = self._first_reading.take(pairs, len(folders), self.state.value_names, now)
            if batch is not None:
                self.state.add(taken, batch)
                changed = True
        new: list[Folder] = []
        records: list[TrialRecord] = []
        lost: list[Folder] = []  # what was kept of a file that cannot be read now says nothing
        for folder, read in pairs:
            problem = folder.problem
            record = self._take(folder, read, now)
            if record is None:
                changed |= folder.problem != problem
                if folder.is_recalled and (folder.problem or folder.size < 0):
                    lost.append(folder)
            elif folder.row < 0:
                new.append(folder)
                records.append(record)
            else:
                self.state.put(folder, record)
                changed = True
        if new:
            self.state.add_records(new, records)
        changed |= self.state.drop(lost)
        for folder in lost:
            folder.row, folder.is_recalled = -1, False
        return changed or bool(new)

    def _take(self, folder: Folder, read: Read, now: float) -> TrialRecord | None:
        """The trial that was read, where it is whole and says something new."""
        record = None
        if read.problem is None:  # keras-tuner makes the directory first; a plain file of that name is none of its
            if folder.is_recalled:
                folder.forget()
            elif folder.row >= 0:
                folder.suspect("is gone; the trial is shown as it was last read", now, False)
        elif read.problem:
            folder.problem = read.problem
        elif folder.takes(read, now):
            try:
                decoded = self._decode(folder, read.data)
                self.folders.require_own(folder, decoded.trial_id)
                record = decoded
                folder.is_final = record.status in FINAL_STATUSES
                folder.accept()
            except files.UnreadableFile as error:
                folder.suspect(error.problem, now, self._is_watching)
        else:
            folder.unchanged(now, self._is_watching)
        self.folders.settle(folder)
        if not folder.is_settled:
            folder.digest = hash(read.data)  # those that are settled are read once and never again
        return record

    def _decode(self, folder: Folder, data: bytes) -> TrialRecord:
        try:
            return decode_trial(data)
        except files.UnreadableFile:
            legacy = decode_legacy_trial(self.path / folder.name, files.parse_object(data), self.state.legacy)
            if legacy is None:
                raise
            return legacy

    # --------------------------------------------------------------------------------------------- the value

    def _spare_space(self) -> Any:
        """The space where oracle.json is torn or gone: as a search of tuitune kept it, else as a trial holds it."""
        kept = read_own_if_there(self.path, "oracle.json")
        newest = self.state.columns.trial_id[-1:]
        files_of_it = [files.read_object_if_there(self.path / f"trial_{name}" / "trial.json") for name in newest]
        for content in (kept, *files_of_it):
            space = as_mapping((content or {}).get("hyperparameters")).get("space")
            if space:
                return space
        return None

    def _has_oracle(self) -> bool:
        """Whether there is one, readable or not; releases before 1.0 wrote none."""
        there = self.state.oracle.is_there or self.state.legacy is not None
        return there or os.path.lexists(self.path / "oracle.json")

    def _assemble(self) -> Project:
        ours = {name: read_own_if_there(self.path, f"{name}.json") or {} for name in ("facts", "origin", "notes")}
        states = self.folders.state_files if self._snapshot is None else self._snapshot.state_files
        tuner_state = files.read_object_if_there(self.path / states[0]) or {} if states else {}
        project = self.state.project(
            tuner_state=tuner_state, spare_space=self._spare_space, objective=self.objective, **ours
        )
        folders = self.folders.by_name.values()
        bad = [folder for folder in folders if folder.problem]
        problems = [Problem(f.file, f.problem) for f in (self.oracle_file, *bad) if f.problem]
        problems += project.problems
        if self._is_quiet and len(project.trials) and not self._has_oracle():
            problems.append(Problem("oracle.json", NO_ORACLE))
        for name, oddities in self.state.oddities.items():
            problems.append(Problem(f"{name}/trial.json", "; ".join(oddities)))
        # While a search writes, two files are never of the same moment.
        problems += find_problems(project, list(folders), self.state.oracle, compare_files=self._is_quiet)
        return dataclasses.replace(
            project,
            problems=tuple(problems),
            unreadable=tuple((folder.trial_id, folder.problem or "") for folder in bad if folder.row < 0),
            to_read=sum(folder.row < 0 and not folder.is_gone for folder in self.folders.to_read),
        )
