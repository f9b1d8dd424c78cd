"""The Rounds view: the family of a search, what each round changed, why, and what it gained; the best so far."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from tuitune.analysis.family import Round, best_so_far
from tuitune.analysis.text import cell, printable
from tuitune.project.scalars import format_scalar
from tuitune.ui.commands import Command
from tuitune.ui.session import Session
from tuitune.ui.views.base import FAMILY, View
from tuitune.ui.widgets.family_chart import FamilyChart
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableColumn, TableModel


class RoundsView(View):
    """The rounds of the opened project's family, in the order in which they were made."""

    COMMANDS = (Command("enter", "open", "Open", "open this round"),)
    follows = frozenset({FAMILY})
    wants_family = True

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """The rounds; below them what the one under the cursor is, beside the curve."""
        yield LineTable(id="rounds")
        with Horizontal(id="rounds-main"):
            with VerticalScroll(id="round-scroll", can_focus=False):
                yield Lines(id="round-text", wraps=True)
            yield FamilyChart(id="rounds-chart")

    def focus_main(self) -> None:
        """Focus the table of rounds."""
        self.query_one(LineTable).focus()

    @property
    def selected(self) -> Round | None:
        """The round under the cursor."""
        key = self.query_one(LineTable).highlighted_key
        return next((item for item in self.session.family if str(item.number) == key), None)

    def show(self, session: Session) -> None:
        """Show the rounds as they stand."""
        self.session = session
        if session.family is not self._shown:
            first = not self._shown  # the rounds come after the view
            self._shown = session.family
            table = self.query_one(LineTable)
            table.set_model(_model(session))
            if first and session.family:
                table.move_to(next(n for n, item in enumerate(session.family) if _is_open(item, session)))
            objective = session.project.objective
            steps = best_so_far(session.family, objective) if objective is not None else []
            self.query_one(FamilyChart).show(steps, objective)
        self._show_round()

    def _show_round(self) -> None:
        item = self.selected
        self.query_one("#round-text", Lines).say(Text() if item is None else describe_round(item, self.session))

    @on(LineTable.Highlighted)
    def _highlighted(self, message: LineTable.Highlighted) -> None:
        message.stop()
        self._show_round()

    @on(LineTable.RowClicked)
    def _row_clicked(self, message: LineTable.RowClicked) -> None:
        message.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the round."""
        if self.selected is not None:
            self.post_message(self.ProjectWanted(self.selected.project.path))


def _model(session: Session) -> TableModel:
    rounds = session.family
    best = session.best_round
    columns = [
        TableColumn(
            "round", "round", [item.number for item in rounds], True, lambda n: f"{'★' if n == best else ' '}{n}"
        ),
        TableColumn("project", "project", [_name(item, session) for item in rounds]),
        TableColumn("from", "from", [item.parent or "" for item in rounds]),
        TableColumn("algorithm", "algorithm", [item.algorithm for item in rounds]),
        TableColumn("trials", "trials", [len(item.project.trials) for item in rounds], True),
        TableColumn("best", "best", [item.project.best.score if item.project.best else None for item in rounds], True),
        TableColumn("gain", "gain", [item.gain for item in rounds], True, _signed),
        TableColumn("changed", "changed", [", ".join(c.name for c in item.changes) for item in rounds]),
    ]

    def row_class(index: int) -> str | None:
        return "table--best" if rounds[index].number == best else None

    keys = [str(item.number) for item in rounds]
    return TableModel(columns, list(range(len(rounds))), keys, row_class=row_class, empty="Reading the rounds …")


def _is_open(item: Round, session: Session) -> bool:
    return item.project.path.resolve() == session.path.resolve()


def _name(item: Round, session: Session) -> str:
    return f"{item.project.name} (open)" if _is_open(item, session) else item.project.name


def _signed(gain: float | None) -> str:
    """With its sign: a gain is better, a loss is not."""
    if gain is None:
        return ""
    return f"+{format_scalar(gain, 2)}" if gain > 0 else format_scalar(gain, 2)


def describe_round(item: Round, session: Session) -> Text:
    """What the round is, why it is so, and what it gained."""
    project = item.project
    text = Text()
    text.append(f"Round {item.number}: {printable(project.name)}", style="bold")
    if _is_open(item, session):
        text.append("  (open)", style="dim")
    text.append("\n")
    if item.parent is None:
        text.append(f"the first search, {printable(item.algorithm)}\n", style="dim")
    else:
        text.append(f"{printable(item.algorithm)}, narrowed from {printable(item.parent)}")
        text.append(f" {printable(item.basis)}\n")
        if item.told:
            text.append(f"{item.told}\n", style="dim")
    _append_gain(text, item)
    if len(session.family) == 1:
        text.append("\nNo other round yet. In Trials, n proposes a narrower space; there, l launches it.")
    for change in item.changes:
        text.append(f"\n{printable(change.name)} ", style="bold")
        text.append(f"{printable(change.before)} → ", style="dim")
        text.append(printable(change.after), style="green")
        if change.reason:
            text.append(f"\n  {printable(change.reason)}", style="dim")
    if item.parent is not None and not item.changes:
        text.append("\nthe same space as its parent's", style="dim")
    return text


def _append_gain(text: Text, item: Round) -> None:
    best = item.project.best
    if best is None:
        text.append("no finished trial yet\n", style="dim")
        return
    text.append(f"best {cell(best.score)}, trial {printable(best.trial_id)}")
    if item.gain is not None:
        style, words = ("bold green", "better than") if item.gain > 0 else ("yellow", "worse than")
        if item.gain == 0:
            text.append(", as good as the rounds before", style="dim")
        else:
            text.append(f", {format_scalar(abs(item.gain), 2)} {words} the rounds before", style=style)
    text.append("\n")
