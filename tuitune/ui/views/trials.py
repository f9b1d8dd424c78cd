"""The Trials view: the table, and beside it the trial under the cursor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer

from tuitune.ui.commands import Command
from tuitune.ui.drawing.filter_count import filter_count
from tuitune.ui.messages import CurvesRead
from tuitune.ui.views.base import FAMILY, PROJECT, RUNS, View
from tuitune.ui.widgets.detail import TrialDetail
from tuitune.ui.widgets.line import WIDE
from tuitune.ui.widgets.table import LineTable

if TYPE_CHECKING:
    from rich.console import Console

    from tuitune.project.project import Project
    from tuitune.project.trials import Trial
    from tuitune.ui.screen_cache import SavedScreen
    from tuitune.ui.session import Session

_HELD_S, _REST_S = 0.1, 0.06  # the cursor is held while moves follow so fast; it rests when none follows for so long


class TrialsView(View):
    """The table of trials."""

    COMMANDS = (
        Command("s", "sort", "Sort", "sort by the column under the cursor; again: the other way; again: off"),
        Command("S", "sort_more", "Sort also", "sort also by this column, within the ones before", False),
        Command("enter", "detail", "Detail", "show or hide the trial beside the table"),
        Command("m", "metric", "Metric", "the next metric in the curve", False),
    )
    follows = frozenset({PROJECT, FAMILY, RUNS})
    shows_trials = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: tuple[Session, int] | None = None  # which state of which session the table shows
        self._moved_at = 0.0
        self._soon: Timer | None = None
        self._detail: bool | None = None  # whether the user wants it; None: by the width of the terminal

    def compose(self) -> ComposeResult:
        """The table, the trial under its cursor."""
        with Horizontal(id="trials-main"):
            yield LineTable(id="trials")
            detail = TrialDetail(id="detail")
            detail.display = self.app.size.width >= WIDE  # or the first layout would be done again
            yield detail

    def on_mount(self) -> None:
        """Follow the cursor."""
        self.watch(self.query_one(LineTable), "shown_row", self._row_shown, init=False)

    def focus_main(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.query_one(LineTable))

    @property
    def cell(self) -> tuple[str, object] | None:
        """The column and the value under the cursor."""
        table = self.query_one(LineTable)
        index, name = table.highlighted, table.column_name
        return None if index is None or name is None else (name, self.session.table.columns[name].values[index])

    def on_resize(self) -> None:
        """A wide terminal has room for the detail."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.size.width >= WIDE
        shown = wide if self._detail is None else self._detail
        detail = self.query_one(TrialDetail)
        detail.display = shown
        self.query_one(LineTable).display = wide or not shown
        if shown:
            self._show_detail()
        if not wide and shown:
            detail.focus()
        elif detail.has_focus:
            self.focus_main()

    @property
    def _shows_detail(self) -> bool:
        return bool(self.query_one(TrialDetail).display)

    def show(self, session: Session) -> None:
        """Show the rows that the filter leaves, in their order."""
        from tuitune.ui.drawing.trials_table import table_model

        self.session = session
        if self._shown != (session, session.version):
            self._shown = session, session.version
            table = self.query_one(LineTable)
            table.set_model(table_model(session))
        self._show_detail()

    def told(self, what: str) -> None:
        """New rows are shown; what a run says can only be new epochs of the trial that is being trained."""
        if what != RUNS:
            self.show(self.session)
        elif self.session.is_read:
            self._refresh_curves()

    def recall(self, saved: SavedScreen) -> None:
        """Show what was there the last time, until there is a session."""
        self.query_one(LineTable).set_model(saved.model())
        self.query_one(TrialDetail).recall(saved.detail_lines(), saved.detail_width)

    def to_save(self, stamp: list[int], heading: Text, console: Console) -> bytes | None:
        """What is there, where it is what a screen that was just opened shows; None where it is not."""
        from tuitune.ui.screen_cache import encode_screen

        if self._shown is None:
            return None
        session, table = self.session, self.query_one(LineTable)
        is_over = session.is_over and "\n" not in heading.plain
        if not (session.is_as_opened and is_over and session.order and self._shown == (session, session.version)):
            return None
        is_first = self._shows_detail and table.cursor_row == 0 and not self.is_behind
        detail = self.query_one(TrialDetail).laid_out if is_first else ([], 0)
        count = filter_count(session, self.size.width)
        return encode_screen(session.path, stamp, table.model, table.widths, heading, count, *detail, console)

    @property
    def is_behind(self) -> bool:
        """Whether the detail does not show the trial under the cursor yet: keys follow fast, or its curves are read."""
        return self._soon is not None or self.query_one(TrialDetail).waits

    @property
    def is_drawn(self) -> bool:
        """Whether the detail, where it is shown, has the curves of the trial under the cursor."""
        return not self.is_behind and (not self._shows_detail or self.query_one(TrialDetail).is_complete)

    def _show_detail(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        if self._shown is None or not self._shows_detail or not self.session.is_read:
            return
        index = self.query_one(LineTable).highlighted
        trial, project = self.session.trial_at(index), self.session.project_at(index)
        self.query_one(TrialDetail).show(project, trial)
        if trial is not None:
            self._read_curves(project, trial)

    def _refresh_curves(self) -> None:
        """The trial that is being trained has new epochs."""
        index = self.query_one(LineTable).highlighted
        trial = self.session.trial_at(index)
        if trial is not None and trial.active and self._shows_detail:
            self._read_curves(self.session.project_at(index), trial)

    @work(thread=True, exclusive=True, group="curves", exit_on_error=False)
    def _read_curves(self, project: Project, trial: Trial) -> None:
        if self.feed is not None:
            self.post_message(CurvesRead(project, trial.trial_id, self.feed.curves(project, trial)))

    @on(CurvesRead)
    def _curves_read(self, message: CurvesRead) -> None:
        message.stop()
        self.query_one(TrialDetail).show_curves(message.project, message.trial_id, message.curves)

    def _row_shown(self) -> None:
        """The cursor stands on another row."""
        now = time.monotonic()
        is_held, self._moved_at = now - self._moved_at < _HELD_S, now
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        if is_held:  # a key that is held runs past trials that nobody reads
            self._soon = self.set_timer(_REST_S, self._show_detail)
        else:
            self._show_detail()

    @on(LineTable.HeaderClicked)
    def _header_clicked(self, message: LineTable.HeaderClicked) -> None:
        message.stop()
        self.post_message(self.SortChanged(message.name, False))

    @on(LineTable.RowClicked)
    def _row_clicked(self, message: LineTable.RowClicked) -> None:
        message.stop()
        self.action_detail()

    # ------------------------------------------------------------------------------------------------ actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Before there is a session, every key waits."""
        return None if self._shown is None else True

    def action_sort(self) -> None:
        """Sort by the column under the cursor."""
        name = self.query_one(LineTable).column_name
        if name is not None:
            self.post_message(self.SortChanged(name, False))

    def action_sort_more(self) -> None:
        """Sort also by the column under the cursor."""
        name = self.query_one(LineTable).column_name
        if name is not None:
            self.post_message(self.SortChanged(name, True))

    def action_detail(self) -> None:
        """Show or hide the trial."""
        self._detail = not self._shows_detail
        self._arrange()
        self._show_detail()

    def action_metric(self) -> None:
        """The next metric in the curve."""
        self.query_one(TrialDetail).next_metric()
