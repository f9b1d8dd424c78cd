"""The trials as columns: what the table shows, what the filter can name, how rows are ordered.

Plain lists and an index order are the model; pandas is not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import ne
from typing import Any

from tuitune.analysis.query import compile_filter
from tuitune.errors import TuituneError
from tuitune.project.project import Project
from tuitune.project.space import BOOKKEEPING_PREFIX
from tuitune.project.table import clock
from tuitune.project.trials import UNREADABLE, Trial

_OPTIONAL = ("epochs", "duration", "best_step")
_PREFIXES = {"hyperparameter": "hp", "metric": "metric", "fact": "trial", "bookkeeping": "hp"}
FACT_COLUMNS = ("trial_id", "status", "score", "best_step", "epochs", "duration", "started", "message")


class Column:
    """One column: `role` is fact, hyperparameter, metric or bookkeeping; `values` has one entry a trial."""

    def __init__(self, name: str, role: str, values: Sequence[Any]) -> None:
        self.name = name
        self.role = role
        self.values = values

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

    def values(self) -> dict[str, Sequence[Any]]:
        """The values of each column by its name, for the filter."""
        return {name: column.values for name, column in self.columns.items()}


class _Starts(Sequence[Any]):
    """Start times as text, made when they are looked at."""

    def __init__(self, started: Sequence[float | None]) -> None:
        self._started = started

    def __len__(self) -> int:
        return len(self._started)

    def __getitem__(self, index: Any) -> Any:
        time = clock(self._started[index])
        return time.isoformat(" ", "seconds") if time else None


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
    return compile_filter(text, table.columns)(table.values(), rows)


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


def sort_rows(table: TrialColumns, rows: Sequence[int], keys: Sequence[SortKey]) -> list[int]:
    """`rows` ordered by `keys`, the first the most important; equal rows stay in the order started."""
    ordered = list(rows) if isinstance(rows, range) else sorted(rows)
    for key in reversed(keys):
        column = table.columns.get(key.name)
        if column is None:
            continue
        values = column.values
        there = ordered
        missing: list[int] = []
        if column.has_gaps:
            there = [index for index in ordered if (value := values[index]) is not None and value == value]
            missing = [index for index in ordered if (value := values[index]) is None or value != value]
        try:
            there = sorted(there, key=values.__getitem__, reverse=key.descending)
        except TypeError:  # words and numbers in one column
            there = sorted(there, key=lambda index: _mixed_key(values[index]), reverse=key.descending)
        ordered = there + missing
    return ordered


def _mixed_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return (0, value, "")
    return (1, 0.0, str(value))


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
