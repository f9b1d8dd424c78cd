"""The Runs view: searches in the background, how far they are, what they print, and how to stop them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from tuitune.analysis.text import cell, duration, printable
from tuitune.errors import TuituneError, in_words
from tuitune.launch.events import RunStatus
from tuitune.launch.runs import is_running, now_line, request_stop
from tuitune.project.sources import open_source
from tuitune.ui.commands import Command
from tuitune.ui.dialogs.small import Confirm, confirm_plan
from tuitune.ui.drawing.log import draw_log
from tuitune.ui.messages import Planned, Started
from tuitune.ui.session import Session
from tuitune.ui.views.base import RUNS, View
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableColumn, TableModel

if TYPE_CHECKING:
    from tuitune.launch.plan import Plan

_BAR = 40


class RunsView(View):
    """The runs of this machine; those of the opened project first."""

    COMMANDS = (
        Command("o", "open", "Open", "open the project of this run"),
        Command("r", "resume", "Resume", "go on with a round that was stopped or killed, as warm as before"),
        Command("x", "stop_after", "Stop", "stop when the current trial has ended"),
        Command("X", "stop_now", "Stop now", "stop at once; the current trial is lost"),
    )
    follows = frozenset({RUNS})

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: object = None
        self._is_resuming = False

    def compose(self) -> ComposeResult:
        """The runs, then the one under the cursor, then its log."""
        yield LineTable(id="runs")
        yield Lines(id="run-head")
        yield Lines(id="run-warnings", wraps=True)
        with VerticalScroll(id="log-scroll", can_focus=False):
            yield Lines(id="log", wraps=True)

    def focus_main(self) -> None:
        """Focus the table of runs."""
        self.query_one(LineTable).focus()

    @property
    def watched_run(self) -> RunStatus | None:
        """The run under the cursor."""
        key = self.query_one(LineTable).highlighted_key
        return next((run for run in self.session.runs if run.run == key), None)

    def show(self, session: Session) -> None:
        """Show the runs as they stand."""
        self.session = session
        shown = [(r.run, r.state, r.done, r.planned, r.best, r.project, r.reason) for r in session.runs]
        if shown != self._shown:
            self._shown = shown
            self._fill_table(session)
        self._show_head()
        self._show_log(*session.log)

    def _fill_table(self, session: Session) -> None:
        here = session.path.resolve()
        runs = sorted(session.runs, key=lambda run: run.project is None or run.project.resolve() != here)
        columns = [
            TableColumn("run", "run", [r.run for r in runs]),
            TableColumn("state", "state", [r.state for r in runs]),
            TableColumn("trials", "trials", [_progress(r) for r in runs], True),
            TableColumn("best", "best", [r.best for r in runs], True),
            TableColumn("project", "project", ["" if r.project is None else r.project.name for r in runs]),
            TableColumn("reason", "", [r.reason for r in runs]),
        ]

        def cell_class(index: int, name: str) -> str | None:
            if name != "state":
                return None
            return {"running": "table--live", "failed": "table--bad", "interrupted": "table--bad"}.get(
                runs[index].state
            )

        empty = "No runs yet: relaunch from the Space view (7), or tuitune run SCRIPT."
        keys = [run.run for run in runs]
        model = TableModel(columns, list(range(len(runs))), keys, cell_class=cell_class, empty=empty)
        self.query_one(LineTable).set_model(model)

    def _show_head(self) -> None:
        run = self.watched_run
        self.query_one("#run-head", Lines).say(Text() if run is None else describe_run(run))
        warnings = self.query_one("#run-warnings", Lines)
        told = [] if run is None else [printable(says) for says in filter(None, [run.put_back, *run.warnings])]
        warnings.display = bool(told)
        warnings.say(Text("\n".join(f"! {says}" for says in told), style="yellow"))

    def _show_log(self, run: str | None, lines: list[str]) -> None:
        """The end of the log of `run`; stays at the end unless the user scrolled up."""
        if self.watched_run is None or self.watched_run.run != run:
            return
        scroll = self.query_one("#log-scroll", VerticalScroll)
        at_end = scroll.scroll_offset.y >= scroll.max_scroll_y - 1
        self.query_one("#log", Lines).say(draw_log(lines))
        if at_end:
            scroll.scroll_end(animate=False)

    @on(LineTable.Highlighted)
    def _highlighted(self, message: LineTable.Highlighted) -> None:
        message.stop()
        self.query_one("#log", Lines).say("")
        self._show_head()

    def action_open(self) -> None:
        """Open the run's project."""
        if self.watched_run is not None:
            self.post_message(self.RunWanted(self.watched_run.run))

    def action_resume(self) -> None:
        """Go on with the round of this run."""
        run = self.watched_run
        if run is None:
            return
        if run.project is None or not run.project.exists():
            self.app.notify(f"{run.run} has no project to go on with.", severity="warning")
        elif not self._is_resuming:
            self._is_resuming = True
            self._plan_resume(run.project)

    @work(thread=True, group="resume", exclusive=True, exit_on_error=False)
    def _plan_resume(self, path: Path) -> None:
        from tuitune.launch.resume import plan_resume

        try:
            plan = plan_resume(open_source(path, lambda: is_running(path)).read())
        except Exception as error:
            self.post_message(Started(None, in_words(error)))
        else:
            self.post_message(Planned(0, plan, ""))

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        message.stop()
        plan = message.plan
        assert plan is not None

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(plan)
            else:
                self._is_resuming = False

        if plan.doubt():
            self.app.push_screen(confirm_plan(plan), answered)
        else:
            self._start(plan)

    @work(thread=True, group="resume", exclusive=True, exit_on_error=False)
    def _start(self, plan: Plan) -> None:
        from tuitune.launch.start import begin

        try:
            run = begin(plan, is_agreed=True)
        except Exception as error:
            self.post_message(Started(None, in_words(error)))
        else:
            self.post_message(Started(run, ""))

    @on(Started)
    def _started(self, message: Started) -> None:
        message.stop()
        self._is_resuming = False
        if message.run is None:
            self.app.notify(message.problem, severity="warning")
        else:
            self.app.notify(f"{message.run} goes on where the round ended.")

    def action_stop_after(self) -> None:
        """Stop when the current trial has ended."""
        if self.watched_run is not None:
            self._stop(self.watched_run, after_trial=True)

    def action_stop_now(self) -> None:
        """Ask, then stop at once."""
        run = self.watched_run
        if run is None:
            return
        if run.state != "running":
            self._stop(run, after_trial=False)  # says that there is nothing to stop
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._stop(run, after_trial=False)

        question = f"Stop {run.run} now? The trial that is being trained is lost; what has ended stays."
        self.app.push_screen(Confirm("Stop now", question, "Stop"), answered)

    def _stop(self, run: RunStatus, after_trial: bool) -> None:
        try:
            request_stop(run, after_trial)
        except TuituneError as error:
            self.app.notify(error.message, title=error.title, severity="warning")
            return
        when = "after the current trial" if after_trial else "now"
        self.app.notify(f"{run.run} stops {when}.")


def _progress(run: RunStatus) -> str:
    return f"{run.done} of {run.planned}" if run.planned else str(run.done)


def describe_run(run: RunStatus) -> Text:
    """Four lines: the bar with N of M, what is trained now, best and times, its project."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if run.planned:
        filled = round(_BAR * min(1.0, run.done / run.planned))
        text.append("█" * filled, style="green")
        text.append("░" * (_BAR - filled), style="dim")
        text.append("  ")
    text.append(f"{_progress(run)} trials", style="bold")
    if run.failed:
        text.append(f", {run.failed} failed", style="red")
    eta = run.eta_s()
    if eta is not None:
        text.append(f"   about {duration(eta)} to go")
    text.append("\n")
    text.append(now_line(run) + "\n")
    objective = f" {printable(run.objective)}" if run.objective else ""
    text.append(f"best{objective} {cell(run.best) or 'none yet'}")
    if run.started is not None:
        text.append(f"   since {time.strftime('%H:%M:%S', time.localtime(run.started))}")
        text.append(f", {duration((run.ended or time.time()) - run.started)}")
    text.append("\n")
    project = "its project is not known yet" if run.project is None else printable(str(run.project))
    text.append(project, style="dim")
    return text
