"""The screen of one project: heading, the view that was chosen, footer. It owns the session.

Views ask for changes by message; threads bring news by message; this screen alone changes the session and
shows it to the view in front.
"""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Footer, Input

from tuitune.analysis.columns import SortKey
from tuitune.analysis.text import cell, duration, printable
from tuitune.errors import TuituneError
from tuitune.launch.runs import RunStatus
from tuitune.narrowing.draft import Draft
from tuitune.narrowing.select import propose_from, select
from tuitune.ui.commands import bindings
from tuitune.ui.feeds import Feed, log_tail
from tuitune.ui.messages import ProjectRead, ReadFailed, RunsRead
from tuitune.ui.screens.dialogs import Help, Problem
from tuitune.ui.screens.launch import LaunchDialog
from tuitune.ui.screens.runs_view import RunsView, now_line
from tuitune.ui.screens.space_view import SpaceView
from tuitune.ui.screens.trials_view import TrialsView
from tuitune.ui.session import Session
from tuitune.ui.views import View
from tuitune.ui.widgets.line import Lines

READ_EVERY_S = 1.0


class ProjectScreen(Screen[None]):
    """One project, in three views."""

    BINDINGS = bindings("screen")

    def __init__(self, path: Path, view: str = "trials") -> None:
        super().__init__()
        self.session = Session.empty(path)
        self._feed = Feed(path)
        self._first_view = view
        self._reading = False
        self._read_once = False
        self._problem = ""  # the last that reading met
        self._ended: set[str] = set()  # runs whose end was told
        self._watched: str | None = None  # the run of this project that was seen running

    def compose(self) -> ComposeResult:
        """Heading, views, footer."""
        yield Lines(id="heading")
        with ContentSwitcher(initial="trials-view", id="views"):
            yield TrialsView(self._feed, id="trials-view")
            yield SpaceView(id="space-view")
            yield RunsView(id="runs-view")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Show the empty screen at once, then read."""
        for view in self.query(View):
            view.session = self.session
        self._show_heading()
        self.query_one(TrialsView).focus_main()
        if self._first_view != "trials":
            self.action_view(self._first_view)
        self.call_after_refresh(self._read)
        self.set_interval(READ_EVERY_S, self._read)

    # --------------------------------------------------------------------------------------------- reading

    def _read(self) -> None:
        if not self._reading and self.is_attached:
            self._reading = True
            run = self.query_one(RunsView).selected if self._view_name == "runs" else None
            self._read_in_thread(run)

    @work(thread=True, group="read", exit_on_error=False)
    def _read_in_thread(self, watched: RunStatus | None) -> None:
        try:
            self._post_project()  # rows first: what runs can wait a moment
            runs = self._feed.runs()
            log = log_tail(watched) if watched is not None else []
            self.post_message(RunsRead(runs, watched.run if watched else None, log))
        except TuituneError as error:
            self.post_message(ReadFailed(str(error)))
        except Exception as error:
            self.post_message(ReadFailed(f"{type(error).__name__}: {error}"))
        finally:
            self._reading = False

    def _post_project(self) -> None:
        found = self._feed.project()
        if found is not None:
            self.post_message(ProjectRead(*found))

    @on(ProjectRead)
    def _project_read(self, message: ProjectRead) -> None:
        self._read_once = True
        self.session.take(message.project, message.table)
        self._show_heading()
        if self._view_name == "trials":
            self._view.show(self.session)
        elif self._view_name == "space" and self.session.draft is None and message.project.space:
            self._make_draft()  # the view was asked for before there was anything to show

    @on(RunsRead)
    def _runs_read(self, message: RunsRead) -> None:
        self.session.runs = message.runs
        self._show_heading()
        if self._view_name == "runs":
            self._view.show(self.session)
            self.query_one(RunsView).show_log(message.log_of, message.log)
        elif self._view_name == "trials" and self._read_once:
            self.query_one(TrialsView).refresh_curves()
        self._tell_ends()

    @on(ReadFailed)
    def _read_failed(self, message: ReadFailed) -> None:
        if message.problem == self._problem:
            return  # said already
        self._problem = message.problem
        self.notify(message.problem, title="Could not read", severity="warning")

    def _tell_ends(self) -> None:
        """Say once how the run of this project ended while it was watched; at length where it failed."""
        run = self.session.run
        if run is None or run.run in self._ended:
            return
        if run.state == "running":
            self._watched = run.run
            return
        self._ended.add(run.run)
        if self._watched != run.run:
            return
        if run.state == "failed" and self.is_current:
            self.app.push_screen(Problem("The run failed", f"{run.run}: {run.reason}", log_tail(run)[-30:]))
        else:
            self.notify(run.reason, title=f"{run.run}: {run.state}")

    # --------------------------------------------------------------------------------------------- heading

    def _show_heading(self) -> None:
        session, project = self.session, self.session.project
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f" {printable(project.name)} ", style="bold reverse")
        round_number = project.origin.get("round")
        if round_number:
            text.append(f" round {round_number} of {printable(str(project.origin.get('root')))}", style="italic")
        if self._read_once:
            objective = project.objective
            text.append(f"  {printable(project.tuner or 'unknown tuner')}")
            goal = f"{printable(objective.name)} {objective.direction}" if objective else "objective unknown"
            text.append(f"  {goal}{' (inferred)' if objective and objective.inferred else ''}")
            text.append(f"  {len(project.trials)} trials")
            if project.best is not None:
                text.append(f"  best {cell(project.best.score)}", style="bold green")
            if project.problems:
                text.append(f"  {len(project.problems)} unreadable", style="bold red")
        else:
            text.append("  reading …", style="dim")
        run = session.run
        if run is not None and run.state == "running":
            text.append("\n ▶ ", style="bold green")
            of = f" of {run.planned}" if run.planned else ""
            text.append(f"{run.done}{of} trials, {now_line(run)}")
            if run.eta_s() is not None:
                text.append(f", about {duration(run.eta_s())} to go")
        elif run is not None and run.state != "finished":
            text.append(f"\n {run.state}: {printable(run.reason)}", style="yellow")
        self.query_one("#heading", Lines).say(text)

    # ----------------------------------------------------------------------------------------------- views

    @property
    def _view_name(self) -> str:
        return (self.query_one(ContentSwitcher).current or "trials-view").removesuffix("-view")

    @property
    def _view(self) -> View:
        return self.query_one(f"#{self._view_name}-view", View)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a field, a digit is a character."""
        return not (action == "view" and isinstance(self.focused, Input))

    def action_view(self, name: str) -> None:
        """Bring a view to the front."""
        if name == "space" and self.session.draft is None:
            self._make_draft()
        self.query_one(ContentSwitcher).current = f"{name}-view"
        self._view.show(self.session)
        self._view.focus_main()

    def action_back(self) -> None:
        """To the trials, else to the screen before."""
        if self._view_name != "trials":
            self.action_view("trials")
        elif len(self.app.screen_stack) > 2:
            self.dismiss()

    def action_help(self) -> None:
        """Every key."""
        self.app.push_screen(Help())

    # -------------------------------------------------------------------------------------- what views want

    @on(View.FilterChanged)
    def _filter_changed(self, message: View.FilterChanged) -> None:
        self.session.set_filter(message.text)
        self._view.show(self.session)

    @on(View.SortChanged)
    def _sort_changed(self, message: View.SortChanged) -> None:
        self.session.set_sort(_next_sort(self.session.sort_keys, message.column, message.also))
        self._view.show(self.session)

    @on(View.NarrowWanted)
    def _narrow_wanted(self) -> None:
        self._make_draft()
        self.action_view("space")

    def _make_draft(self) -> None:
        """A draft of the project's space, with proposals from what the filter leaves, or from the best."""
        session, project = self.session, self.session.project
        kept = session.draft is not None and session.draft.changes() and session.draft.parent == project.space
        if not kept:  # edits outlive a new proposal
            session.draft = Draft(project.space) if project.space else None
        session.proposals, session.chosen = [], []
        where = "" if session.filter_error else session.where
        if not project.space:
            session.basis = f"{project.name} has no search space yet: oracle.json holds none."
            self.run_worker(self.query_one(SpaceView).show_draft(session), group="draft", exclusive=True)
            return
        try:
            selection = select(project, where)
            session.proposals = propose_from(project, selection)
            session.chosen = [trial.trial_id for trial in selection.good]
            session.basis, session.basis_where, session.basis_top = selection.description, where, ""
        except TuituneError as error:
            session.basis, session.basis_where = error.message, ""
        self.run_worker(self.query_one(SpaceView).show_draft(session), group="draft", exclusive=True)

    @on(View.LaunchWanted)
    def _launch_wanted(self) -> None:
        def launched(run: str | None) -> None:
            if run is not None:
                self._open_run(run)

        self.app.push_screen(LaunchDialog(self.session), launched)

    @on(View.ProjectWanted)
    def _project_wanted(self, message: View.ProjectWanted) -> None:
        self._open_run(message.run)

    def _open_run(self, run: str) -> None:
        """Open the project of a run, on top of this screen."""
        try:
            status = next(item for item in self._feed.runs() if item.run == run)
        except (StopIteration, TuituneError):
            self.notify(f"{run} cannot be found.", severity="warning")
            return
        if status.project is None or not status.project.exists():
            self.notify(f"{run} has no project to open.", severity="warning")
        elif status.project.resolve() == self.session.path.resolve():
            self.action_view("trials")
        else:
            self.app.push_screen(ProjectScreen(status.project))


def _next_sort(keys: tuple[SortKey, ...], column: str, also: bool) -> tuple[SortKey, ...]:
    """Up, down, off for one column; with `also`, among the columns before."""
    old = next((key for key in keys if key.name == column), None)
    if old is None:
        new: tuple[SortKey, ...] = (SortKey(column),)
    elif not old.descending:
        new = (SortKey(column, True),)
    else:
        new = ()
    if not also:
        return new
    if old is None:
        return keys + new
    return tuple(item for key in keys for item in (new if key is old else (key,)))
