"""The trials of a project as columns, and one trial when somebody asks for it.

A search of a hundred thousand trials is a dozen lists; a Trial is made for the row that is looked at. The
columns are also what a snapshot keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import Any, overload

import msgspec

from tuitune.project.batch import Batch, Shape, TrialRecord, batch_of
from tuitune.project.trials import CLOSED_STATUSES, ENDED_STATUSES, INTERRUPTED, RUNNING, Trial

EPOCH = datetime(1970, 1, 1)


class Columns(msgspec.Struct):
    """One entry a trial in every list, in the order in which the trials started.

    `started` is in seconds since 1970 on the clock that the searching machine showed. `values` and `metrics` hold
    None where a trial has no such entry; its shape tells that from a None that was stored. `heard` (row: seconds
    since 1970) is when a trial that may be written again was last written, `active` the rows among them that run.
    """

    trial_id: list[str] = []
    status: list[str] = []
    score: list[float | None] = []
    best_step: list[int | None] = []
    message: list[str | None] = []
    started: list[float | None] = []
    duration_s: list[float | None] = []
    shape: list[int] = []
    shapes: list[Shape] = []
    values: dict[str, list[Any]] = {}
    metrics: dict[str, list[float | None]] = {}
    heard: dict[int, float] = {}
    active: set[int] = set()

    def lists(self) -> list[list[Any]]:
        """Every column, to be cut or put into another order alike."""
        plain: list[list[Any]] = [self.trial_id, self.status, self.score, self.best_step, self.message, self.started]
        return [*plain, self.duration_s, self.shape, *self.values.values(), *self.metrics.values()]

    def copy(self) -> Columns:
        """The same, so that one may change while the other does not."""
        return Columns(
            trial_id=list(self.trial_id),
            status=list(self.status),
            score=list(self.score),
            best_step=list(self.best_step),
            message=list(self.message),
            started=list(self.started),
            duration_s=list(self.duration_s),
            shape=list(self.shape),
            shapes=list(self.shapes),
            values={name: list(column) for name, column in self.values.items()},
            metrics={name: list(column) for name, column in self.metrics.items()},
            heard=dict(self.heard),
            active=set(self.active),
        )


class Trials(Sequence[Trial]):
    """The trials of a project, in the order in which they started, made from columns one by one."""

    def __init__(self, columns: Columns | None = None) -> None:
        self.columns = Columns() if columns is None else columns

    @classmethod
    def of(cls, trials: Iterable[Trial]) -> Trials:
        """Trials that are there one by one, as columns."""
        given = list(trials)
        builder = TableBuilder()
        if given:
            builder.append(batch_of([trial.trial_id for trial in given], [_record(trial) for trial in given]))
        columns = builder.columns
        columns.started = [seconds(trial.started) if trial.started else None for trial in given]
        columns.duration_s = [trial.duration_s for trial in given]
        columns.active = {row for row, trial in enumerate(given) if trial.active}
        columns.heard = {
            row: trial.heard.timestamp() if trial.heard else 0.0
            for row, trial in enumerate(given)
            if trial.status not in CLOSED_STATUSES
        }
        return cls(columns)

    def __len__(self) -> int:
        return len(self.columns.trial_id)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        if isinstance(index, slice):
            return [self._make(row) for row in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._make(index % len(self))

    def __iter__(self) -> Iterator[Trial]:
        return map(self._make, range(len(self)))

    def __repr__(self) -> str:
        return f"<{len(self)} trials>"

    def _make(self, row: int) -> Trial:
        c = self.columns
        shape = c.shapes[c.shape[row]]
        heard = c.heard.get(row) if c.status[row] not in ENDED_STATUSES else None
        return Trial(
            c.trial_id[row],
            c.status[row],
            c.score[row],
            c.best_step[row],
            {name: c.values[name][row] for name in shape.values},
            {name: c.metrics[name][row] for name in shape.metrics},
            dict(zip(shape.metrics, shape.directions, strict=True)),
            c.message[row],
            clock(c.started[row]),
            c.duration_s[row],
            row in c.active,
            None if heard is None else datetime.fromtimestamp(heard),
        )

    def shown_status(self) -> list[str]:
        """The statuses as a person should read them: RUNNING only where something proves it."""
        c = self.columns
        statuses = c.status
        if c.heard:
            statuses = list(statuses)
            for row in c.heard:
                if statuses[row] == RUNNING and row not in c.active:
                    statuses[row] = INTERRUPTED
        return statuses

    def epochs(self) -> list[int | None]:
        """The epochs that Hyperband gave to each; None for other searches."""
        column = self.columns.values.get("tuner/epochs")
        if column is None:
            return [None] * len(self)
        return [value if isinstance(value, int) else None for value in column]

    def find(self, trial_id: str) -> int | None:
        """The row of a trial."""
        try:
            return self.columns.trial_id.index(trial_id)
        except ValueError:
            return None


def _record(trial: Trial) -> TrialRecord:
    directions = tuple(trial.directions.get(name, "min") for name in trial.metrics)
    fields = (trial.trial_id, trial.status, trial.score, trial.best_step, trial.values, trial.metrics)
    return TrialRecord(*fields, directions, trial.message)


def clock(seconds: float | None) -> datetime | None:
    """The naive time that `seconds` of `Columns.started` stand for; None where no calendar holds it."""
    try:
        return None if seconds is None else EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def seconds(time: datetime) -> float:
    """The inverse of `clock`."""
    return ((time if time.tzinfo is None else time.replace(tzinfo=None)) - EPOCH).total_seconds()


class TableBuilder:
    """Columns that grow and change. `columns` is the present state; whoever keeps it takes a copy."""

    def __init__(self, columns: Columns | None = None) -> None:
        self.columns = Columns() if columns is None else columns
        self._shapes = {shape: number for number, shape in enumerate(self.columns.shapes)}

    def __len__(self) -> int:
        return len(self.columns.trial_id)

    def append(self, batch: Batch) -> None:
        """Add trials; start and duration are unknown as yet."""
        c, first, count = self.columns, len(self), len(batch.trial_id)
        c.trial_id += batch.trial_id
        c.status += batch.status
        c.score += batch.score
        c.best_step += batch.best_step
        c.message += batch.message
        nothing = [None] * count
        c.started += nothing
        c.duration_s += nothing
        numbers = [self._shape_number(shape) for shape in batch.shapes]
        c.shape += [numbers[place] for place in batch.shape]
        tables: list[tuple[dict[str, list[Any]], Mapping[str, Sequence[Any]]]]
        tables = [(c.values, batch.values), (c.metrics, batch.metrics)]
        for table, columns in tables:
            table |= {name: [None] * first for name in columns if name not in table}
            for name, column in table.items():
                column += columns.get(name, nothing)

    def _shape_number(self, shape: Shape) -> int:
        number = self._shapes.get(shape)
        if number is None:
            number = self._shapes[shape] = len(self.columns.shapes)
            self.columns.shapes.append(shape)
        return number

    def put(self, row: int, record: TrialRecord) -> None:
        """Replace what is known of the trial in `row`, but for its id, its start and its duration."""
        c = self.columns
        old = c.shapes[c.shape[row]]
        for name in old.values:
            c.values[name][row] = None
        for name in old.metrics:
            c.metrics[name][row] = None
        c.status[row], c.score[row] = record.status, record.score
        c.best_step[row], c.message[row] = record.best_step, record.message
        shape = Shape(tuple(record.values), tuple(record.metrics), record.directions)
        c.shape[row] = self._shape_number(shape)
        for target, stored in ((c.values, record.values), (c.metrics, record.metrics)):
            for name, value in stored.items():
                if name not in target:
                    target[name] = [None] * len(self)
                target[name][row] = value

    def arrange(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order. `heard` and `active` have to be set anew."""
        for column in self.columns.lists():
            column[:] = [column[row] for row in rows]
        self.columns.heard, self.columns.active = {}, set()
        used = {name for number in set(self.columns.shape) for name in self.columns.shapes[number].values}
        for name in self.columns.values.keys() - used:
            del self.columns.values[name]
        used = {name for number in set(self.columns.shape) for name in self.columns.shapes[number].metrics}
        for name in self.columns.metrics.keys() - used:
            del self.columns.metrics[name]


def rows_where(flags: Iterable[Any]) -> list[int]:
    """The positions at which `flags` is true."""
    flags = list(flags)
    return list(compress(range(len(flags)), flags))
