"""A project as a pandas DataFrame, for notebooks: `tuitune.read("my_dir/project").frame()`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuitune.analysis.columns import build_columns, filter_rows
from tuitune.project.open import open_project
from tuitune.project.project import Project

if TYPE_CHECKING:
    import pandas as pd


class Search:
    """A project that was read once. `project` holds its trials, space and problems."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def frame(self, where: str = "") -> pd.DataFrame:
        """The trials that `where` lets pass, one a row, indexed by trial id; hyperparameters, then metrics."""
        import pandas as pd

        table = build_columns(self.project)
        rows = filter_rows(table, where)
        data = {column.name: [column.values[i] for i in rows] for column in table.columns.values()}
        frame: pd.DataFrame = pd.DataFrame(data).set_index("trial_id")
        started = next(c.name for c in reversed(table.columns.values()) if c.name in ("trial:started", "started"))
        frame[started] = pd.to_datetime(frame[started])
        return frame


def read(path: str | Path) -> Search:
    """Read the project at `path`. Raises TuituneError where there is none."""
    return Search(open_project(Path(path)).read())
