"""Reads the projects under a directory for their list, outside the screen's thread."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from tuitune.errors import TuituneError
from tuitune.launch.runs import RunBook, run_of_project
from tuitune.project.discover import Found, find_projects
from tuitune.project.project import Project
from tuitune.project.sources import Source, open_source


class ListFeed:
    """The reading side of the list of projects. Its one method is called from one thread at a time."""

    def __init__(self, root: Path, found: Found) -> None:
        self._root = root
        self._paths = found.paths
        self._book: RunBook | None = None
        self._readers: dict[Path, Source] = {}
        self._shown: dict[Path, Project] = {}
        self._running: set[Path] = set()
        self._look_again = 0.0 if not found.is_complete else time.monotonic() + 1.0

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
        self._book = self._book or RunBook()
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
                self._readers[path] = open_source(path, lambda path=path: path in self._running, may_be_empty=True)  # type: ignore[misc]
            project = self._readers[path].refresh()
            self._shown[path] = self._shown[path] if project is None else project
            found.append((self._shown[path], path in self._running))
        return found
