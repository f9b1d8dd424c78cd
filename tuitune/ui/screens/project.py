"""The screen of one project: heading, the view that was chosen, footer. It owns the session.

Views ask for changes by message; threads bring news by message; this screen alone changes the session and
shows it to the view in front.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher, Input

from tuitune.errors import TuituneError
from tuitune.project.cache.place import kept_place
from tuitune.ui.commands import bindings
from tuitune.ui.messages import AtRest, FamilyRead, ProjectRead, ReadFailed, RunsRead
from tuitune.ui.screens.waiting import WaitingScreen
from tuitune.ui.views.base import View
from tuitune.ui.views.registry import load_style, make_view
from tuitune.ui.views.trials import TrialsView
from tuitune.ui.widgets.keys_line import KeysLine
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable

if TYPE_CHECKING:
    from tuitune.launch.runs import RunStatus
    from tuitune.project.trials import Objective


class ProjectScreen(WaitingScreen):
    """One project, in a few views. Painted at once, as it was or empty, and filled behind the first frame."""

    BINDINGS = bindings("screen")

    def __init__(self, path: Path, view: str = "trials") -> None:
        super().__init__()
        self._path = path
        self._first_view = view
        self._ended: set[str] = set()  # runs whose end was told
        self._watched: str | None = None  # the run of this project that was seen running

    def compose(self) -> ComposeResult:
        """Heading, the table, the keys."""
        yield Lines(id="heading")
        with ContentSwitcher(initial="trials-view", id="views"):
            yield TrialsView(id="trials-view")
        yield KeysLine(id="keys")

    def on_mount(self) -> None:
        """Show what was there the last time, or an empty screen; all else comes behind it."""
        name = self._path.name if self._path.name not in ("", "..") else self._path.resolve().name
        title = Text(" ", no_wrap=True).append(f" {name.encode('ascii', 'replace').decode()} ", style="bold reverse")
        self.query_one("#heading", Lines).say(title.append("  reading …", style="dim"))
        self.set_focus(self.query_one(LineTable))  # now, or the first frame shows the keys of no focus
        self._recall()
        self.call_after_refresh(self._fill)

    def _recall(self) -> None:
        """Show what was there the last time."""
        if not os.path.exists(kept_place(self._path).with_suffix(".json")):
            return  # before what reads it is loaded
        from tuitune.ui.screen_cache import as_text, load_sight

        sight = load_sight(self._path)
        if sight is not None:
            self.query_one("#heading", Lines).say(as_text(sight.heading))
            self.query_one(TrialsView).recall(sight)

    @on(AtRest)
    def _at_rest(self, message: AtRest) -> None:
        """Keep the screen for the next time."""
        from tuitune.ui.drawing.heading import heading
        from tuitune.ui.screen_cache import keep_sight

        data = self.query_one(TrialsView).to_keep(message.stamp, heading(self.session), self.app.console)
        if data is not None:
            self.run_worker(partial(keep_sight, self._path, data), thread=True, group="keep", exit_on_error=False)

    def _fill(self) -> None:
        """Load what reads and shows projects. What was kept of a large one is shown before anything is read."""
        from tuitune.ui.feeds.project import Feed
        from tuitune.ui.session import Session

        view = self.query_one(TrialsView)
        self._feed = view.feed = Feed(self._path)
        self.session = Session.empty(self._path)
        kept = self._feed.recall()
        if kept is not None:
            self.session.take(*kept)
            self._show_heading()
            self._show_first()
        self.call_after_refresh(self._begin)  # what is there is painted first

    async def _begin(self) -> None:
        """Begin to read."""
        self._keep_reading()
        if self._first_view != "trials":
            await self.action_view(self._first_view)

    def _keep_reading(self) -> None:
        self._read()
        self.set_timer(self._feed.read_every_s, self._keep_reading)

    def _show_first(self) -> None:
        """The session can be shown, and acted on, from now on."""
        self.query_one(TrialsView).show(self.session)
        self.set_filled()

    @on(ReadFailed)
    def _nothing_read(self) -> None:
        if self.is_waiting:
            self._show_first()

    def on_unmount(self) -> None:
        """Let go of the threads that still read."""
        if hasattr(self, "_feed"):
            self._feed.close()

    # --------------------------------------------------------------------------------------- what was read

    def _watched_run(self) -> RunStatus | None:
        if self._view_name != "runs":
            return None
        from tuitune.ui.views.runs import RunsView

        return self.query_one(RunsView).selected

    def _wants_family(self) -> bool:
        return self._view_name in ("rounds", "space") or self.session.shows_family

    @on(ProjectRead)
    def _project_read(self, message: ProjectRead) -> None:
        self.project_shown()
        self.session.take(message.project, message.table)
        self._show_heading()
        if self.is_waiting:
            self._show_first()
        if self._view_name == "trials":
            self._view.show(self.session)
        elif self._view_name == "space" and self.session.draft is None and message.project.space:
            self._make_draft()  # the view was asked for before there was anything to show

    @on(FamilyRead)
    def _family_read(self, message: FamilyRead) -> None:
        self.session.take_family(message.rounds, message.table)
        if self._view_name in ("rounds", "trials"):
            self._view.show(self.session)
        elif self._view_name == "space":
            from tuitune.ui.views.space import SpaceView

            self.query_one(SpaceView).show_difference()

    @on(RunsRead)
    def _runs_read(self, message: RunsRead) -> None:
        self.session.runs = message.runs
        self._show_heading()
        if self._view_name == "runs":
            self._view.show(self.session)
            from tuitune.ui.views.runs import RunsView

            self.query_one(RunsView).show_log(message.log_of, message.log)
        elif self._view_name == "trials" and self.session.is_read:
            self.query_one(TrialsView).refresh_curves()
        self._tell_ends()

    def _tell_ends(self) -> None:
        """Say once how the run of this project ended while it was watched; at length where it failed."""
        from tuitune.ui.dialogs.small import Problem
        from tuitune.ui.feeds.log import log_tail

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

    def _show_heading(self) -> None:
        from tuitune.ui.drawing.heading import heading

        self.query_one("#heading", Lines).say(heading(self.session))

    # ----------------------------------------------------------------------------------------------- views

    @property
    def _view_name(self) -> str:
        return (self.query_one(ContentSwitcher).current or "trials-view").removesuffix("-view")

    @property
    def _view(self) -> View:
        return self.query_one(f"#{self._view_name}-view", View)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a field, a digit is a character."""
        return not (action in ("view", "objective", "problems") and isinstance(self.focused, Input))

    async def action_view(self, name: str) -> None:
        """Bring a view to the front; it is made when it is wanted for the first time."""
        switcher = self.query_one(ContentSwitcher)
        if not switcher.query(f"#{name}-view"):
            load_style(self.app, name)
            await switcher.add_content(make_view(name, self.session))
        if name == "space" and self.session.draft is None:
            self._make_draft()
        switcher.current = f"{name}-view"
        self._view.show(self.session)
        self._view.focus_main()
        if name == "rounds":
            self._read()  # what it shows is read only while it is wanted

    async def action_back(self) -> None:
        """To the trials, else to the screen before."""
        if self._view_name != "trials":
            await self.action_view("trials")
        elif len(self.app.screen_stack) > 1:
            self.dismiss()

    def action_help(self) -> None:
        """Every key."""
        from tuitune.ui.dialogs.small import Help

        self.app.push_screen(Help())

    def action_problems(self) -> None:
        """What is wrong with the project."""
        from tuitune.ui.dialogs.small import Problem

        problems = self.session.project.problems
        if problems:
            lines = [f"{problem.file or 'the project'}: {problem.problem}" for problem in problems]
            self.app.push_screen(Problem("Problems", f"{self.session.project.name}: {len(problems)} found.", lines))
        else:
            self.notify("No problem was found in this project.")

    def action_objective(self) -> None:
        """Say which metric the search optimizes."""
        from tuitune.ui.dialogs.objective import AskObjective

        def answered(objective: Objective | None) -> None:
            if objective is not None and not self._feed.say_objective(objective):
                self.notify("The project cannot be written: the objective holds until you leave.", severity="warning")
            self._read()

        if self.session.is_read:
            self.app.push_screen(AskObjective(self.session.project), answered)

    # -------------------------------------------------------------------------------------- what views want

    @on(View.FilterChanged)
    def _filter_changed(self, message: View.FilterChanged) -> None:
        self.session.set_filter(message.text)
        self._view.show(self.session)

    @on(View.SortChanged)
    def _sort_changed(self, message: View.SortChanged) -> None:
        self.session.toggle_sort(message.column, message.also)
        self._view.show(self.session)

    @on(View.FamilyToggled)
    def _family_toggled(self) -> None:
        """All rounds in the table, or this one; where they were not read yet, they come as soon as they are."""
        self.session.show_family(not self.session.shows_family)
        self._view.show(self.session)
        self._show_heading()
        self._read()

    @on(View.NarrowWanted)
    async def _narrow_wanted(self) -> None:
        had_draft = self.session.draft is not None
        await self.action_view("space")
        if had_draft:
            self._make_draft()

    def _make_draft(self) -> None:
        """A draft of the project's space, with proposals from what the filter leaves, or from the best."""
        from tuitune.ui.views.space import SpaceView

        self.session.make_draft()
        show: Callable[[], Awaitable[None]] = partial(self.query_one(SpaceView).show_draft, self.session)
        self.run_worker(show, group="draft", exclusive=True)

    @on(View.LaunchWanted)
    def _launch_wanted(self) -> None:
        from tuitune.ui.dialogs.launch import LaunchDialog

        async def launched(run: str | None) -> None:
            if run is not None:
                await self._open_run(run)

        self.app.push_screen(LaunchDialog(self.session), launched)

    @on(View.ProjectWanted)
    async def _project_wanted(self, message: View.ProjectWanted) -> None:
        await self._open_run(message.run)

    async def _open_run(self, run: str) -> None:
        """Open the project of a run, on top of this screen."""
        try:
            status = next(item for item in self._feed.runs() if item.run == run)
        except (StopIteration, TuituneError):
            self.notify(f"{run} cannot be found.", severity="warning")
            return
        if status.project is None or not status.project.exists():
            self.notify(f"{run} has no project to open.", severity="warning")
        else:
            await self._open(status.project)

    @on(View.RoundWanted)
    async def _round_wanted(self, message: View.RoundWanted) -> None:
        await self._open(message.path)

    async def _open(self, path: Path) -> None:
        """Open a project on top of this screen; this one's own is here already."""
        if path.resolve() == self.session.path.resolve():
            await self.action_view("trials")
        else:
            self.app.push_screen(ProjectScreen(path))
