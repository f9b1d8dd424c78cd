"""The state of an opened project, in one place: what was read, the filter, the order, the runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuitune.analysis.columns import (
    SortKey,
    TrialColumns,
    build_columns,
    default_sort,
    filter_rows,
    sort_rows,
)
from tuitune.analysis.family import FamilyColumns, Round, ancestors, best_key, best_round
from tuitune.analysis.query import FilterError, both, condition
from tuitune.analysis.vectors import compact
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import run_of_project
from tuitune.project.project import Project
from tuitune.project.trials import ENDED_STATUSES, Trial


class Session:
    """One project on the screen. Only the project screen changes it; views read it."""

    def __init__(self, path: Path, project: Project, table: TrialColumns) -> None:
        self.path = path
        self.project = project
        self.family: Sequence[Round] = ()  # once they were asked for
        self.shows_family = False  # whether the table is to show the trials of all rounds
        self._table = table
        self.joined: FamilyColumns | None = None  # the trials of all rounds
        self.is_read = False  # whether anything was read yet
        self.where = ""
        self.filter_error = ""
        self._readable = ""  # the last filter without an error
        self.order: Sequence[int] = ()  # the rows that the filter leaves, sorted
        self.version = 0  # another whenever the table shows something else
        self.sort: tuple[SortKey, ...] | None = None  # None: not chosen by the user
        self._everything: Sequence[int] = ()  # all rows of the table `_ordered`, by `_ordered_by`
        self._ordered: TrialColumns | None = None
        self._ordered_by: tuple[SortKey, ...] = ()
        self.runs: Sequence[RunStatus] = ()
        self.log: tuple[str | None, list[str]] = None, []  # a run, and the end of what it printed

    @classmethod
    def empty(cls, path: Path) -> Session:
        """A session of which nothing has been read yet."""
        project = Project(path)
        return cls(path, project, build_columns(project))

    def take(self, project: Project, table: TrialColumns) -> None:
        """A newer state of the project; filter and order are applied to it."""
        self.project, self._table, self.is_read = project, table, True
        self._apply()

    @property
    def table(self) -> TrialColumns:
        """The trials that the table shows: of the project, or of all rounds of its family."""
        return self.joined if self.shows_family and self.joined is not None else self._table

    def take_family(self, rounds: Sequence[Round], joined: FamilyColumns) -> None:
        """A newer state of the rounds."""
        self.family, self.joined = rounds, joined
        if self.shows_family:
            self._apply()

    def show_family(self, on: bool) -> None:
        """Show the trials of all rounds, or of the project alone."""
        self.shows_family = on
        self._apply()

    def project_at(self, index: int | None) -> Project:
        """The project that the trial of a row belongs to."""
        if index is None or self.joined is None or not self._is_family or index >= len(self.joined):
            return self.project
        return self.joined.round_of(index).project

    @property
    def best_round(self) -> int | None:
        """The number of the round that has the best trial of the family."""
        found = best_round(self.family, self.project.objective)
        return None if found is None else found.number

    @property
    def best_key(self) -> str | None:
        """The best trial of the table, by the name of its row."""
        if not self._is_family:
            return None if self.project.best is None else self.project.best.trial_id
        return best_key(self.family, self.project.objective)

    def set_filter(self, text: str) -> None:
        """Filter by `text`. Where it cannot be read, the rows stay and `filter_error` says why."""
        self.where = text
        self._apply()

    def narrow_to(self, column: str, value: object) -> None:
        """Keep, of what the filter leaves, the rows with that value."""
        self.set_filter(both(self.where, condition(column, value)))

    @property
    def is_over(self) -> bool:
        """Whether every trial has ended."""
        return set(self.project.trials.columns.status) <= ENDED_STATUSES

    @property
    def is_as_opened(self) -> bool:
        """Whether filter, order and rounds are as a new screen has them."""
        return not self.where and self.sort is None and not self.shows_family

    def set_sort(self, keys: tuple[SortKey, ...]) -> None:
        """Order the rows by `keys`."""
        self.sort = keys
        self._apply()

    def toggle_sort(self, column: str, also: bool) -> None:
        """Sort by `column`, the other way, or no longer; with `also` within the columns before."""
        self.set_sort(_next_sort(self.sort_keys, column, also))

    @property
    def sort_keys(self) -> tuple[SortKey, ...]:
        """The order in force: the user's, or the best score first."""
        return default_sort(self.project) if self.sort is None else self.sort

    @property
    def _is_family(self) -> bool:
        return self.table is self.joined

    def _apply(self) -> None:
        keys = self.sort_keys
        is_same_order = self._ordered is self.table and keys == self._ordered_by
        if not is_same_order:
            self._everything = compact(sort_rows(self.table, range(len(self.table)), keys))
            self._ordered, self._ordered_by = self.table, keys
        everything = self._everything
        try:
            self.order = filter_rows(self.table, self.where, everything)
            self.filter_error, self._readable = "", self.where
        except FilterError as error:
            self.filter_error = error.message
            if is_same_order:
                return
            self.order = self._last_readable(everything)
        self.version += 1

    def _last_readable(self, everything: Sequence[int]) -> Sequence[int]:
        """What the filter left before it could not be read any more."""
        try:
            return filter_rows(self.table, self._readable, everything)
        except FilterError:  # of another table
            return everything

    @property
    def run(self) -> RunStatus | None:
        """The run that writes this project, or wrote it last."""
        if not self.runs:
            return None
        return run_of_project(self.path, self.runs)

    @property
    def is_running(self) -> bool:
        """Whether a search of ours writes this project now."""
        run = self.run
        return run is not None and run.state == "running"

    @property
    def earlier(self) -> list[Project]:
        """The rounds that this one comes from, as far as they were read, the latest first."""
        return ancestors(self.family, self.project)

    def trial_at(self, index: int | None) -> Trial | None:
        """The trial of a row."""
        return None if index is None or index >= len(self.table) else self.table.trials[index]


def _next_sort(keys: tuple[SortKey, ...], column: str, also: bool) -> tuple[SortKey, ...]:
    """Up, down, off for one column, or one of several; with `also`, among the columns before."""
    if not also and len(keys) > 1:
        return (SortKey(column),)
    old = next((key for key in keys if key.name == column), None)
    if old is None:
        new: tuple[SortKey, ...] = (SortKey(column),)
    elif not old.descending:
        new = (SortKey(column, True),)
    else:
        new = ()
    if not also:
        return new
    if old is None:
        return keys + new
    return tuple(item for key in keys for item in (new if key is old else (key,)))
