"""The trials as columns: what the table shows, what the filter can name, how rows are ordered.

Plain lists and an index order are the model; pandas is not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import ne
from typing import Any

from tuitune.analysis.masks import MaskColumns
from tuitune.analysis.query import compile_filter
from tuitune.analysis.vectors import Vector, in_order, is_ready, order_by, vector_of
from tuitune.errors import TuituneError
from tuitune.project.project import Project
from tuitune.project.space import BOOKKEEPING_PREFIX
from tuitune.project.table import clock
from tuitune.project.trials import UNREADABLE, Trial

_OPTIONAL = ("epochs", "duration", "best_step")
_PREFIXES = {"hyperparameter": "hp", "metric": "metric", "fact": "trial", "bookkeeping": "hp"}


class Column:
    """One column: `role` is fact, hyperparameter, metric or bookkeeping; `values` has one entry a trial."""

    def __init__(self, name: str, role: str, values: Sequence[Any]) -> None:
        self.name = name
        self.role = role
        self.values = values
        self._vector: Vector | None = None
        self._is_asked = False

    @property
    def vector(self) -> Vector | None:
        """The same as a vector; None where there is none, or not yet."""
        if not self._is_asked and is_ready() and not isinstance(self.values, _Starts):
            self._vector, self._is_asked = vector_of(self.values), True
        return self._vector

    @property
    def sort_vector(self) -> Vector | None:
        """A vector in the same order as the column; times are no text there."""
        return vector_of(self.values.ranks()) if isinstance(self.values, _Starts) else self.vector

    @cached_property
    def is_number(self) -> bool:
        """Whether every value that is there is a number."""
        return set(map(type, self.values)) <= {int, float, type(None)}

    @cached_property
    def has_gaps(self) -> bool:
        """Whether a trial has no value, or NaN."""
        return None in self.values or any(map(ne, self.values, self.values))

    @cached_property
    def is_empty(self) -> bool:
        """Whether no trial has a value."""
        return all(value is None for value in self.values)


class TrialColumns:
    """The trials of a project as columns, in the order in which they started; last those that cannot be read."""

    def __init__(self, trials: Sequence[Trial], columns: dict[str, Column]) -> None:
        self.trials = trials
        self.columns = columns

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def keys(self) -> Sequence[str]:
        """The trial ids, which name each row for good."""
        return self.columns["trial_id"].values

    def for_filter(self) -> MaskColumns:
        """The columns as a filter takes them."""
        values = {name: column.values for name, column in self.columns.items()}
        return MaskColumns(values, len(self), lambda name: self.columns[name].vector)


class _Starts(Sequence[Any]):
    """Start times as text, made when they are looked at. `ranks` are numbers in the same order."""

    def __init__(self, started: Sequence[float | None]) -> None:
        self._started = started

    def __len__(self) -> int:
        return len(self._started)

    def __getitem__(self, index: Any) -> Any:
        time = clock(self._started[index])
        return time.isoformat(" ", "seconds") if time else None

    def ranks(self) -> list[float | None]:
        """Whole seconds: what reads alike is equal."""
        return [None if started is None else started // 1 for started in self._started]


def build_columns(project: Project, *, with_unreadable: bool = False) -> TrialColumns:
    """Columns in the order of the table: facts, hyperparameters in the order of the space, metrics, the rest.

    Where two are called alike, the one that comes second is found under a prefix: `hp:`, `metric:` or `trial:`.
    `with_unreadable` adds a row for each trial whose file tells nothing.
    """
    trials, stored = project.trials, project.trials.columns
    columns: dict[str, Column] = {}
    unreadable = [Trial(trial_id, UNREADABLE, message=text) for trial_id, text in project.unreadable]
    lost: list[Trial] = unreadable if with_unreadable else []

    def add(name: str, role: str, values: Sequence[Any], of_lost: Sequence[Any] = ()) -> None:
        while name in columns:
            name = f"{_PREFIXES[role]}:{name}"
        if lost:
            values = [*values, *(of_lost or [None] * len(lost))]
        columns[name] = Column(name, role, values)

    add("trial_id", "fact", stored.trial_id, [trial.trial_id for trial in lost])
    add("status", "fact", trials.shown_status(), [trial.status for trial in lost])
    add("score", "fact", stored.score)
    nothing: list[Any] = [None] * len(trials)
    names = dict.fromkeys([*(hp.name for hp in project.space), *stored.values])
    for name in names:
        if not name.startswith(BOOKKEEPING_PREFIX):
            add(name, "hyperparameter", stored.values.get(name, nothing))
    for name, values in stored.metrics.items():
        add(name, "metric", values)
    add("epochs", "fact", trials.epochs())
    add("best_step", "fact", stored.best_step)
    add("duration", "fact", stored.duration_s)
    add("started", "fact", _Starts(stored.started))
    add("message", "fact", stored.message, [trial.message for trial in lost])
    for name in names:
        if name.startswith(BOOKKEEPING_PREFIX):
            add(name, "bookkeeping", stored.values.get(name, nothing))
    return TrialColumns([*trials, *lost] if lost else trials, columns)


def filter_rows(table: TrialColumns, text: str, rows: Sequence[int] | None = None) -> Sequence[int]:
    """Those of `rows` that the filter lets pass, in their order; by default of all, in the order started.

    Raises query.FilterError.
    """
    rows = range(len(table)) if rows is None else rows
    if not text.strip():
        return rows
    return compile_filter(text, table.columns)(table.for_filter(), rows)


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by. Missing values and NaN come last either way."""

    name: str
    descending: bool = False


def parse_sort(text: str, table: TrialColumns) -> tuple[SortKey, ...]:
    """`score,-lr`: columns separated by commas, a minus for descending. Raises TuituneError."""
    keys = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        descending = part.startswith("-") and part not in table.columns
        name = (part[1:] if descending else part).strip("`")
        if name not in table.columns:
            known = ", ".join(list(table.columns)[:20])
            raise TuituneError("Cannot sort", f"there is no column {name!r}.", f"Columns: {known}", exit_code=2)
        keys.append(SortKey(name, descending))
    return tuple(keys)


def sort_rows(table: TrialColumns, rows: Sequence[int], keys: Sequence[SortKey]) -> Sequence[int]:
    """`rows` ordered by `keys`, the first the most important; equal rows stay in the order started."""
    started: Sequence[int] = rows if isinstance(rows, range) else sorted(rows)
    known = [(table.columns[key.name], key.descending) for key in keys if key.name in table.columns]
    vectors = [(vector, descending) for column, descending in known if (vector := column.sort_vector) is not None]
    if len(vectors) == len(known) > 0:
        return order_by(started, vectors)
    ordered = list(started)
    for column, descending in reversed(known):
        values = column.values
        missing: list[int] = []
        if column.has_gaps:
            missing = [index for index in ordered if (value := values[index]) is None or value != value]
            ordered = [index for index in ordered if (value := values[index]) is not None and value == value]
        ordered = in_order(ordered, values.__getitem__, descending) + missing
    return ordered


def default_sort(project: Project) -> tuple[SortKey, ...]:
    """Best score first, where the direction is known; else the order started.

    Where only some scores are the objective's, its own metric says which trials are good.
    """
    if project.objective is None:
        return ()
    name = project.objective.name if project.parts else "score"
    return (SortKey(name, project.objective.direction == "max"),)


def default_visible(table: TrialColumns) -> list[str]:
    """Columns that the table shows unasked: no bookkeeping, no message, no empty fact."""
    return [
        column.name
        for column in table.columns.values()
        if column.role != "bookkeeping"
        and not (column.role == "fact" and column.name.removeprefix("trial:") in ("message", "started"))
        and not (column.role == "fact" and column.name in _OPTIONAL and column.is_empty)
    ]
