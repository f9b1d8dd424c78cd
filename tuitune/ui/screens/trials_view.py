"""The Trials view: the table, the filter, and beside it the trial under the cursor."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tuitune.analysis import text as texts
from tuitune.analysis.columns import Column, TrialColumns, default_visible
from tuitune.analysis.query import both, condition
from tuitune.project.project import Project
from tuitune.project.trials import INTERRUPTED, RUNNING, UNREADABLE, Trial
from tuitune.ui.commands import bindings
from tuitune.ui.feeds import Feed
from tuitune.ui.messages import CurvesRead
from tuitune.ui.session import Session
from tuitune.ui.views import View
from tuitune.ui.widgets.detail import TrialDetail
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableColumn, TableModel

WIDE = 100  # columns from which the detail stands beside the table without being asked for


class FilterInput(Input):
    """The filter line; escape goes back to the table, the filter stays."""

    BINDINGS: ClassVar[list[Any]] = [("escape", "leave", "Leave")]

    class Left(Message):
        """Posted when the user is done with the filter."""

    def action_leave(self) -> None:
        """Give the focus back."""
        self.post_message(self.Left())


class TrialsView(View):
    """The table of trials."""

    BINDINGS = bindings("trials")

    def __init__(self, feed: Feed, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._feed = feed
        self._detail: bool | None = None  # None: by the width of the terminal

    def compose(self) -> ComposeResult:
        """Table and detail, below them the filter."""
        with Horizontal(id="trials-main"):
            yield LineTable(id="trials")
            yield TrialDetail(id="detail")
        with Horizontal(id="filter-bar"):
            yield Static("filter", id="filter-label")
            yield FilterInput(
                placeholder="val_accuracy >= 0.9 and lr < 1e-3      / to write", compact=True, id="filter"
            )
            yield Lines(id="filter-count")

    def on_mount(self) -> None:
        """The table has the focus from the start."""
        self.query_one(TrialDetail).display = False

    def focus_main(self) -> None:
        """Focus the table."""
        self.query_one(LineTable).focus()

    def on_resize(self) -> None:
        """A wide terminal has room for the detail."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.size.width >= WIDE
        shown = wide if self._detail is None else self._detail
        self.query_one(TrialDetail).display = shown
        self.query_one(LineTable).display = wide or not shown
        if not wide and shown:
            self.query_one(TrialDetail).focus()
        elif self.query_one(TrialDetail).has_focus:
            self.focus_main()

    def show(self, session: Session) -> None:
        """Show the rows that the filter leaves, in their order."""
        self.session = session
        table = self.query_one(LineTable)
        table.set_model(table_model(session))
        count = Text(f"{len(session.rows)} of {len(session.table)}", style="bold")
        if session.filter_error:
            count.append(f"  {session.filter_error}", style="not bold red")
        elif len(session.rows) < len(session.table):
            count.append(f", {len(session.table) - len(session.rows)} hidden", style="not bold yellow")
        self.query_one("#filter-count", Lines).say(count)
        field = self.query_one(FilterInput)
        if not field.has_focus and field.value != session.where:
            with field.prevent(Input.Changed):
                field.value = session.where
        self._show_detail()

    def _show_detail(self) -> None:
        trial = self.session.trial_at(self.query_one(LineTable).highlighted)
        self.query_one(TrialDetail).show(self.session.project, trial)
        if trial is not None and self.query_one(TrialDetail).display:
            self._read_curves(self.session.project, trial)

    def refresh_curves(self) -> None:
        """The trial that is being trained has new epochs."""
        trial = self.session.trial_at(self.query_one(LineTable).highlighted)
        if trial is not None and trial.active and self.query_one(TrialDetail).display:
            self._read_curves(self.session.project, trial)

    @work(thread=True, exclusive=True, group="curves", exit_on_error=False)
    def _read_curves(self, project: Project, trial: Trial) -> None:
        self.post_message(CurvesRead(trial.trial_id, self._feed.curves(project, trial)))

    @on(CurvesRead)
    def _curves_read(self, message: CurvesRead) -> None:
        message.stop()
        self.query_one(TrialDetail).show_curves(message.trial_id, message.curves)

    @on(LineTable.Highlighted)
    def _highlighted(self, message: LineTable.Highlighted) -> None:
        message.stop()
        self._show_detail()

    @on(LineTable.HeaderClicked)
    def _header_clicked(self, message: LineTable.HeaderClicked) -> None:
        message.stop()
        self.post_message(self.SortChanged(message.name, False))

    @on(LineTable.RowClicked)
    def _row_clicked(self, message: LineTable.RowClicked) -> None:
        message.stop()
        self.action_detail()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.FilterChanged(message.value))

    @on(Input.Submitted, "#filter")
    @on(FilterInput.Left)
    def _filter_left(self, message: Message) -> None:
        message.stop()
        self.focus_main()

    # ------------------------------------------------------------------------------------------------ actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter, `/` is a character."""
        return not (action == "filter" and self.query_one(FilterInput).has_focus)

    def action_filter(self) -> None:
        """Write a filter."""
        self.screen.set_focus(self.query_one(FilterInput))

    def action_clear_filter(self) -> None:
        """Show all trials."""
        self.query_one(FilterInput).value = ""

    def action_filter_cell(self) -> None:
        """Add the value under the cursor to the filter."""
        table = self.query_one(LineTable)
        index, name = table.highlighted, table.column_name
        if index is None or name is None:
            return
        value = self.session.table.columns[name].values[index]
        self.query_one(FilterInput).value = both(self.session.where, condition(name, value))

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
        self._detail = not self.query_one(TrialDetail).display
        self._arrange()
        self._show_detail()

    def action_metric(self) -> None:
        """The next metric in the curve."""
        self.query_one(TrialDetail).next_metric()

    def action_narrow(self) -> None:
        """Propose a space."""
        self.post_message(self.NarrowWanted())


def table_model(session: Session) -> TableModel:
    """The table of a session: what stands in which column, and what deserves a style."""
    table, project = session.table, session.project
    names = default_visible(table)
    objective = project.objective
    if objective is not None and objective.name in names:
        names.remove(objective.name)  # the score says the same
    best = project.best
    best_id = best.trial_id if best else None
    ids, statuses = table.keys, table.columns["status"].values
    conditional = {hp.name for hp in project.space if hp.conditions}
    active = _ActiveNames(project, table)

    def row_class(index: int) -> str | None:
        if ids[index] == best_id:
            return "table--best"
        return "table--live" if statuses[index] == RUNNING else None

    def cell_class(index: int, name: str) -> str | None:
        if name == "status":
            return "table--bad" if statuses[index] in _BAD else None
        if name in conditional and name not in active.of(index):
            return "table--dim"
        return None

    marks = {}
    for number, key in enumerate(session.sort_keys):
        arrow = "▼" if key.descending else "▲"
        marks[key.name] = f"{arrow}{number + 1}" if len(session.sort_keys) > 1 else arrow
    if table:
        empty = "No trial passes the filter."
    else:
        empty = "No trials yet." if project.exists else "Waiting for the search to write its first trial …"
    return TableModel(
        columns=[_table_column(table.columns[name], best_id) for name in names],
        order=session.order,
        keys=ids,
        marks=marks,
        row_class=row_class,
        cell_class=cell_class,
        empty=empty,
    )


class _ActiveNames:
    """Which hyperparameters are active in a trial; the row that is being painted is asked for many times."""

    def __init__(self, project: Project, table: TrialColumns) -> None:
        self._project = project
        self._table = table
        self._index = -1
        self._names: set[str] = set()

    def of(self, index: int) -> set[str]:
        """Names of the hyperparameters that the trial's own values make active."""
        if index != self._index:
            values = self._table.trials[index].values
            self._index = index
            self._names = {hp.name for hp in self._project.space if hp.is_active(values)}
        return self._names


_BAD = frozenset({"FAILED", "INVALID", INTERRUPTED, UNREADABLE})
_TITLES = {"trial_id": "trial", "duration": "time", "best_step": "best ep"}
_STATUSES = {
    "COMPLETED": "✓ done",
    "FAILED": "✗ failed",
    "INVALID": "✗ invalid",
    "RUNNING": "▶ running",
    INTERRUPTED: "‖ interrupted",
    UNREADABLE: "✗ unreadable",
}


def _table_column(column: Column, best_id: str | None) -> TableColumn:
    if column.role != "fact":
        return TableColumn(column.name, column.name, column.values, column.is_number)
    title = _TITLES.get(column.name, column.name)
    if column.name == "trial_id":
        return TableColumn(
            column.name,
            title,
            column.values,
            False,
            lambda v: f"{'★' if v == best_id else ' '}{texts.cell(v)}",
        )
    if column.name == "status":
        return TableColumn(column.name, title, column.values, False, lambda v: _STATUSES.get(v) or texts.cell(v))
    if column.name == "duration":
        return TableColumn(column.name, title, column.values, True, texts.duration)
    return TableColumn(column.name, title, column.values, column.is_number)
