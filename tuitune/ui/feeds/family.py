"""Reads the other rounds of a project's family for the screen, outside its thread, while somebody looks at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tuitune.analysis.family import FamilyColumns, Round, arrange, join_rounds
from tuitune.project.project import Project
from tuitune.project.rounds import family
from tuitune.project.sources import Source, open_source


class FamilyFeed:
    """The rounds beside one project. Its one method is called from one thread at a time."""

    def __init__(self, path: Path, is_running: Callable[[Path], bool]) -> None:
        self._own = path.resolve()
        self._is_running = is_running
        self._paths: list[Path] = []
        self._look_again = 0.0
        self._readers: dict[Path, Source] = {}
        self._read: dict[Path, Project] = {}
        self._shown: list[Project] = []

    def read(self, own: Project) -> tuple[list[Round], FamilyColumns] | None:
        """All rounds, `own` among them as it was read last; None where nothing changed since the last call."""
        self._look()
        projects = [own if path == self._own else self._refresh(path) for path in self._paths]
        if len(projects) == len(self._shown) and all(a is b for a, b in zip(projects, self._shown, strict=True)):
            return None
        self._shown = projects
        rounds = arrange(projects)
        return rounds, join_rounds(rounds, own.objective, with_unreadable=True)

    def _look(self) -> None:
        """Search for new rounds, but at most a twentieth of the time: there may be many projects."""
        began = time.monotonic()
        if began >= self._look_again:
            self._paths = family(self._own)
            now = time.monotonic()
            self._look_again = now + 20 * (now - began)

    def _refresh(self, path: Path) -> Project:
        reader = self._readers.get(path)
        if reader is None:
            reader = self._readers[path] = open_source(path, lambda: self._is_running(path), may_be_empty=True)
        newer = reader.refresh()
        if newer is not None:
            self._read[path] = newer
        return self._read[path]

    def close(self) -> None:
        """The screen is closed."""
        for reader in self._readers.values():
            reader.close()
