"""Reads projects, runs and logs for the screen, outside its thread. No widget is touched here."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

from tuitune.analysis.columns import TrialColumns, build_columns
from tuitune.analysis.text import printable_lines
from tuitune.errors import TuituneError
from tuitune.launch.runs import RunBook, RunStatus, log_path, run_of_project
from tuitune.project.curves import CurveReader, Curves
from tuitune.project.discover import find_projects
from tuitune.project.project import Project
from tuitune.project.reader import ProjectReader
from tuitune.project.trials import Trial

_LOG_BYTES = 16_000
_LOG_LINES = 200


class Feed:
    """The reading side of one project screen. Each method is called from a worker thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._curves_lock = threading.Lock()
        self._book = RunBook()
        self._path = path
        self._runs: list[RunStatus] = []
        self._reader = ProjectReader(path, self._is_running)
        self._curves = CurveReader()

    def _is_running(self) -> bool:
        run = run_of_project(self._path, self._runs)
        return run is not None and run.state == "running"

    def runs(self) -> list[RunStatus]:
        """All runs, as copies. Raises TuituneError."""
        with self._lock:
            self._runs = [status.snapshot() for status in self._book.refresh()]
            return self._runs

    def project(self) -> tuple[Project, TrialColumns] | None:
        """The project and its columns, or None where nothing changed."""
        with self._lock:
            project = self._reader.refresh()
            return None if project is None else (project, build_columns(project))

    def curves(self, project: Project, trial: Trial) -> Curves:
        """The curves of one trial."""
        with self._curves_lock:
            return self._curves.read(project, trial)


def log_tail(run: RunStatus) -> list[str]:
    """The last lines that the training process printed; its progress bars count as the line they end on."""
    path = log_path(run)
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    lines = [line.replace("\b", "").rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")]
    return [part for line in lines[-_LOG_LINES:] for part in (printable_lines(line) or [""])]


class ListFeed:
    """The reading side of the list of projects. Its one method is called from one thread at a time."""

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self._root = root
        self._paths = paths
        self._book = RunBook()
        self._readers: dict[Path, ProjectReader] = {}
        self._running: set[Path] = set()
        self._look_again = 0.0

    def projects(self) -> list[tuple[Project, bool]]:
        """Each project under the root, and whether a run of ours writes it now.

        The tree is searched for new ones, but at most a twentieth of the time.
        """
        began = time.monotonic()
        if began >= self._look_again:
            with contextlib.suppress(TuituneError):  # the root vanished: the list stays as it was
                self._paths = find_projects(self._root)
            now = time.monotonic()
            self._look_again = now + 20 * (now - began)
        try:
            runs = self._book.refresh()
        except TuituneError:
            runs = []
        found = []
        for path in self._paths:
            run = run_of_project(path, runs)
            if run is not None and run.state == "running":
                self._running.add(path)
            else:
                self._running.discard(path)
            if path not in self._readers:
                self._readers[path] = ProjectReader(path, lambda path=path: path in self._running)  # type: ignore[misc]
            found.append((self._readers[path].read(), path in self._running))
        return found
