"""The trials as columns: what the table shows, what the filter can name, how rows are ordered.

Plain lists and an index order are the model; pandas is not needed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuitune.analysis.query import compile_filter
from tuitune.errors import TuituneError
from tuitune.project.space import BOOKKEEPING_PREFIX
from tuitune.project.trials import Project, Trial

_OPTIONAL = ("epochs", "duration", "best_step")
_PREFIXES = {"hyperparameter": "hp", "metric": "metric", "fact": "trial", "bookkeeping": "hp"}
FACT_COLUMNS = ("trial_id", "status", "score", "best_step", "epochs", "duration", "started", "message")


@dataclass(frozen=True)
class Column:
    """One column: `role` is fact, hyperparameter, metric or bookkeeping; `values` has one entry a trial."""

    name: str
    role: str
    values: list[Any]

    @property
    def is_number(self) -> bool:
        """Whether every value that is there is a number."""
        return all(v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in self.values)


@dataclass(frozen=True)
class TrialColumns:
    """The trials of a project as columns, in the order in which they started."""

    trials: tuple[Trial, ...]
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.trials)

    def row(self, index: int) -> Mapping[str, Any]:
        """The values of one trial by column name, for the filter."""
        return _Row(self.columns, index)


class _Row(Mapping[str, Any]):
    """A view of one row, so that a filter touches only the columns that it names."""

    __slots__ = ("_columns", "_index")

    def __init__(self, columns: Mapping[str, Column], index: int) -> None:
        self._columns = columns
        self._index = index

    def __getitem__(self, name: str) -> Any:
        return self._columns[name].values[self._index]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def build_columns(project: Project) -> TrialColumns:
    """Columns in the order of the table: facts, hyperparameters in the order of the space, metrics, the rest.

    Where two are called alike, the one that comes second is found under a prefix: `hp:`, `metric:` or `trial:`.
    """
    trials = project.trials
    columns: dict[str, Column] = {}

    def add(name: str, role: str, values: list[Any]) -> None:
        while name in columns:
            name = f"{_PREFIXES[role]}:{name}"
        columns[name] = Column(name, role, values)

    add("trial_id", "fact", [t.trial_id for t in trials])
    add("status", "fact", [t.shown_status for t in trials])
    add("score", "fact", [t.score for t in trials])
    names = dict.fromkeys(hp.name for hp in project.space)
    metrics: dict[str, None] = {}
    for trial in trials:
        names.update(dict.fromkeys(trial.values))
        metrics.update(dict.fromkeys(trial.metrics))
    for name in names:
        if not name.startswith(BOOKKEEPING_PREFIX):
            add(name, "hyperparameter", [t.values.get(name) for t in trials])
    for name in metrics:
        add(name, "metric", [t.metrics.get(name) for t in trials])
    add("epochs", "fact", [t.epochs for t in trials])
    add("best_step", "fact", [t.best_step for t in trials])
    add("duration", "fact", [t.duration_s for t in trials])
    add("started", "fact", [t.started.isoformat(" ", "seconds") if t.started else None for t in trials])
    add("message", "fact", [t.message for t in trials])
    for name in names:
        if name.startswith(BOOKKEEPING_PREFIX):
            add(name, "bookkeeping", [t.values.get(name) for t in trials])
    return TrialColumns(trials, columns)


def filter_rows(table: TrialColumns, text: str) -> list[int]:
    """Indices of the trials that the filter lets pass, in the order started. Raises query.FilterError."""
    if not text.strip():
        return list(range(len(table)))
    predicate = compile_filter(text, table.columns)
    return [index for index in range(len(table)) if predicate(table.row(index))]


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
    ordered = sorted(rows)
    for key in reversed(keys):
        column = table.columns.get(key.name)
        if column is None:
            continue
        values = column.values
        there = [index for index in ordered if not _is_missing(values[index])]
        missing = [index for index in ordered if _is_missing(values[index])]
        try:
            there.sort(key=values.__getitem__, reverse=key.descending)
        except TypeError:  # words and numbers in one column
            there.sort(key=lambda index: _mixed_key(values[index]), reverse=key.descending)
        ordered = there + missing
    return ordered


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _mixed_key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return (0, float(value), "")
    return (1, 0.0, str(value))


def default_sort(project: Project) -> tuple[SortKey, ...]:
    """Best score first, where the direction is known; else the order started."""
    if project.objective is None:
        return ()
    return (SortKey("score", project.objective.direction == "max"),)


def default_visible(table: TrialColumns) -> list[str]:
    """Columns that the table shows unasked: no bookkeeping, no message, no empty fact."""
    return [
        column.name
        for column in table.columns.values()
        if column.role != "bookkeeping"
        and not (column.role == "fact" and column.name.removeprefix("trial:") in ("message", "started"))
        and not (column.role == "fact" and all(v is None for v in column.values) and column.name in _OPTIONAL)
    ]
