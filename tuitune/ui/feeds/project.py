"""Reads one project, its runs, its curves and its family for the screen, outside its thread."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from tuitune.analysis import vectors
from tuitune.analysis.columns import TrialColumns, build_columns
from tuitune.analysis.family import FamilyColumns, Round
from tuitune.errors import TuituneError
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import RunBook, run_of_project
from tuitune.project.curves import Curves
from tuitune.project.project import Project
from tuitune.project.sources import CurveSource, curve_source, open_source
from tuitune.project.trials import Objective, Trial
from tuitune.ui.feeds.family import FamilyFeed
from tuitune.ui.feeds.log import log_tail
from tuitune.ui.screen_cache import save_screen, stamp_of

READ_EVERY_S = 1.0
_PATIENCE_S, _MOST_PATIENCE_S = 0.3, 3.0  # after so long what was read is shown: soon at first, then in large parts


class Feed:
    """The reading side of one project screen. Each method is called from a worker thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._curves_lock = threading.Lock()
        self.path = path
        self._runs: list[RunStatus] = []
        self._reader = open_source(path, self._is_running, may_be_empty=True)
        self._book: RunBook | None = None
        self._curves: dict[Path, CurveSource] = {}
        self._family: FamilyFeed | None = None
        self._latest: Project | None = None
        self._is_kept = True
        self._table: TrialColumns | None = None
        self._most_rows = 0
        self._patience_s = _PATIENCE_S

    def _is_running(self) -> bool:
        return self._runs_in(self.path)

    def _runs_in(self, path: Path) -> bool:
        run = run_of_project(path, self._runs)
        return run is not None and run.state == "running"

    def runs(self) -> list[RunStatus]:
        """All runs, as copies. Raises TuituneError."""
        with self._lock:
            self._book = self._book or RunBook()
            self._runs = [status.snapshot() for status in self._book.refresh()]
            return self._runs

    def log(self, run: RunStatus) -> list[str]:
        """The last lines that a run printed."""
        return log_tail(run)

    def stamp(self) -> list[int]:
        """What tells whether the project has changed, for a saved screen."""
        return stamp_of(self.path)

    def save_screen(self, data: bytes) -> None:
        """Keep a screen for the next time."""
        save_screen(self.path, data)

    def project_of_run(self, name: str) -> Path:
        """The project of the run of that name. Raises TuituneError where there is none to open."""
        run = next((run for run in self.runs() if run.run == name), None)
        if run is None:
            raise TuituneError("No such run", f"{name} cannot be found.")
        if run.project is None or not run.project.exists():
            raise TuituneError("No project", f"{name} has no project to open.")
        return run.project

    def recall(self) -> tuple[Project, TrialColumns] | None:
        """What an earlier program kept of a large project, so quickly that it need not be a thread's work."""
        project = self._reader.recall()
        return None if project is None else (project, build_columns(project))

    def project(self) -> tuple[Project, TrialColumns] | None:
        """The project and its columns, or None where nothing changed. A large one comes in parts: see `is_behind`."""
        with self._lock:
            if self._latest is not None and not self._reader.can.watch and not self.is_behind:
                return None
            project = self._reader.refresh(self._patience_s)
            self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)
            if project is None:
                self._keep()
                return None
            self._is_kept = False
            self._latest = project
            _ = project.best  # ranked here, not in the thread of the screen
            table = build_columns(project, with_unreadable=True)
            self._table, self._most_rows = table, max(self._most_rows, len(table))
            return project, table

    def family(self) -> tuple[list[Round], FamilyColumns] | None:
        """The rounds of the project's family and their trials in one table, or None where nothing changed."""
        with self._lock:
            self._family = self._family or FamilyFeed(self.path, self._runs_in)
            found = None if self._latest is None else self._family.read(self._latest)
            self._most_rows = max(self._most_rows, 0 if found is None else len(found[1]))
            return found

    def prepare(self) -> None:
        """Load what makes the keys of a large table quick. It takes a while, once."""
        if self._most_rows < vectors.LARGE or self.is_behind:
            return
        with contextlib.suppress(ImportError):  # the keys take longer, and nothing else
            vectors.load()
        if self._is_kept and self._table is not None:  # while it changes, only what a key asks for is worth it
            for column in self._table.columns.values():
                _ = column.vector

    @property
    def read_every_s(self) -> float:
        """How long to wait between two readings. FUSE and SSHFS remember for a second what they said of a file."""
        return READ_EVERY_S / 2 if self._reader.is_remote else READ_EVERY_S

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read at once."""
        return self._reader.is_behind

    def _keep(self) -> None:
        """Keep what was read once the files have come to rest."""
        if not self._is_kept:
            self._is_kept = True
            self._reader.keep()

    def say_objective(self, objective: Objective) -> bool:
        """Take the user's word for the objective; whether it could be written down."""
        with self._lock:
            self._reader.objective = objective
        return self._reader.remember_objective(objective)

    def close(self) -> None:
        """The screen is closed."""
        self._reader.close()
        if self._family is not None:
            self._family.close()

    def curves(self, project: Project, trial: Trial) -> Curves:
        """The curves of one trial."""
        with self._curves_lock:
            if project.path not in self._curves:  # one reads one project
                self._curves[project.path] = curve_source(project)
            return self._curves[project.path].read(project, trial)
