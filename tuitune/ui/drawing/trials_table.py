"""What the table of trials shows: its columns, what deserves a style, what it says when it is empty."""

from __future__ import annotations

from tuitune.analysis import text as texts
from tuitune.analysis.columns import Column, TrialColumns, default_visible
from tuitune.project.project import Project
from tuitune.project.trials import INTERRUPTED, RUNNING, UNREADABLE
from tuitune.ui.session import Session
from tuitune.ui.widgets.table_model import TableColumn, TableModel


def table_model(session: Session) -> TableModel:
    """The table of a session: what stands in which column, and what deserves a style."""
    table, project = session.table, session.project
    names = default_visible(table)
    objective = project.objective
    if objective is not None and objective.name in names and not project.parts:
        names.remove(objective.name)  # the score says the same
    best_id = session.best_key
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
