"""The screen of one project: heading, views, filter, keys. It owns the session.

Views ask for changes by message; threads bring news by message; this screen alone changes the session, and tells the
view in front. It knows no view by name: the registry lists them, and each says what it follows.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.widgets import ContentSwitcher, Input

from tuitune.analysis.text import printable
from tuitune.errors import TuituneError
from tuitune.project.cache.place import screen_place
from tuitune.ui import commands
from tuitune.ui.drawing.filter_count import filter_count
from tuitune.ui.messages import AtRest, FamilyRead, ProjectRead, ReadFailed, RunsRead
from tuitune.ui.screens.run_ends import RunEnds
from tuitune.ui.screens.screen_saver import ScreenSaver
from tuitune.ui.screens.waiting import WaitingScreen
from tuitune.ui.views import registry
from tuitune.ui.views.base import FAMILY, PROJECT, RUNS, View
from tuitune.ui.views.registry import all_commands, entry_named, make_view, view_commands
from tuitune.ui.widgets.filter_line import FilterLine
from tuitune.ui.widgets.items_line import Item
from tuitune.ui.widgets.keys_line import KeysLine
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.views_line import ViewsLine

if TYPE_CHECKING:
    from tuitune.launch.events import RunStatus
    from tuitune.project.trials import Objective

_COUNT_SHARE = 0.6  # of the filter line: what a sentence about the filter may take
_OF_FILTER = frozenset(command.action for command in commands.TRIALS_SHOWN)
_CHARACTERS = frozenset({"view", "objective", "problems", "filter"})  # in a field their keys are what is written


class ProjectScreen(WaitingScreen):
    """One project, in a few views. Painted at once, as it was or empty, and filled behind the first frame."""

    BINDINGS = commands.bindings("screen", (*commands.SCREEN, *commands.TRIALS_SHOWN))

    def __init__(self, path: Path, view: str | None = None) -> None:
        super().__init__()
        self._bindings = BindingsMap.merge([BindingsMap(commands.bindings("view", view_commands())), self._bindings])
        self._path = path
        self._first = registry.VIEWS[0]
        self._wanted = view  # to be brought to the front as soon as there is a session
        self._ends = RunEnds()

    def compose(self) -> ComposeResult:
        """Title, views, the first of them, filter, keys."""
        yield Lines(id="heading")
        views = [Item(entry.name, entry.key, entry.label, entry.help) for entry in registry.VIEWS]
        yield ViewsLine(views, self._first.name, id="views-line")
        with ContentSwitcher(initial=self._first.id, id="views"):
            yield make_view(self._first, self.app)
        yield FilterLine(lambda: self._view.focus_main(), id="filter-line")
        yield KeysLine(id="keys")

    def on_mount(self) -> None:
        """Show what was there the last time, or an empty screen; all else comes behind it."""
        name = self._path.name if self._path.name not in ("", "..") else self._path.resolve().name
        title = Text(" ", no_wrap=True).append(f" {printable(name)} ", style="bold reverse")
        self.query_one("#heading", Lines).say(title.append("  reading …", style="dim"))
        self._view.focus_main()  # now, or the first frame shows the keys of no focus
        self._recall()
        self.call_after_refresh(self._fill)

    def _recall(self) -> None:
        """Show what was there the last time."""
        if not os.path.exists(screen_place(self._path)):
            return  # before what reads it is loaded
        from tuitune.ui.screen_cache import as_text, load_screen

        saved = load_screen(self._path)
        if saved is not None:
            self.query_one("#heading", Lines).say(as_text(saved.heading))
            self.query_one(FilterLine).say("", as_text(saved.count))
            self._view.recall(saved)

    @on(AtRest)
    def _at_rest(self, message: AtRest) -> None:
        self._saver.at_rest(message.stamp)

    def _fill(self) -> None:
        """Load what reads and shows projects. What was kept of a large one is shown before anything is read."""
        from tuitune.ui.feeds.project import Feed
        from tuitune.ui.session import Session

        self._feed = Feed(self._path)
        self.session = Session.empty(self._path)
        self._give(self._view)
        self._saver = ScreenSaver(self, self._view, self._heading, self._feed.save_screen)
        kept = self._feed.recall()
        if kept is not None:
            self.session.take(*kept)
            self._show_heading()
            self._show_first()
        self.call_after_refresh(self._begin)  # what is there is painted first

    def _give(self, view: View) -> None:
        view.session, view.feed = self.session, self._feed

    async def _begin(self) -> None:
        """Begin to read."""
        self._keep_reading()
        if self._wanted is not None:
            await self.action_view(self._wanted)

    def _keep_reading(self) -> None:
        self._read()
        self.set_timer(self._feed.read_every_s, self._keep_reading)

    def _show_first(self) -> None:
        """The session can be shown, and acted on, from now on."""
        self._show_count()
        self.query_one(f"#{self._first.id}", View).show(self.session)
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
        return self._view.watched_run

    def _wants_family(self) -> bool:
        return self._view.wants_family or self.session.shows_family

    def _tell(self, what: str) -> None:
        """Tell the view in front that `what` has a new state."""
        if what in self._view.follows:
            self._view.told(what)

    @on(ProjectRead)
    def _project_read(self, message: ProjectRead) -> None:
        self.project_shown()
        self.session.take(message.project, message.table)
        self._show_heading()
        if self.is_waiting:
            self._show_first()
            if self._view.id == self._first.id:
                return  # that has shown it
        self._show_count()
        self._tell(PROJECT)

    @on(FamilyRead)
    def _family_read(self, message: FamilyRead) -> None:
        self.session.take_family(message.rounds, message.table)
        self._show_count()
        self._tell(FAMILY)

    @on(RunsRead)
    def _runs_read(self, message: RunsRead) -> None:
        self.session.runs, self.session.log = message.runs, (message.log_of, message.log)
        self._show_heading()
        self._tell(RUNS)
        self._tell_ends()

    def _tell_ends(self) -> None:
        """Say once how the run of this project ended while it was watched; at length where it failed."""
        run = self._ends.new_end(self.session.run)
        if run is None:
            return
        if run.state == "failed" and self.is_current:
            self.app.push_screen(_dialogs().run_failed(run, self._feed.log(run)))
        else:
            self.notify(run.reason, title=f"{run.run}: {run.state}")

    def _heading(self) -> Text:
        from tuitune.ui.drawing.heading import heading

        return heading(self.session)

    def _show_heading(self) -> None:
        self.query_one("#heading", Lines).say(self._heading())

    # ----------------------------------------------------------------------------------------------- views

    @property
    def _view(self) -> View:
        """The view in front."""
        return self.query_one(f"#{self.query_one(ContentSwitcher).current or self._first.id}", View)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a field, a digit and a slash are characters; the filter's keys are there where trials are shown."""
        if action in _CHARACTERS and isinstance(self.focused, Input):
            return False
        if action in _OF_FILTER:
            return (None if self.is_waiting else True) if self._view.shows_trials else False
        return True

    async def action_view(self, name: str) -> None:
        """Bring a view to the front; it is made when it is wanted for the first time."""
        await self._bring(name)

    @on(ViewsLine.Chosen)
    async def _view_chosen(self, message: ViewsLine.Chosen) -> None:
        if not self.is_waiting:  # a key would wait too; the mouse can point again
            await self._bring(message.name)

    async def _bring(self, name: str, afresh: bool = False) -> None:
        """Bring a view to the front; `afresh`: let it begin again from the present filter."""
        entry, switcher = entry_named(name), self.query_one(ContentSwitcher)
        if not switcher.query(f"#{entry.id}"):
            view = make_view(entry, self.app)
            self._give(view)
            await switcher.add_content(view)
        view = switcher.query_one(f"#{entry.id}", View)
        view.opened(afresh)
        switcher.current = entry.id
        self.query_one(ViewsLine).mark(name)
        self.query_one(FilterLine).display = view.shows_trials
        self._show_rows()
        view.focus_main()
        if view.wants_family:
            self._read()  # what it shows is read only while it is wanted

    async def action_back(self) -> None:
        """To the first view, else to the screen before."""
        if self._view.id != self._first.id:
            await self._bring(self._first.name)
        elif len(self.app.screen_stack) > 1:
            self.dismiss()

    def action_help(self) -> None:
        """Every key."""
        self.app.push_screen(_dialogs().Help(all_commands()))

    def action_problems(self) -> None:
        """What is wrong with the project."""
        if self.session.project.problems:
            self.app.push_screen(_dialogs().problems_of(self.session.project))
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

    # ---------------------------------------------------------------------------- the filter, for all views

    def _show_rows(self) -> None:
        """Filter, order or table are others: show what they leave."""
        self._show_count()
        self._view.show(self.session)

    def _show_count(self) -> None:
        count = filter_count(self.session, int(self.size.width * _COUNT_SHARE) - 2)
        self.query_one(FilterLine).say(self.session.where, count)

    def _set_filter(self, text: str) -> None:
        self.session.set_filter(text)
        self._show_rows()

    @on(Input.Changed, "#filter")
    def _filter_typed(self, message: Input.Changed) -> None:
        self._set_filter(message.value)

    @on(View.FilterChanged)
    def _filter_changed(self, message: View.FilterChanged) -> None:
        self._set_filter(message.text)

    @on(View.SortChanged)
    def _sort_changed(self, message: View.SortChanged) -> None:
        self.session.toggle_sort(message.column, message.also)
        self._show_rows()

    def action_filter(self) -> None:
        """Write a filter."""
        self.query_one(FilterLine).edit()

    def action_clear_filter(self) -> None:
        """Show all trials."""
        self._set_filter("")

    def action_filter_cell(self) -> None:
        """Add the value under the cursor to the filter."""
        cell = self._view.cell
        if cell is not None:
            self.session.narrow_to(*cell)
            self._show_rows()

    def action_all_rounds(self) -> None:
        """The trials of all rounds, or of this one; where they were not read yet, they come as soon as they are."""
        self.session.show_family(not self.session.shows_family)
        self._show_rows()
        self._show_heading()
        self._read()

    async def action_narrow(self) -> None:
        """Propose a space from the trials that the filter leaves."""
        await self._bring("space", afresh=True)

    # ------------------------------------------------------------------------------------ other projects

    @on(View.RunWanted)
    async def _run_wanted(self, message: View.RunWanted) -> None:
        """Open the project of a run, on top of this screen."""
        try:
            await self._open(self._feed.project_of_run(message.run))
        except TuituneError as error:
            self.notify(error.message, severity="warning")

    @on(View.ProjectWanted)
    async def _project_wanted(self, message: View.ProjectWanted) -> None:
        await self._open(message.path)

    async def _open(self, path: Path) -> None:
        """Open a project on top of this screen; this one's own is here already."""
        if path.resolve() == self.session.path.resolve():
            await self._bring(self._first.name)
        else:
            self.app.push_screen(ProjectScreen(path))


def _dialogs() -> ModuleType:
    from tuitune.ui.dialogs import small

    return small
