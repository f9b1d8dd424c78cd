"""The state of an opened project, in one place: what was read, the filter, the order, the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuitune.analysis.columns import (
    SortKey,
    TrialColumns,
    build_columns,
    default_sort,
    filter_rows,
    sort_rows,
)
from tuitune.analysis.query import FilterError
from tuitune.launch.runs import RunStatus, run_of_project
from tuitune.narrowing.draft import Draft
from tuitune.narrowing.propose import Proposal
from tuitune.project.project import Project
from tuitune.project.trials import Trial


@dataclass
class Session:
    """One project on the screen. Only the project screen changes it; views read it."""

    path: Path
    project: Project
    table: TrialColumns
    where: str = ""
    filter_error: str = ""
    rows: list[int] = field(default_factory=list)  # what the filter leaves, in the order started
    order: list[int] = field(default_factory=list)  # the same, sorted
    sort: tuple[SortKey, ...] | None = None  # None: not chosen by the user
    draft: Draft | None = None
    proposals: list[Proposal] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)  # ids of the trials behind the proposals
    basis: str = ""  # how they were chosen, in words
    basis_where: str = ""
    basis_top: str = ""
    runs: Sequence[RunStatus] = ()

    @classmethod
    def empty(cls, path: Path) -> Session:
        """A session of which nothing has been read yet."""
        project = Project(path)
        return cls(path, project, build_columns(project))

    def take(self, project: Project, table: TrialColumns) -> None:
        """A newer state of the project; filter and order are applied to it."""
        self.project, self.table = project, table
        self._apply()

    def set_filter(self, text: str) -> None:
        """Filter by `text`. Where it cannot be read, the rows stay and `filter_error` says why."""
        self.where = text
        self._apply()

    def set_sort(self, keys: tuple[SortKey, ...]) -> None:
        """Order the rows by `keys`."""
        self.sort = keys
        self._apply()

    @property
    def sort_keys(self) -> tuple[SortKey, ...]:
        """The order in force: the user's, or the best score first."""
        return default_sort(self.project) if self.sort is None else self.sort

    def _apply(self) -> None:
        try:
            self.rows = filter_rows(self.table, self.where)
            self.filter_error = ""
        except FilterError as error:
            self.filter_error = error.message
            self.rows = [index for index in self.rows if index < len(self.table)]
        self.order = sort_rows(self.table, self.rows, self.sort_keys)

    @property
    def run(self) -> RunStatus | None:
        """The run that writes this project, or wrote it last."""
        return run_of_project(self.path, self.runs)

    @property
    def is_running(self) -> bool:
        """Whether a search of ours writes this project now."""
        run = self.run
        return run is not None and run.state == "running"

    def trial_at(self, index: int | None) -> Trial | None:
        """The trial of a row."""
        return None if index is None or index >= len(self.table) else self.table.trials[index]
