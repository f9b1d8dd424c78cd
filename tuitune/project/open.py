"""Opens a project; where a path is none, in a sentence that says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.project.discover import is_project
from tuitune.project.reader import ProjectReader


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
