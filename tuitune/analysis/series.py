"""Curves as plain series for a plot: executions averaged, best epoch marked, nothing that cannot be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from tuitune.project.curves import Curves

_LARGEST = 1e100


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot: finite points only, x ascending. `label` is train or validation."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """What to draw for one metric of one trial. Epochs count from 1, as people do."""

    metric: str
    series: tuple[Series, ...]
    best: tuple[float, float] | None
    executions: int


def is_drawable(value: float) -> bool:
    """Whether a plot can hold `value`: finite, and not so large that the span of an axis overflows."""
    return abs(value) <= _LARGEST  # False for NaN


def curve_plot(curves: Curves, metric: str) -> CurvePlot:
    """Train and validation of `metric`, averaged over the executions that reached each epoch."""
    series = []
    executions = 0
    for split in ("train", "validation"):
        runs = [c for c in curves.curves if c.metric == metric and c.split == split]
        executions = max(executions, len(runs))
        by_epoch: dict[int, list[float]] = {}
        for run in runs:
            for epoch, value in zip(run.epochs, run.values, strict=True):
                if is_drawable(value):
                    by_epoch.setdefault(epoch, []).append(value)
        if by_epoch:
            epochs = sorted(by_epoch)
            means = tuple(sum(by_epoch[e]) / len(by_epoch[e]) for e in epochs)
            series.append(Series(split, tuple(e + 1.0 for e in epochs), means))
    return CurvePlot(metric, tuple(series), _best_point(series, curves.best_epoch), executions)


def _best_point(series: list[Series], best_epoch: int | None) -> tuple[float, float] | None:
    """The best epoch on the validation line, or on the train line where there is no other."""
    if best_epoch is None or not series:
        return None
    line = series[-1]
    points = dict(zip(line.x, line.y, strict=True))
    x = best_epoch + 1
    return (float(x), points[x]) if x in points else None


def preferred_metric(curves: Curves, objective: str | None) -> str | None:
    """The metric to show first: the objective's, else the first recorded."""
    wanted = (objective or "").removeprefix("val_")
    return wanted if wanted in curves.metrics else next(iter(curves.metrics), None)
