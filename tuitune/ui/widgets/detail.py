"""The trial under the cursor: its curve, its values beside the best trial's, metrics, traceback."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tuitune.analysis.series import curve_plot, preferred_metric
from tuitune.analysis.text import cell, duration, printable, printable_lines
from tuitune.project.curves import NO_CURVE, Curves
from tuitune.project.project import Project
from tuitune.project.space import BOOKKEEPING_PREFIX
from tuitune.project.trials import Trial
from tuitune.ui.widgets.chart import CurveChart
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table_model import fit


class TrialDetail(VerticalScroll, can_focus=True):
    """Shows one trial. `show` gives it the trial at once, `show_curves` follows when they have been read."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._trial: Trial | None = None
        self._path: Path | None = None  # of the trial's project
        self._curves: Curves | None = None
        self._objective: str | None = None
        self._metric: str | None = None

    def compose(self) -> ComposeResult:
        """Heading, chart, text."""
        yield Lines(id="detail-head")
        yield CurveChart(id="detail-chart")
        yield Lines(id="detail-text")
        yield Lines(id="detail-message", wraps=True)

    def show(self, project: Project, trial: Trial | None) -> None:
        """Show `trial`, with its values beside those of the best."""
        other = trial is None or not self._shows(project, trial.trial_id)
        self._trial, self._path = trial, project.path
        self._objective = project.objective.name if project.objective else None
        if other:
            self._curves = None
            self.scroll_home(animate=False)
        self.query_one("#detail-head", Lines).say(Text() if trial is None else _heading(trial, project))
        self.query_one("#detail-text", Lines).say(Text() if trial is None else _describe(trial, project))
        self.query_one("#detail-message", Lines).say(Text() if trial is None else _message(trial))
        if other:
            self.query_one(CurveChart).show(None, "")

    def _shows(self, project: Project, trial_id: str) -> bool:
        return self._trial is not None and (self._path, self._trial.trial_id) == (project.path, trial_id)

    def show_curves(self, project: Project, trial_id: str, curves: Curves) -> None:
        """The curves of the trial have been read; ignored where another trial is shown by now."""
        if self._shows(project, trial_id):
            self._curves = curves
            self._draw()

    def next_metric(self) -> None:
        """Draw the next metric."""
        if self._curves is None or not self._curves.metrics:
            return
        metrics = self._curves.metrics
        current = self._shown_metric()
        self._metric = metrics[(metrics.index(current) + 1) % len(metrics)] if current else None
        self._draw()

    def _shown_metric(self) -> str | None:
        assert self._curves is not None
        if self._metric in self._curves.metrics:
            return self._metric
        return preferred_metric(self._curves, self._objective)

    def _draw(self) -> None:
        assert self._curves is not None
        metric = self._shown_metric()
        chart = self.query_one(CurveChart)
        chart.set_class(metric is None, "-without")
        plot = None if metric is None else curve_plot(self._curves, metric)
        nothing = NO_CURVE if metric is None else f"Nothing to draw: every {printable(metric)} is NaN or infinite."
        chart.show(plot, nothing)


def _heading(trial: Trial, project: Project) -> Text:
    text = Text(f"Trial {printable(trial.trial_id)}", style="bold", no_wrap=True, overflow="ellipsis")
    best = project.best
    if best is not None and best.trial_id == trial.trial_id:
        text.append(" ★ best", style="green")
    text.append(f"  {trial.shown_status}", style="red" if trial.status in ("FAILED", "INVALID") else "")
    if trial.score is not None:
        text.append(f"  score {cell(trial.score)}", style="not bold")
    if trial.duration_s is not None:
        text.append(f"  {duration(trial.duration_s)}", style="dim not bold")
    if trial.heard is not None and not trial.active:
        text.append(f"  last heard of {_when(trial.heard)}", style="not bold yellow")
    return text


def _when(time: datetime) -> str:
    """The hour, and the day where it is not today's."""
    return f"{time:%H:%M:%S}" if time.date() == datetime.now().date() else f"{time:%Y-%m-%d %H:%M}"


def _describe(trial: Trial, project: Project) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    best = project.best
    other = best if best is not None and best.trial_id != trial.trial_id else None
    active = {hp.name for hp in project.space if hp.is_active(trial.values)}
    names = [name for name in trial.values if not name.startswith(BOOKKEEPING_PREFIX)]
    width = min(24, max((cell_len(printable(name)) for name in [*names, *trial.metrics]), default=0))
    if other is not None:
        text.append(f"{'':<{width}}  {'':<12}  best ({printable(other.trial_id)})\n", style="dim")
    for name in names:
        value = cell(trial.values[name])
        dead = bool(project.space) and name not in active
        text.append(f"{fit(printable(name), width, False)}  ", style="dim" if dead else "")
        against = None if other is None else cell(other.values.get(name))
        differs = against is not None and against != value
        text.append(f"{value:<12}", style="dim" if dead else ("bold" if differs else ""))
        if dead:
            text.append("  not active", style="dim")
        elif differs:
            text.append(f"  {against or '–'}", style="dim")
        text.append("\n")
    for name, metric in trial.metrics.items():
        text.append(f"{fit(printable(name), width, False)}  {cell(metric)}\n", style="italic")
    rung = {name[6:]: cell(v) for name, v in trial.values.items() if name.startswith(BOOKKEEPING_PREFIX)}
    if rung:
        text.append("Hyperband: " + ", ".join(f"{name} {value}" for name, value in rung.items()) + "\n", style="dim")
    return text


def _message(trial: Trial) -> Text:
    """The traceback of a failed trial, folded where it is wide; its last line, which says what it was, first."""
    lines = printable_lines(trial.message or "")
    if not lines:
        return Text()
    text = Text(lines[-1] + "\n", style="bold red")
    return text.append("\n".join(lines[:-1]), style="not bold red")
