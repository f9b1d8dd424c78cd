"""Draws plots with plotext, as text that Textual can show. plotext is loaded at the first plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from tuitune.analysis.series import CurvePlot
from tuitune.analysis.text import printable

_TRAIN, _VALIDATION, _BEST = "cyan", "orange", "green+"
_SMALLEST = (20, 6)


def draw_curves(plot: CurvePlot, width: int, height: int) -> Text:
    """The curves of one metric in `width` x `height` cells: train in dots, validation in blocks, the best marked.

    Only finite points reach plotext, and each plot is drawn from a cleared figure.
    """
    plt = _cleared(width, height)
    for line in plot.series:
        validation = line.label == "validation"
        x, y = list(line.x), list(line.y)
        marker = "hd" if validation else "braille"
        color = _VALIDATION if validation else _TRAIN
        if len(x) == 1:
            plt.scatter(x, y, marker="●" if validation else "○", color=color)
        else:
            plt.plot(x, y, marker=marker, color=color)
    if plot.best is not None:
        plt.scatter([plot.best[0]], [plot.best[1]], marker="◆", color=_BEST)
    _whole_epochs(plt, [x for line in plot.series for x in line.x], width)
    return Text.from_ansi(plt.build().rstrip("\n"))


def draw_scatter(
    points: Sequence[tuple[float, float]], good: Sequence[tuple[float, float]], ticks: tuple[list[float], list[str]],
    bounds: Sequence[float], limits: tuple[float, float], width: int, height: int,
) -> Text:  # fmt: skip
    """Score over a hyperparameter's scale: trials as dots, the chosen ones as diamonds, bounds as lines.

    Args:
        points: (position, score) of the other trials.
        good: (position, score) of the chosen ones.
        ticks: positions on the scale, and what they are called.
        bounds: positions of the draft's minimum and maximum.
        limits: positions of the left and right end of the plot.
        width, height: of the plot with its axes, in cells.
    """
    plt = _cleared(width, height)
    plt.xlim(*limits)
    if points:
        plt.scatter([x for x, _ in points], [y for _, y in points], marker="•", color=_TRAIN)
    if good:
        plt.scatter([x for x, _ in good], [y for _, y in good], marker="◆", color=_VALIDATION)
    for bound in bounds:
        plt.vline(bound, color=_BEST)
    plt.xticks(*ticks)
    return Text.from_ansi(plt.build().rstrip("\n"))


def draw_steps(points: Sequence[tuple[float, float]], lines: Sequence[float], width: int, height: int) -> Text:
    """A value that stays until the next trial betters it; `points`: (trial, value); `lines`: where something begins."""
    plt = _cleared(width, height)
    x, y = [], []
    for (left, value), (right, _) in zip(points, [*points[1:], points[-1]], strict=True):
        x += [left, right]
        y += [value, value]
    if min(y) == max(y):  # plotext would show half of the value on either side
        room = abs(y[0]) / 20 or 0.05
        plt.ylim(y[0] - room, y[0] + room)
    for line in lines:
        plt.vline(line, color=_TRAIN)
    if len(points) == 1:
        plt.scatter(x[:1], y[:1], marker="●", color=_VALIDATION)
    else:
        plt.plot(x, y, marker="hd", color=_VALIDATION)
    _whole_epochs(plt, x, width)
    return Text.from_ansi(plt.build().rstrip("\n"))


def _cleared(width: int, height: int) -> Any:
    """The one figure that plotext keeps, empty; all drawing happens in the screen's own thread."""
    import plotext

    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plot_size(width, height)
    for part in ("canvas", "axes", "ticks"):
        getattr(plotext, f"{part}_color")("default")
    return plotext


def _whole_epochs(plt: object, epochs: list[float], width: int) -> None:
    low, high = int(min(epochs)), int(max(epochs))
    step = max(1, -(-(high - low) // max(1, width // 8)))
    ticks = list(range(low, high + 1, step))
    plt.xticks(ticks, [str(tick) for tick in ticks])  # type: ignore[attr-defined]


def draw_titled(plot: CurvePlot, width: int, height: int) -> Text:
    """The curves of one metric below a title and a legend, in `width` x `height` cells."""
    if width < _SMALLEST[0] or height < _SMALLEST[1]:
        return Text("No room for a curve here.")
    title = Text(printable(plot.metric), style="bold")
    if plot.executions > 1:
        title.append(f"  mean of {plot.executions} executions", style="dim not bold")
    legend = Text()
    for line in plot.series:
        sign = "▀▄ " if line.label == "validation" else "⠒⠒ "
        legend.append(sign, style="dark_orange" if line.label == "validation" else "cyan")
        legend.append(f"{line.label}  ")
    if plot.best is not None:
        legend.append(f"◆ best at {plot.best[0]:.0f}: {plot.best[1]:.4g}", style="green")
    for line_of_text in (title, legend):
        line_of_text.truncate(width, overflow="ellipsis")
    return Text("\n", no_wrap=True).join([title, legend, draw_curves(plot, width, height - 2)])
