"""The best so far over the trials of all rounds, as one curve with a line where each round begins."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from tuitune.analysis.family import Step
from tuitune.analysis.series import is_drawable
from tuitune.analysis.text import cell, printable
from tuitune.project.trials import Objective
from tuitune.ui.drawing.chart import draw_steps

_SMALLEST = (24, 7)


class FamilyChart(Widget):
    """Draws what `analysis.family.best_so_far` tells."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._steps: Sequence[Step] = ()
        self._objective: Objective | None = None

    def show(self, steps: Sequence[Step], objective: Objective | None) -> None:
        """Draw `steps`; without an objective say why there is nothing to draw."""
        self._steps, self._objective = steps, objective
        self.refresh()

    def render(self) -> Text:
        """Title and curve at the present size."""
        width, height = self.size
        if self._objective is None:
            return Text("The objective is unknown: O says it.", style="dim")
        steps = [step for step in self._steps if is_drawable(step.best)]
        if not steps:
            return Text("No finished trial yet.", style="dim")
        title = Text(f"best {printable(self._objective.name)} so far: {cell(steps[-1].best)}", style="bold")
        title.append(f"  after {len(self._steps)} trials", style="dim not bold")
        title.truncate(width, overflow="ellipsis")
        if width < _SMALLEST[0] or height < _SMALLEST[1]:
            return title
        starts = _starts(steps)
        legend = Text("begin: " if len(starts) > 1 else "", style="dim")
        if len(starts) > 1:
            legend.append(", ".join(f"round {number} at {trial}" for number, trial in starts))
        legend.truncate(width, overflow="ellipsis")
        points = [(float(step.trials), step.best) for step in steps]
        plot = draw_steps(points, [float(trial) for _, trial in starts[1:]], width, height - 2)
        return Text("\n", no_wrap=True).join([title, legend, plot])


def _starts(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Each round with a finished trial, and the number of its first one."""
    starts: dict[int, int] = {}
    for step in steps:
        starts.setdefault(step.number, step.trials)
    return list(starts.items())
