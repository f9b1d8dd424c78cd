"""What is said of one trial, as text: heading, values beside the best trial's, traceback."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len
from rich.text import Text

from tuitune.analysis.text import cell, duration, printable, printable_lines
from tuitune.project.project import Project
from tuitune.project.space import BOOKKEEPING_PREFIX
from tuitune.project.trials import Trial
from tuitune.ui.widgets.table_model import fit


def heading(trial: Trial, project: Project) -> Text:
    """Which trial it is, how it ended, its score and time."""
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


def values(trial: Trial, project: Project) -> Text:
    """Hyperparameters, metrics and Hyperband's rung, a line each; what the best trial has where it differs."""
    text = Text(no_wrap=True, overflow="ellipsis")
    best = project.best
    other = best if best is not None and best.trial_id != trial.trial_id else None
    active = {hp.name for hp in project.space if hp.is_active(trial.values)}
    names = [name for name in trial.values if not name.startswith(BOOKKEEPING_PREFIX)]
    width = min(24, max((cell_len(printable(name)) for name in [*names, *trial.metrics]), default=0))
    if other is not None:
        text.append(f"{'':<{width}}  {'':<12}  best ({printable(other.trial_id)})", style="dim")
    if best is not None:
        text.append("\n")  # the best has this line too: from trial to trial values stay in their places
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
            text.append(f"  {against or '–'}")
        text.append("\n")
    for name, metric in trial.metrics.items():
        text.append(f"{fit(printable(name), width, False)}  {cell(metric)}\n", style="italic")
    rung = {printable(name[6:]): cell(v) for name, v in trial.values.items() if name.startswith(BOOKKEEPING_PREFIX)}
    if rung:
        text.append("Hyperband: " + ", ".join(f"{name} {value}" for name, value in rung.items()) + "\n", style="dim")
    return text


def message(trial: Trial) -> Text:
    """The traceback of a failed trial; its last line, which says what it was, first."""
    lines = printable_lines(trial.message or "")
    if not lines:
        return Text()
    text = Text(lines[-1] + "\n", style="bold red")
    return text.append("\n".join(lines[:-1]), style="not bold red")
