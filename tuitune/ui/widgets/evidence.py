"""What the trials say about one hyperparameter: score over its scale, the chosen trials, the draft's bounds."""

from __future__ import annotations

from rich.text import Text
from textual.app import RenderResult
from textual.widget import Widget

from tuitune.analysis.scale import position, value_near
from tuitune.analysis.series import is_drawable
from tuitune.analysis.text import printable
from tuitune.narrowing.proposal import Proposal, describe_proposal
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, describe_range
from tuitune.ui.drawing.chart import draw_scatter
from tuitune.ui.narrowing import Narrowing

_SMALLEST = (24, 6)


class Evidence(Widget):
    """The plot for the hyperparameter that has the focus."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._narrowing: Narrowing | None = None
        self._parent_hp: Hyperparameter | None = None
        self._hp: Hyperparameter | None = None
        self._proposal: Proposal | None = None

    def show(self, narrowing: Narrowing, parent: Hyperparameter, hp: Hyperparameter, proposal: Proposal | None) -> None:
        """Show the evidence for `parent`, of which `hp` is the draft."""
        self._narrowing, self._parent_hp, self._hp, self._proposal = narrowing, parent, hp, proposal
        self.refresh()

    def render(self) -> RenderResult:
        """Heading, plot, reason."""
        if self._narrowing is None or self._parent_hp is None or self._hp is None:
            return Text("Move to a hyperparameter to see what the trials say about it.", style="dim")
        width, height = self.size
        lines = _heading(self._parent_hp, self._hp)
        reason = _reason(self._proposal)
        used = 2 + len(reason.wrap(self.app.console, max(10, width)))
        if height - used < _SMALLEST[1]:  # the plot says more than the end of the sentence
            reason.truncate(max(10, width), overflow="ellipsis")
            reason = reason.split("\n")[0]
            used = 2
        if width < _SMALLEST[0] or height - used < _SMALLEST[1]:
            return Text("\n").join([lines, reason])
        plot = _plot(self._narrowing, self._parent_hp, self._hp, width, height - used)
        return Text("\n").join([lines, plot, reason])


def _heading(parent: Hyperparameter, hp: Hyperparameter) -> Text:
    text = Text(printable(parent.name), style="bold", no_wrap=True, overflow="ellipsis")
    text.append(f"  {printable(describe_range(parent))}", style="dim not bold")
    if hp != parent:
        text.append(f" → {printable(describe_range(hp))}", style="not bold green")
    return text


def _reason(proposal: Proposal | None) -> Text:
    if proposal is None:
        return Text("No proposal.", style="dim")
    text = Text(f"{proposal.action}", style="bold")
    if proposal.changes:
        text.append(f": {printable(describe_proposal(proposal))}", style="not bold green")
    text.append(f"\n{printable(proposal.reason)}", style="not bold dim")
    return text


def _plot(narrowing: Narrowing, parent: Hyperparameter, hp: Hyperparameter, width: int, height: int) -> Text:
    chosen = set(narrowing.chosen)
    points: list[tuple[float, float]] = []
    good: list[tuple[float, float]] = []
    for trial in narrowing.trials:
        if not trial.is_scored or trial.score is None or not parent.is_active(trial.values):
            continue
        if not is_drawable(trial.score):
            continue
        x = position(parent, trial.values.get(parent.name), 0.0, 1.0)
        if x is not None:
            (good if trial.trial_id in chosen else points).append((x, trial.score))
    if not points and not good:
        return Text("\nNo finished trial has it.\n", style="dim")
    ticks, limits = _ticks(parent, width)
    return draw_scatter(points, good, ticks, _bounds(parent, hp), limits, width, height)


def _ticks(parent: Hyperparameter, width: int) -> tuple[tuple[list[float], list[str]], tuple[float, float]]:
    if not parent.is_numeric:
        options = parent.options()
        room = max(3, (width - 10) // max(1, len(options)) - 1)
        labels = [printable(format_scalar(option))[:room] for option in options]
        return ([float(n) for n in range(len(options))], labels), (-0.5, len(options) - 0.5)
    units = [0.0, 0.25, 0.5, 0.75, 1.0] if width >= 44 else [0.0, 0.5, 1.0]
    labels = [format_scalar(value_near(parent, unit), 2) for unit in units]
    return (units, labels), (-0.02, 1.02)


def _bounds(parent: Hyperparameter, hp: Hyperparameter) -> tuple[float, ...]:
    if not parent.is_numeric or hp == parent:
        return ()
    if hp.kind == "Fixed":
        positions = [position(parent, hp.value, 0.0, 1.0)]
    else:
        positions = [position(parent, bound, 0.0, 1.0) for bound in (hp.minimum, hp.maximum)]
    return tuple(at for at in positions if at is not None)
