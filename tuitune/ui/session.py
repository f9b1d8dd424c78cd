"""The state of an opened project, in one place: what was read, the filter, the order, the draft."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuitune.analysis.columns import (
    SortKey,
    TrialColumns,
    build_columns,
    default_sort,
    filter_rows,
    sort_rows,
)
from tuitune.analysis.query import FilterError
from tuitune.analysis.vectors import compact
from tuitune.errors import TuituneError
from tuitune.project.project import Project
from tuitune.project.trials import Trial

if TYPE_CHECKING:
    from tuitune.analysis.family import FamilyColumns, Round
    from tuitune.analysis.rank_classes import Mark, RankedTrial
    from tuitune.launch.runs import RunStatus
    from tuitune.narrowing.draft import Draft, Key
    from tuitune.narrowing.estimate import Lookout
    from tuitune.narrowing.proposal import Proposal
    from tuitune.narrowing.select import Selection
    from tuitune.project.space import Hyperparameter


class Session:
    """One project on the screen. Only the project screen changes it; views read it."""

    def __init__(self, path: Path, project: Project, table: TrialColumns) -> None:
        self.path = path
        self.project = project
        self.family: Sequence[Round] = ()  # once they were asked for
        self.shows_family = False  # whether the table is to show the trials of all rounds
        self._table = table
        self._joined: FamilyColumns | None = None
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
        self.draft: Draft | None = None
        self.proposals: list[Proposal] = []
        self._ranked: list[RankedTrial] | None = None
        self._lookout: Lookout | None = None
        self._marks: dict[Key, list[Mark]] = {}
        self._selection: Selection | None = None
        self.basis = ""  # how they were chosen, in words
        self.basis_where = ""
        self.basis_top = ""
        self.basis_is_family = False  # whether they were chosen among the trials of all rounds
        self.runs: Sequence[RunStatus] = ()

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
        return self._joined if self.shows_family and self._joined is not None else self._table

    def take_family(self, rounds: Sequence[Round], joined: FamilyColumns) -> None:
        """A newer state of the rounds."""
        before = self.earlier
        self.family, self._joined = rounds, joined
        if list(map(id, before)) != list(map(id, self.earlier)):  # the draft's own project changes each second
            self._lookout = None
        if self.shows_family:
            self._apply()

    def show_family(self, on: bool) -> None:
        """Show the trials of all rounds, or of the project alone."""
        self.shows_family = on
        self._apply()

    def project_at(self, index: int | None) -> Project:
        """The project that the trial of a row belongs to."""
        if index is None or self._joined is None or not self._is_family or index >= len(self._joined):
            return self.project
        return self._joined.round_of(index).project

    @property
    def best_round(self) -> int | None:
        """The number of the round that has the best trial of the family."""
        from tuitune.analysis.family import best_round

        found = best_round(self.family, self.project.objective)
        return None if found is None else found.number

    @property
    def best_key(self) -> str | None:
        """The best trial of the table, by the name of its row."""
        if not self._is_family:
            return None if self.project.best is None else self.project.best.trial_id
        from tuitune.analysis.family import best_key

        return best_key(self.family, self.project.objective)

    def set_filter(self, text: str) -> None:
        """Filter by `text`. Where it cannot be read, the rows stay and `filter_error` says why."""
        self.where = text
        self._apply()

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
        return self.table is self._joined

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
        from tuitune.launch.runs import run_of_project

        return run_of_project(self.path, self.runs)

    @property
    def is_running(self) -> bool:
        """Whether a search of ours writes this project now."""
        run = self.run
        return run is not None and run.state == "running"

    @property
    def good(self) -> list[Trial]:
        """The trials behind the proposals, best first."""
        return [] if self._selection is None else self._selection.good

    @property
    def evidence(self) -> Sequence[Trial]:
        """The trials that the proposals were made from; those of the project where there are none."""
        selection = self._selection
        return self.project.trials if selection is None else selection.good + selection.others

    @property
    def earlier(self) -> list[Project]:
        """The rounds that this one comes from, as far as they were read, the latest first."""
        from tuitune.analysis.family import ancestors

        return ancestors(self.family, self.project)

    @property
    def chosen(self) -> list[str]:
        """Ids of the trials behind the proposals."""
        return [trial.trial_id for trial in self.good]

    def trial_at(self, index: int | None) -> Trial | None:
        """The trial of a row."""
        return None if index is None or index >= len(self.table) else self.table.trials[index]

    def marks(self, hp: Hyperparameter) -> list[Mark]:
        """Where on its scale trials were tried when the proposals were made, and how they rank."""
        from tuitune.analysis.rank_classes import marks_of, rank_trials

        objective = self.project.objective
        if self._ranked is None:
            gains = self._selection.gains if self._selection is not None else {}
            self._ranked = rank_trials(self.evidence, objective, gains) if objective is not None else []
        if hp.key not in self._marks:
            self._marks[hp.key] = marks_of(hp, self._ranked)
        return self._marks[hp.key]

    @property
    def lookout(self) -> Lookout:
        """What says of the draft what it buys, by the trials that the proposals were made from."""
        from tuitune.narrowing.estimate import Lookout

        self._lookout = self._lookout or Lookout(self.project, self.good, self.earlier)
        return self._lookout

    def make_draft(self) -> None:
        """A draft of the project's space, with proposals from what the filter leaves, or from the best."""
        from tuitune.narrowing.draft import Draft
        from tuitune.narrowing.select import propose_from, select

        project = self.project
        kept = self.draft is not None and self.draft.changes() and self.draft.parent == project.space
        if not kept:  # edits outlive a new proposal
            self.draft = Draft(project.space) if project.space else None
        self.proposals, self._selection = [], None
        self._marks.clear()
        self._ranked = self._lookout = None
        where = "" if self.filter_error else self.where
        if not project.space:
            self.basis = f"{project.name} has no search space yet: oracle.json holds none."
            return
        try:
            family = self._joined if self.shows_family else None
            selection = select(project, where, family=family)
            self.proposals = propose_from(project, selection)
            self._selection = selection
            self.basis, self.basis_where, self.basis_top = selection.description, where, ""
            self.basis_is_family = family is not None
        except TuituneError as error:
            self.basis, self.basis_where = error.message, ""


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
