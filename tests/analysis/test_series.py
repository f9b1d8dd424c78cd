"""Curves as series for a plot."""

from __future__ import annotations

import math

import pytest

from tuitune.analysis.series import curve_plot, preferred_metric
from tuitune.project.curves import Curve, Curves


def curve(split: str, execution: int, *values: float, first: int = 0, metric: str = "loss") -> Curve:
    """A curve whose epochs count from `first`."""
    return Curve(metric, split, execution, tuple(range(first, first + len(values))), values)


def test_executions_are_averaged_where_they_reached() -> None:
    """The longer execution goes on alone; epochs count from 1."""
    plot = curve_plot(Curves((curve("train", 0, 1.0, 2.0, 3.0), curve("train", 1, 3.0, 4.0))), "loss")
    (series,) = plot.series
    assert (series.label, series.x, series.y) == ("train", (1, 2, 3), (2.0, 3.0, 3.0))
    assert plot.executions == 2


def test_nan_and_infinity_are_not_drawn() -> None:
    """Points that cannot be drawn are left out; a line without points too."""
    curves = Curves((curve("train", 0, math.nan, 2.0, math.inf), curve("validation", 0, math.nan)))
    plot = curve_plot(curves, "loss")
    assert [(series.x, series.y) for series in plot.series] == [((2,), (2.0,))]


def test_the_best_epoch_is_marked_on_the_validation_line() -> None:
    """Counted from 1, like the axis."""
    curves = Curves((curve("train", 0, 1.0, 1.0), curve("validation", 0, 5.0, 6.0)), "x", 1)
    assert curve_plot(curves, "loss").best == (2.0, 6.0)


@pytest.mark.parametrize("best", [None, 7])
def test_a_best_epoch_that_is_not_on_the_line_is_not_marked(best: int | None) -> None:
    """Unknown, or outside of what was recorded."""
    assert curve_plot(Curves((curve("train", 0, 1.0),), "x", best), "loss").best is None


def test_a_promoted_trial_begins_at_its_epoch() -> None:
    """Hyperband's later rungs do not start at 1."""
    plot = curve_plot(Curves((curve("validation", 0, 0.5, 0.4, first=3),), "x", 4), "loss")
    assert plot.series[0].x == (4, 5)
    assert plot.best == (5.0, 0.4)


def test_a_metric_that_was_not_recorded_has_no_series() -> None:
    """Nothing to draw is no error."""
    plot = curve_plot(Curves((curve("train", 0, 1.0),)), "accuracy")
    assert (plot.series, plot.best, plot.executions) == ((), None, 0)


@pytest.mark.parametrize(
    ("objective", "metric"), [("val_accuracy", "accuracy"), ("accuracy", "accuracy"), ("f1", "loss"), (None, "loss")]
)
def test_the_metric_of_the_objective_is_shown_first(objective: str | None, metric: str) -> None:
    """Else the first that was recorded."""
    curves = Curves((curve("train", 0, 1.0), curve("train", 0, 1.0, metric="accuracy")))
    assert preferred_metric(curves, objective) == metric
    assert preferred_metric(Curves(), objective) is None
