"""What has been read of a project so far: its trials as a table with their order, starts, durations, signs of life.

The reader fills it; `project` makes the value that everybody else sees.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tuitune.project.batch import Batch, TrialRecord, batch_of
from tuitune.project.keras_tuner import infer
from tuitune.project.keras_tuner.folders import Folder
from tuitune.project.keras_tuner.legacy import LegacySearch
from tuitune.project.keras_tuner.oracle import OracleState, read_starts
from tuitune.project.keras_tuner.records import as_whole
from tuitune.project.project import Project
from tuitune.project.space import parse_space, sound_space
from tuitune.project.table import Columns, TableBuilder, Trials, clock
from tuitune.project.trials import CLOSED_STATUSES, ENDED_STATUSES, FRESH_S, RUNNING, Objective, Problem

_ASK_EACH = 32  # trials that have not ended and of which each tick asks when they were last written
_FEW = 64  # changed trials up to which durations are mended one by one


class ProjectState:
    """The trials read so far. `rows[i]` is the directory of the trial in row i."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Folder] = []
        self.oddities: dict[str, tuple[str, ...]] = {}
        self.oracle = OracleState()
        self.legacy: LegacySearch | None = None
        self._table = TableBuilder()
        self._is_lent = False  # whether somebody holds the columns as they are
        self._open: set[int] = set()  # rows of trials that may be written again
        self._written: dict[Folder, float] = {}  # of those: when, by the clock of the machine that writes
        self._moved: dict[Folder, float] = {}  # and when that was seen to change, by ours: the two may differ
        self._touched: set[int] = set()  # rows whose duration has to be told anew
        self._durations = infer.Durations()
        self._starts: dict[str, str] = {}
        self._copied_until: float | None = None  # not looked at yet: it takes a walk over all trials

    @property
    def columns(self) -> Columns:
        """The table as it stands. It is not changed once it was handed out: what changes is a copy."""
        return self._table.columns

    def _own(self) -> Columns:
        """The table, to be changed."""
        if self._is_lent:
            self._table.columns, self._is_lent = self._table.columns.copy(), False
        return self._table.columns

    # ------------------------------------------------------------------------------------------ the table

    def value_names(self) -> list[str]:
        """The hyperparameters that oracle.json tells of, in the order of the space; conditions apart, each once."""
        parsed, _ = parse_space(self.oracle.space if self.oracle.space else [])
        return list(dict.fromkeys(hp.name for hp in parsed))

    def add(self, folders: Sequence[Folder], batch: Batch) -> None:
        """Trials that were read for the first time."""
        first = len(self._table)
        self._own()
        self._table.append(batch)
        self.rows += folders
        for row, folder in enumerate(folders, first):
            folder.row = row
        if not set(batch.status) <= CLOSED_STATUSES:
            self._open.update(row for row, status in enumerate(batch.status, first) if status not in CLOSED_STATUSES)
        self._touched.update(range(first, len(self._table)))

    def add_records(self, folders: Sequence[Folder], records: Sequence[TrialRecord]) -> None:
        """The same, of trials that were read one by one and may be odd."""
        self.add(folders, batch_of([folder.trial_id for folder in folders], records))
        for folder, record in zip(folders, records, strict=True):
            self._note_oddities(folder, record)

    def put(self, folder: Folder, record: TrialRecord) -> None:
        """A newer reading of a trial."""
        row = folder.row
        self._own()
        self._table.put(row, record)
        self._touched.add(row)
        self._note_oddities(folder, record)
        if record.status in CLOSED_STATUSES:
            self._open.discard(row)
        else:
            self._open.add(row)

    def _note_oddities(self, folder: Folder, record: TrialRecord) -> None:
        """Remember what in the file is not as keras-tuner writes it. A trial's id is that of its directory."""
        odd = [f"{oddity}, and was left out" for oddity in record.oddities]
        if record.trial_id != folder.trial_id:
            odd.append(f"it says that it is trial {record.trial_id!r}: copied from there?")
        self.oddities.pop(folder.name, None)
        if odd:
            self.oddities[folder.name] = tuple(odd)

    def drop(self, gone: Sequence[Folder]) -> bool:
        """Forget directories that are no more; whether there were any."""
        rows = {folder.row for folder in gone if folder.row >= 0}
        for folder in gone:
            self.oddities.pop(folder.name, None)
        if rows:
            self._arrange([row for row in range(len(self.rows)) if row not in rows])
        return bool(gone)

    def restore(self, columns: Columns, oracle: OracleState, folders: Sequence[Folder] = ()) -> None:
        """Begin with what an earlier reading kept."""
        self._table, self.rows, self.oracle = TableBuilder(columns), list(folders), oracle
        self._is_lent = True
        for row, folder in enumerate(folders):
            folder.row = row
        self._open = {row for row, status in enumerate(columns.status) if status not in CLOSED_STATUSES}
        self._starts = oracle.starts

    def _arrange(self, rows: Sequence[int]) -> None:
        self._own()
        self._table.arrange(rows)
        self.rows = [self.rows[row] for row in rows]
        for row, folder in enumerate(self.rows):
            folder.row = row
        self._open = {row for row, status in enumerate(self.columns.status) if status not in CLOSED_STATUSES}
        self._touched = set(range(len(self.rows)))

    # ----------------------------------------------------------------------------------------------- order

    def set_order(self) -> None:
        """Put the rows into the order in which the trials started."""
        ids = self.columns.trial_id
        listed = self.oracle.start_order or (self.legacy.order if self.legacy else [])
        if ids == listed:
            return
        rows = order_of(listed, ids, self.rows)
        if rows != list(range(len(ids))):
            self._arrange(rows)

    # ----------------------------------------------------------------------------------------------- times

    def set_times(self, one_at_a_time: bool) -> None:
        """Tell starts and durations of what has changed."""
        columns, starts, self._copied_until = self._own(), self.oracle.starts, None
        if starts != self._starts and len(self._touched) < len(self.rows):
            names = {trial_id for trial_id, _ in starts.items() ^ self._starts.items()}
            self._touched.update(row for row, trial_id in enumerate(columns.trial_id) if trial_id in names)
        self._starts = starts
        everything = len(self._touched) == len(self.rows)
        if everything:
            columns.started = read_starts(map(starts.get, columns.trial_id))
        else:
            for row in self._touched:
                columns.started[row : row + 1] = read_starts([starts.get(columns.trial_id[row])])
        if self.legacy:
            self.legacy.set_starts(columns)
        written = [folder.mtime_ns / 1e9 for folder in self.rows] if everything or len(self._touched) > _FEW else []
        if written:
            columns.duration_s = self._durations.all(columns, written, one_at_a_time)
        else:
            for row in self._touched | {row - 1 for row in self._touched if row}:
                start, following = [*columns.started[row : row + 2], None][:2]
                end = self.rows[row].mtime_ns / 1e9 if columns.status[row] in ENDED_STATUSES else None
                columns.duration_s[row] = self._durations.of(start, end, following, one_at_a_time)
        self._touched = set()

    def listen(self, is_running: bool, now: float) -> bool:
        """Ask the files of trials that have not ended for signs of life; whether it is another trial that runs."""
        columns = self.columns
        heard = {row: time for row, time in columns.heard.items() if row in self._open}
        for row in self._open - heard.keys():
            heard[row] = self._hear(self.rows[row], now)
        for row in sorted(self._open, key=lambda row: -heard[row])[:_ASK_EACH]:
            heard[row] = self._hear(self.rows[row], now)
        ongoing = set(self.oracle.ongoing)
        active = set()
        for row in self._open:
            ours = is_running and (not ongoing or columns.trial_id[row] in ongoing)
            moved = self._moved.get(self.rows[row], 0.0)
            if columns.status[row] != RUNNING:
                continue
            if ours or now - moved < FRESH_S:
                active.add(row)
            elif now - heard[row] < FRESH_S:
                if self._copied_until is None:
                    written = [folder.mtime_ns / 1e9 for folder in self.rows]
                    self._copied_until = self._durations.copied_until(columns, written)
                if heard[row] > self._copied_until:
                    active.add(row)
                    continue
                # The files tell when they were copied; it is known when it began, or that it did after the others.
                began = clock(columns.started[row] or max(time for time in columns.started if time is not None))
                heard[row] = heard[row] if began is None else began.timestamp()
        if len(self._written) > len(self._open):  # some have ended, or are gone
            still = {self.rows[row] for row in self._open}
            self._written = {folder: time for folder, time in self._written.items() if folder in still}
            self._moved = {folder: time for folder, time in self._moved.items() if folder in still}
        # The lists stay those that somebody may hold.
        self._table.columns = msgspec.structs.replace(columns, heard=heard, active=active)
        return active != columns.active

    @property
    def has_open(self) -> bool:
        """Whether any trial has not ended."""
        return bool(self._open)

    def _hear(self, folder: Folder, now: float) -> float:
        """When a file of the trial was last written. Our own clock notes when that is later than the time before."""
        written = self._last_written(folder)
        before = self._written.setdefault(folder, written)
        if written > before:
            self._moved[folder], self._written[folder] = now, written
        return max(before, written)  # what cannot be asked this time was there before

    def _last_written(self, folder: Folder) -> float:
        """When a file of the trial was last written; its checkpoint is, after each better epoch."""
        newest = folder.mtime_ns / 1e9
        try:
            with os.scandir(self.path / folder.name) as entries:
                for entry in entries:
                    newest = max(newest, entry.stat().st_mtime)
        except (OSError, ValueError):
            pass  # what the trial.json said is all that is known
        return newest

    # --------------------------------------------------------------------------------------------- the value

    def project(
        self,
        *,
        facts: Mapping[str, Any],
        origin: Mapping[str, Any],
        notes: Mapping[str, Any],
        tuner_state: Mapping[str, Any],
        spare_space: Callable[[], Any],
        objective: Objective | None = None,
    ) -> Project:
        """The project of what was read; most of its problems are left to the caller.

        Args:
            facts, origin, notes: the JSON objects of those names in `.tuitune`, empty where there are none.
            tuner_state: that of tuner0.json.
            spare_space: the space that something else than oracle.json tells, asked where that holds none.
            objective: what the user says now, which goes before what is written down or can be inferred.
        """
        columns, self._is_lent = self.columns, True
        oracle, legacy = self.oracle, self.legacy
        stored = oracle.space or (legacy.space if legacy else spare_space())
        parsed, unread = parse_space(stored if stored is not None else [])
        space, unsound = sound_space(parsed)
        evidence = infer.weigh_objectives(columns)
        known = objective or as_objective(notes.get("objective")) or as_objective(facts.get("objective"))
        if known is None and legacy is not None:
            known = legacy.objective(columns)
        goal = known or evidence.objective
        return Project(
            path=self.path,
            trials=Trials(columns),
            space=space,
            tuner=_text(facts.get("tuner_kind")) or infer.infer_tuner(oracle, tuner_state, len(columns.trial_id)),
            objective=goal,
            candidates=_candidates(evidence, columns) if goal is None else (),
            parts=evidence.parts,
            max_trials=as_whole(facts.get("max_trials")) or (legacy.max_trials if legacy else None),
            executions_per_trial=as_whole(facts.get("executions_per_trial")) or (legacy.executions if legacy else None),
            hyperband=dict(oracle.hyperband),
            initial_points=oracle.initial_points,
            problems=tuple(Problem("oracle.json", text) for text in (*unread, *unsound) if oracle.space or legacy),
            facts=facts,
            origin=origin,
            exists=oracle.is_there or bool(columns.trial_id),
        )


def order_of(listed: Sequence[str], ids: Sequence[str], folders: Sequence[Folder]) -> list[int]:
    """Rows as their trials started: the order that the oracle lists; else ids as numbers; else times of the files."""
    row_of = {trial_id: row for row, trial_id in enumerate(ids)}
    rows = [row_of[trial_id] for trial_id in dict.fromkeys(listed) if trial_id in row_of]
    known = set(rows)
    rest = [row for row in range(len(ids)) if row not in known]
    if all(ids[row].isdecimal() and len(ids[row]) < 1000 for row in rest):
        rest.sort(key=lambda row: (int(ids[row]), ids[row]))
    else:
        rest.sort(key=lambda row: (folders[row].mtime_ns, ids[row]))
    return rows + rest


def as_objective(stored: Any) -> Objective | None:
    """An objective that somebody wrote down."""
    if not isinstance(stored, dict):
        return None
    name, direction = stored.get("name"), stored.get("direction")
    return Objective(name, direction, False) if isinstance(name, str) and direction in ("min", "max") else None


def _candidates(evidence: infer.ObjectiveEvidence, columns: Columns) -> tuple[Objective, ...]:
    """What the objective can be, the likeliest first: what the scores allow, else every metric there is."""
    if evidence.candidates:
        return evidence.candidates
    if evidence.parts:
        return tuple(objective for objective, _ in evidence.parts)
    directions = {
        name: direction
        for shape in columns.shapes
        for name, direction in zip(shape.metrics, shape.directions, strict=True)
    }
    return tuple(Objective(name, directions[name], True) for name in columns.metrics if name in directions)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
