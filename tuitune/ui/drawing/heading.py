"""The heading of a project: what it is, how far it is, what is wrong, and the run that writes it."""

from __future__ import annotations

from rich.text import Text

from tuitune.analysis.text import cell, counted, duration, printable
from tuitune.launch.runs import now_line
from tuitune.project.project import Project
from tuitune.project.rounds import round_number
from tuitune.ui.session import Session

_LONGEST_ROOT = 40


def heading(session: Session) -> Text:
    """One line, and a second where a run is going on or ended badly."""
    project = session.project
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f" {printable(project.name)} ", style="bold reverse")
    number, root = round_number(project.origin), project.origin.get("root")
    if number > 1:
        of = f" of {printable(root)[:_LONGEST_ROOT]}" if isinstance(root, str) else ""
        text.append(f" round {number}{of}", style="italic")
    if session.shows_family:
        text.append(" all rounds (r)", style="bold yellow")
    if not session.is_read:
        text.append("  reading …", style="dim")
        return text
    text.append(f"  {printable(project.tuner or 'unknown tuner')}")
    objective = project.objective
    if objective is not None:
        goal = f"{printable(objective.name)} {objective.direction}"
        text.append(f"  {goal}{' (inferred)' if objective.inferred else ''}")
    elif project.candidates:
        text.append("  objective unknown (O says it)", style="bold yellow")
    else:
        text.append("  objective unknown")
    text.append(f"  {counted(len(project.trials), 'trial')}")
    if project.to_read:
        text.append(f", reading {project.to_read} more", style="dim")
    if project.best is not None:
        text.append(f"  best {cell(project.best.score)}", style="bold green")
    _append_problems(text, project)
    _append_run(text, session)
    return text


def _append_problems(text: Text, project: Project) -> None:
    if project.problems:
        count = len(project.problems)
        style = "bold red" if project.unreadable else "bold yellow"
        text.append(f"  {counted(count, 'problem')} (!)", style=style)


def _append_run(text: Text, session: Session) -> None:
    run = session.run
    if run is not None and run.state == "running":
        text.append("\n ▶ ", style="bold green")
        of = f" of {run.planned}" if run.planned else ""
        failed = f", {run.failed} failed" if run.failed else ""
        text.append(f"{run.done}{of} trials{failed}, {now_line(run)}")
        if run.eta_s() is not None:
            text.append(f", about {duration(run.eta_s())} to go")
    elif run is not None and run.state != "finished":
        text.append(f"\n {run.state}: {printable(run.reason)}", style="yellow")
