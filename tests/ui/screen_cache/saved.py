"""Projects at rest, the screens that are kept of them, and a reader that waits."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from rich.console import Console

from tests.samples import MakeProject, trial_file
from tests.ui.samples import choice_hp, float_hp
from tests.ui.screen import (
    AnyPilot,
    opened,
    settle,
    wait_for,
)
from tuitune.ui.feeds.project import Feed
from tuitune.ui.messages import AtRest
from tuitune.ui.screen_cache import SavedScreen, load_screen, stamp_of
from tuitune.ui.screens.project import ProjectScreen

SPACE = [float_hp("lr", 0.0, 1.0), choice_hp("act", "relu", "tanh")]


CONSOLE = Console(color_system="truecolor")


def small(make_project: MakeProject) -> Path:
    """Three trials whose files came to rest long ago; the best one is not the first."""
    scores = (("0", 0.5), ("1", 0.25), ("2", 0.75))
    trials = [trial_file(name, {"lr": score, "act": "relu"}, score) for name, score in scores]
    return aged(make_project(trials, SPACE))


def aged(project: Path) -> Path:
    """Let all that is there be an hour old."""
    for path in (*project.rglob("*"), project):
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 3600 * 10**9))
    return project


def kept() -> list[Path]:
    """The files that hold sights."""
    return sorted((platformdirs.user_cache_path("tuitune") / "projects").glob("*.json"))


async def see(project: Path) -> Path:
    """Open the project, leave it when its saved screen was kept; returns the file."""
    async with opened(project) as pilot:
        await wait_for(pilot, kept, "a saved screen to be kept")
    [file] = kept()
    return file


async def come_to_rest(pilot: AnyPilot) -> None:
    """Tell the screen that all was read and nothing changed."""
    screen = pilot.app.screen
    assert isinstance(screen, ProjectScreen)
    screen.post_message(AtRest(stamp_of(screen._feed.path)))
    await settle(pilot)
    writers = [worker for worker in screen.workers if worker.group == "keep"]
    if writers:
        await screen.workers.wait_for_complete(writers)


def loaded(project: Path) -> SavedScreen:
    """The saved screen that is there."""
    saved = load_screen(project)
    assert saved is not None
    return saved


def plain(saved: SavedScreen) -> dict[str, list[str]]:
    """The texts of each column."""
    return {column.name: column.cells for column in saved.columns}


@contextmanager
def reading_stopped(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is read before the event is set: the screen shows the saved, and nothing else."""
    may_read, read = threading.Event(), Feed.project
    monkeypatch.setattr(Feed, "project", lambda self: (may_read.wait(60), read(self))[1])
    try:
        yield may_read
    finally:
        may_read.set()


def rewrite_in_place(file: Path, content: dict[str, Any]) -> None:
    """As keras-tuner does: neither the directory nor the inode changes."""
    before = file.parent.stat().st_mtime_ns, file.stat().st_ino
    file.write_text(json.dumps(content))
    assert (file.parent.stat().st_mtime_ns, file.stat().st_ino) == before


def change_oracle(project: Path) -> None:
    """The search wrote its state."""
    oracle = project / "oracle.json"
    oracle.write_text(oracle.read_text() + " ")
