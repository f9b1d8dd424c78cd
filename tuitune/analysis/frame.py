"""A project as a pandas DataFrame, for notebooks: `tuitune.read("my_dir/project").frame()`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuitune.analysis.columns import TrialColumns, build_columns, filter_rows
from tuitune.analysis.family import join_rounds, read_family
from tuitune.project.project import Project
from tuitune.project.sources import open_source

if TYPE_CHECKING:
    import pandas as pd


class Search:
    """A project that was read once. `project` holds its trials, space and problems."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def frame(self, where: str = "", *, rounds: bool = False) -> pd.DataFrame:
        """The trials that `where` lets pass, one a row, indexed by trial id; hyperparameters, then metrics.

        `rounds`: those of all rounds of the family, with a column for the round; `2/06` is trial 06 of round 2.
        """
        import pandas as pd

        if rounds:
            table: TrialColumns = join_rounds(read_family(self.project), self.project.objective)
        else:
            table = build_columns(self.project)
        rows = filter_rows(table, where)
        data = {column.name: [column.values[i] for i in rows] for column in table.columns.values()}
        frame: pd.DataFrame = pd.DataFrame(data).set_index("trial_id")
        started = next(c.name for c in reversed(table.columns.values()) if c.name in ("trial:started", "started"))
        frame[started] = pd.to_datetime(frame[started])
        return frame


def read(path: str | Path) -> Search:
    """Read the project at `path`. Raises TuituneError where there is none."""
    return Search(open_source(Path(path)).read())
