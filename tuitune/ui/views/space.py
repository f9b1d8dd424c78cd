"""The Space view: the space as a form, beside it what the trials say, below it the difference to the parent."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from tuitune.analysis.text import counted, printable
from tuitune.narrowing import draft as drafting
from tuitune.narrowing.draft import Draft, Space
from tuitune.narrowing.rules import FieldProblem, check
from tuitune.project.space import Hyperparameter
from tuitune.ui.commands import Command
from tuitune.ui.dialogs.space_file import ReadSpace, WriteSpace
from tuitune.ui.drawing.range_strip import legend
from tuitune.ui.narrowing import Narrowing
from tuitune.ui.session import Session
from tuitune.ui.views.base import FAMILY, PROJECT, View
from tuitune.ui.widgets.evidence import Evidence
from tuitune.ui.widgets.field import HyperparameterField
from tuitune.ui.widgets.line import Lines


class Form(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Holds the rows. Its own keys are left out: up and down move between hyperparameters."""


class SpaceView(View):
    """The form. It edits the draft of its own narrowing, which begins when it is first opened."""

    COMMANDS = (
        Command("p", "take", "Take", "take the proposal for this hyperparameter"),
        Command("a", "take_all", "Take all", "take every proposal"),
        Command("f", "fix", "Fix", "hold it at the best trial's value; again: free it"),
        Command("x", "reset", "Reset", "as in the parent", False),
        Command("u", "undo", "Undo", "take the last change back", False),
        Command("U", "redo", "Redo", "make it again", False),
        Command("w", "write", "Write", "write the space to a file, for a script or for later", False),
        Command("o", "read", "Open", "take a space from a file", False),
        Command("l", "launch", "Launch", "choose algorithm and budget, then search this space"),
        Command("up", "previous", "", "the hyperparameter above", False, "↑"),
        Command("down", "next", "", "the hyperparameter below", False, "↓"),
        Command("left", "nudge(-1)", "", "move the bound a step down; enter or a digit writes one", False, "←"),
        Command("right", "nudge(1)", "", "move the bound a step up", False, "→"),
        Command("plus", "spread(1)", "", "widen the range by a step at each end", False, "+"),
        Command("minus", "spread(-1)", "", "narrow it by a step at each end", False, "-"),
    )
    follows = frozenset({PROJECT, FAMILY})
    wants_family = True
    _narrowing: Narrowing | None = None
    _built: Draft | None = None  # the draft that the rows of the form are of

    def compose(self) -> ComposeResult:
        """Basis, form and evidence, difference."""
        yield Lines(id="space-basis")
        with Horizontal(id="space-main"):
            yield Form(id="form")
            yield Evidence(id="evidence")
        yield Lines(id="space-difference", wraps=True)

    def focus_main(self) -> None:
        """Focus the first field; the form itself while it has none, so that the view's keys work at once."""
        row = self._focused_row()
        if not (row.focus_field() if row is not None else self._step(1)):
            self.screen.set_focus(self.query_one(Form))

    @property
    def narrowing(self) -> Narrowing:
        """What is being narrowed here."""
        if self._narrowing is None:
            self._narrowing = Narrowing(self.session)
        return self._narrowing

    @property
    def _draft(self) -> Draft:
        assert self.narrowing.draft is not None
        return self.narrowing.draft

    def opened(self, afresh: bool) -> None:
        """Propose from the present filter, where that was asked for or there is no draft yet."""
        if afresh or self.narrowing.draft is None:
            self._propose()

    def told(self, what: str) -> None:
        """A space that was not there when the view was asked for; earlier rounds, which warm the search."""
        if what == FAMILY:
            self._show_difference()
        elif self.narrowing.draft is None and self.session.project.space and self.session.project.can.narrow:
            self._propose()

    def _propose(self) -> None:
        self.narrowing.propose()
        build: Callable[[], Awaitable[None]] = self._build_form
        self.run_worker(build, group="draft", exclusive=True)

    async def _build_form(self) -> None:
        """Show another draft: the form is built anew."""
        form, narrowing = self.query_one(Form), self.narrowing
        await form.remove_children()
        if narrowing.draft is None:
            await form.mount(Static(Text(printable(narrowing.basis) or "No search space was read.")))
        else:
            draft = narrowing.draft
            rows = [HyperparameterField(draft.hyperparameter(hp.key), hp, narrowing.marks(hp)) for hp in draft.parent]
            await form.mount(*rows)
        self._built = narrowing.draft
        self.show(self.session)
        self.focus_main()

    def show(self, session: Session) -> None:
        """Draw the draft as it stands, row by row."""
        narrowing = self.narrowing
        basis = Text("Proposed from ", style="dim") if narrowing.proposals else Text()
        basis.append(printable(narrowing.basis), style="bold" if narrowing.proposals else "yellow")
        if narrowing.draft is not None:
            basis.append("\n").append_text(legend())
        self.query_one("#space-basis", Lines).say(basis)
        if narrowing.draft is None:
            self.query_one("#space-difference", Lines).say("")
            return
        if narrowing.draft is not self._built:
            return  # the form is being built anew
        problems = self._draft.problems()
        for row in self.query(HyperparameterField):
            problem = problems[row.key][0].problem if row.key in problems else ""
            row.show(self._draft.hyperparameter(row.key), self.narrowing.proposal(row.key), problem)
        self._show_difference()
        self._show_evidence(self._focused_row())

    def _show_difference(self) -> None:
        """Say what the draft changes and buys; what is being typed stays as it is."""
        if self.narrowing.draft is not None:
            self.query_one("#space-difference", Lines).say(_difference(self.narrowing))

    def _focused_row(self) -> HyperparameterField | None:
        if self.narrowing.draft is not self._built:
            return None  # the rows are of another draft
        return next((row for row in self.query(HyperparameterField) if row.has_focus_within), None)

    def _show_evidence(self, row: HyperparameterField | None) -> None:
        if row is not None:
            parent = self._draft.original(row.key)
            self.query_one(Evidence).show(
                self.narrowing, parent, self._draft.hyperparameter(row.key), self.narrowing.proposal(row.key)
            )

    # ------------------------------------------------------------------------------------------ the form says

    @on(HyperparameterField.Focused)
    def _row_focused(self, message: HyperparameterField.Focused) -> None:
        message.stop()
        if self.narrowing.draft is not None:
            self._show_evidence(message.row)

    @on(HyperparameterField.Typed)
    def _typed(self, message: HyperparameterField.Typed) -> None:
        """Say at once what keras-tuner would refuse; the draft changes only when the field is left."""
        message.stop()
        result = drafting.edited(self._draft.hyperparameter(message.row.key), message.field, message.text)
        if isinstance(result, FieldProblem):
            message.row.show_problem(result.problem)
            return
        problems = check(result, self._draft.original(message.row.key))
        message.row.show_problem(problems[0].problem if problems else "")

    @on(HyperparameterField.Edited)
    def _edited(self, message: HyperparameterField.Edited) -> None:
        message.stop()
        self._edit(message.row, message.field, message.text)

    def _edit(self, row: HyperparameterField, field: str, text: str) -> bool:
        """Take what was typed into the draft; False where it is no value, and the draft stays."""
        hp = self._draft.hyperparameter(row.key)
        result = drafting.edited(hp, field, text)
        if isinstance(result, FieldProblem):
            self.app.notify(f"{hp.name}: {result.problem}; it stays as it was.", severity="warning")
            self.show(self.session)
            return False
        problems = check(result, self._draft.original(hp.key))
        if problems:
            self.app.notify(f"{hp.name}: {problems[0].problem}.", severity="warning")
        self._draft.set(result)
        self.show(self.session)
        return True

    @on(HyperparameterField.Toggled)
    def _toggled(self, message: HyperparameterField.Toggled) -> None:
        message.stop()
        hp, parent = self._draft.hyperparameter(message.row.key), self._draft.original(message.row.key)
        self._draft.set(drafting.toggled(hp, parent, message.option))
        self.show(self.session)

    # ------------------------------------------------------------------------------------------------ actions

    def _change(self, hp: Hyperparameter) -> None:
        self._draft.set(hp)
        self.show(self.session)

    def action_take(self) -> None:
        """Take the proposal for the focused hyperparameter."""
        row = self._focused_row()
        proposal = None if row is None else self.narrowing.proposal(row.key)
        if proposal is not None:
            self._change(proposal.proposed)

    def action_take_all(self) -> None:
        """Take every proposal."""
        if self.narrowing.draft is not None and self.narrowing.proposals:
            self._draft.replace_all([proposal.proposed for proposal in self.narrowing.proposals])
            self.show(self.session)

    def action_fix(self) -> None:
        """Hold it at the best trial's value, or free it again."""
        row = self._focused_row()
        if row is None:
            return
        hp, parent = self._draft.hyperparameter(row.key), self._draft.original(row.key)
        if hp.kind == "Fixed":
            self._change(parent)
            return
        ranked = [t for t in self.session.project.scored() if parent.is_active(t.values) and parent.name in t.values]
        if not ranked:
            self.app.notify(f"No finished trial has {parent.name}.", severity="warning")
            return
        self._change(drafting.fixed(parent, ranked[0].values[parent.name]))

    def action_nudge(self, by: int) -> None:
        """Move the bound that has the focus."""
        row = self._focused_row()
        bound = None if row is None else row.focused_bound()
        if row is not None and bound is not None:
            self._change(drafting.nudged(self._draft.hyperparameter(row.key), self._draft.original(row.key), bound, by))

    def action_spread(self, by: int) -> None:
        """Widen or narrow the focused range."""
        row = self._focused_row()
        hp = None if row is None else self._draft.hyperparameter(row.key)
        if row is not None and hp is not None and hp.is_numeric:
            self._change(drafting.spread(hp, self._draft.original(row.key), by))

    def action_reset(self) -> None:
        """As in the parent."""
        row = self._focused_row()
        if row is not None:
            self._change(dataclasses.replace(self._draft.original(row.key)))

    def action_undo(self) -> None:
        """Take the last change back."""
        if self.narrowing.draft is None or not self._draft.undo():
            self.app.notify("Nothing to undo.")
            return
        self.show(self.session)

    def action_redo(self) -> None:
        """Make it again."""
        if self.narrowing.draft is None or not self._draft.redo():
            self.app.notify("Nothing to redo.")
            return
        self.show(self.session)

    def action_previous(self) -> None:
        """The hyperparameter above."""
        self._step(-1)

    def action_next(self) -> None:
        """The hyperparameter below."""
        self._step(1)

    def _step(self, by: int) -> bool:
        """Move to the next row that has a field; False where there is none."""
        rows = list(self.query(HyperparameterField))
        row = self._focused_row()
        start = rows.index(row) if row is not None else -by
        around = (rows[(start + by * distance) % len(rows)] for distance in range(1, len(rows) + 1))
        return any(row.focus_field() for row in around)  # one that is fixed in the parent has no field

    def action_write(self) -> None:
        """Keep the space in a file."""

        def written(path: Path | None) -> None:
            if path is not None:
                self.app.notify(f"The space is in {path}; relaunch --space takes it, and o does.")

        if self.narrowing.draft is not None:
            self.app.push_screen(WriteSpace(self.session.project, self._draft), written)

    def action_read(self) -> None:
        """Take the space from a file, as one step that can be undone."""

        def read(space: Space | None) -> None:
            if space is not None:
                self._draft.replace_all(space)
                self.show(self.session)

        if self.narrowing.draft is not None:
            self.app.push_screen(ReadSpace(self.session.project, self._draft), read)

    def action_launch(self) -> None:
        """Go on to the launch, unless something in the draft cannot be."""
        if self.narrowing.draft is None:
            return
        row = self._focused_row()
        typed = None if row is None else row.typed()
        if row is not None and typed is not None and not self._edit(row, *typed):
            return  # what was typed and not entered yet counts, and it cannot be
        for (name, _), problems in self._draft.problems().items():
            self.app.notify(f"{name}: {problems[0].problem}.", title="First correct this", severity="error")
            return
        from tuitune.ui.dialogs.launch import LaunchDialog

        def launched(run: str | None) -> None:
            if run is not None:
                self.post_message(self.RunWanted(run))

        self.app.push_screen(LaunchDialog(self.narrowing), launched)


def _difference(narrowing: Narrowing) -> Text:
    """What the draft changes, and what that buys."""
    draft = narrowing.draft
    assert draft is not None
    changes = draft.changes()
    if not changes:
        return Text("The same space as the parent's. p takes a proposal, a takes all.", style="dim")
    text = Text()
    text.append(f"{counted(len(changes), 'change')} to the parent, ", style="bold")
    if draft.problems():
        text.append("not possible yet: ", style="bold red")
    else:
        text.append(f"{narrowing.estimator.estimate(draft.space).describe()}: ", style="bold")
    for number, change in enumerate(changes):
        text.append("; " if number else "")
        text.append(f"{printable(change.name)} ", style="bold")
        text.append(f"{printable(change.before)} → ", style="dim")
        text.append(printable(change.after), style="green")
    return text
