"""What keras-tuner does not write down: the objective, the kind of tuner, how long a trial took.

Nothing here guesses: where the evidence is not unanimous the answer is None.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from operator import ne
from typing import Any, NamedTuple

from tuitune.project.keras_tuner.oracle import OracleState
from tuitune.project.table import Columns, rows_where
from tuitune.project.trials import ENDED_STATUSES, FINISHED, Objective

_CLOCK_SLACK_S = 2.0
_COPY_SLACK_S = 10.0  # to copy one trial
_ENOUGH_ENDED = 3  # trials, to tell a copy from a quick search


class ObjectiveEvidence(NamedTuple):
    """Which metrics can be the objective. `candidates`: those that equal the score of every finished trial.

    `parts`: where no single one does, metrics that each equal it on a part of the trials and on all together.
    """

    candidates: tuple[Objective, ...] = ()
    parts: tuple[tuple[Objective, int], ...] = ()

    @property
    def objective(self) -> Objective | None:
        """The one that is possible; None where there are several or none."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def weigh_objectives(columns: Columns) -> ObjectiveEvidence:
    """What the scores say about the objective."""
    scores, statuses = columns.score, columns.status

    def is_finished(row: int) -> bool:
        score = scores[row]
        return statuses[row] == FINISHED and score is not None and score == score

    first = next(filter(is_finished, range(len(scores))), None)
    if first is None:
        return ObjectiveEvidence()
    candidates = []
    for name, metric in columns.metrics.items():
        if metric[first] == scores[first] and not any(map(is_finished, rows_where(map(ne, metric, scores)))):
            candidates.append(Objective(name, _direction(columns, first, name), inferred=True))
    if candidates:
        return ObjectiveEvidence(tuple(candidates))
    finished = set(filter(is_finished, range(len(scores))))
    partial = []
    for name, metric in columns.metrics.items():
        alike = {row for row in finished if metric[row] == scores[row]}
        if alike:
            partial.append((Objective(name, _direction(columns, min(alike), name), inferred=True), alike))
    return ObjectiveEvidence((), _cover(partial, finished))


def _direction(columns: Columns, row: int, name: str) -> str:
    shape = columns.shapes[columns.shape[row]]
    return shape.directions[shape.metrics.index(name)]


def _cover(partial: list[tuple[Objective, set[int]]], rows: set[int]) -> tuple[tuple[Objective, int], ...]:
    """Objectives of which each explains scores that those before do not, until all are explained; else none."""
    left, chosen = set(rows), []
    for objective, explained in sorted(partial, key=lambda item: -len(item[1])):
        if explained & left:
            chosen.append((objective, len(explained & left)))
            left -= explained
    return tuple(chosen) if not left else ()


def infer_tuner(oracle: OracleState, tuner_state: Mapping[str, Any], trial_count: int) -> str | None:
    """The kind of search by the marks that its oracle leaves; None where oracle.json could not be read."""
    if not oracle.is_there:
        return None
    if oracle.mark is not None:
        return oracle.mark
    if "finished" in tuner_state:
        return "AutoKeras"
    if oracle.drawn is None or not trial_count:
        return None
    # Only a grid never draws, so its seed never moves on.
    return "RandomSearch" if oracle.drawn or not oracle.space else "GridSearch"


class Durations:
    """Seconds from start to end of each trial, where that can be told.

    keras-tuner writes no end times. A trial ends when its file was last written, unless the file was copied
    since, which shows in a time after the next start; where trials run one at a time, that next start then
    is the end.
    """

    def __init__(self) -> None:
        self._zones: dict[float, float] = {}
        self.copied = False

    def all(self, columns: Columns, written: Sequence[float], one_at_a_time: bool) -> list[float | None]:
        """The durations of all trials; `written` is when the file of each was last written."""
        started = columns.started
        instants = self._since_1970(started)
        rows = zip(started, instants, written, strict=True)
        self.copied = _were_copied([row for row in rows if row[0] is not None], one_at_a_time)  # type: ignore[misc]
        ends = [end if status in ENDED_STATUSES else None for status, end in zip(columns.status, written, strict=True)]
        return self._tell(zip(started, instants, ends, [*started[1:], None], strict=True), one_at_a_time)

    def of(self, start: float | None, end: float | None, following: float | None, one_at_a_time: bool) -> float | None:
        """Seconds that one trial took; `end` is when its file was last written, `following` when the next began."""
        (instant,) = self._since_1970([start])
        return self._tell([(start, instant, end, following)], one_at_a_time)[0]

    def copied_until(self, columns: Columns, written: Sequence[float]) -> float:
        """Up to when the time of a file tells nothing of a search, because it may be that of a copy; 0 for none.

        In a copy all trials were written at nearly one time, and later than the last of them began. `written`: as in
        `all`; that and the result are in seconds since 1970.
        """
        instants = self._since_1970(columns.started)
        facts = zip(columns.status, columns.started, instants, written, strict=True)
        rows = [
            (start, instant, end)
            for status, start, instant, end in facts
            if start is not None and status in ENDED_STATUSES
        ]
        if len(rows) < _ENOUGH_ENDED or not _were_copied(rows, one_at_a_time=False):
            return 0.0
        last = max(instant for start, instant in zip(columns.started, instants, strict=True) if start is not None)
        first_written, last_written = min(end for *_, end in rows), max(end for *_, end in rows)
        if first_written <= last + _CLOCK_SLACK_S:
            return 0.0
        return last_written + (last_written - first_written) + _COPY_SLACK_S

    def _tell(self, rows: Iterable[tuple[float | None, ...]], one_at_a_time: bool) -> list[float | None]:
        durations: list[float | None] = []
        for start, instant, end, following in rows:
            duration = None
            if start is not None and end is not None and instant is not None:
                elapsed = end - instant
                limit = following - start if following is not None and one_at_a_time else math.inf
                if 0 <= elapsed <= limit + _CLOCK_SLACK_S and (limit < math.inf or not self.copied):
                    duration = elapsed
                elif 0 <= limit < math.inf:
                    duration = limit
            durations.append(duration)
        return durations

    def _since_1970(self, times: Sequence[float | None]) -> list[float]:
        """Naive local times as seconds since 1970. The zone is asked once an hour of the calendar: it is slow."""
        hours = [(local or 0.0) // 3600 for local in times]
        for hour in set(hours).difference(self._zones):
            try:
                # Clocks are set on whole hours, so one answer serves the hour.
                begin = int(hour) * 3600
                self._zones[hour] = time.mktime((*time.gmtime(begin)[:8], -1)) - begin
            except (OverflowError, OSError, ValueError):
                self._zones[hour] = 0.0
        zones = self._zones
        return [(local or 0.0) + zones[hour] for local, hour in zip(times, hours, strict=True)]


def _were_copied(rows: Sequence[tuple[float, float, float]], one_at_a_time: bool) -> bool:
    """Whether the times of the files are those of a copy. Each row: start, the same since 1970, when written."""
    if len(rows) < 2:
        return False
    if one_at_a_time:
        return any(
            following >= start and end - instant > following - start + _CLOCK_SLACK_S
            for (start, instant, end), (following, _, _) in pairwise(rows)
        )
    began, _, ended = zip(*rows, strict=True)
    return bool(max(ended) - min(ended) < 0.2 * (max(began) - min(began)))
