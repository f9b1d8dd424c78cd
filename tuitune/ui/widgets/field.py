"""One hyperparameter of the space as a row of a form: bounds and step, or values to switch on and off."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuitune.analysis.rank_classes import Mark
from tuitune.analysis.text import printable
from tuitune.narrowing.draft import Key
from tuitune.narrowing.proposal import Proposal, describe_proposal
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Hyperparameter, Scalar
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.number_input import NumberInput
from tuitune.ui.widgets.option_toggles import OptionToggles
from tuitune.ui.widgets.range_strip import RangeStrip


class HyperparameterField(Vertical):
    """A row of the form: name and type, the fields, and below them the proposal or what is wrong."""

    class Typed(Message):
        """Posted while the user types; `text` is not taken yet."""

        def __init__(self, row: HyperparameterField, field: str, text: str) -> None:
            super().__init__()
            self.row, self.field, self.text = row, field, text

    class Edited(Message):
        """Posted when the user has finished with one field."""

        def __init__(self, row: HyperparameterField, field: str, text: str) -> None:
            super().__init__()
            self.row, self.field, self.text = row, field, text

    class Toggled(Message):
        """Posted when the user switches a value."""

        def __init__(self, row: HyperparameterField, option: Scalar) -> None:
            super().__init__()
            self.row, self.option = row, option

    class Focused(Message):
        """Posted when the focus comes to this row."""

        def __init__(self, row: HyperparameterField) -> None:
            super().__init__()
            self.row = row

    def __init__(self, hp: Hyperparameter, parent: Hyperparameter, marks: Sequence[Mark] = ()) -> None:
        super().__init__()
        self.key: Key = parent.key
        self._marks = marks
        self._hp = hp
        self._parent_hp = parent
        self._proposal: Proposal | None = None

    def compose(self) -> ComposeResult:
        """Name, fields and the sentence."""
        hp, parent = self._hp, self._parent_hp
        kind = parent.kind if not parent.is_log else f"{parent.kind} {parent.sampling}"
        label = Text(printable(parent.name), style="bold", no_wrap=True, overflow="ellipsis")
        label.append(f" {kind}", style="dim not bold")
        with Horizontal(classes="field-line"):
            yield Static(label, classes="field-name")
            if hp.is_numeric:
                yield NumberInput(format_scalar(hp.minimum, 8), "minimum")
                yield Static("…", classes="field-dots")
                yield NumberInput(format_scalar(hp.maximum, 8), "maximum")
                yield Static("step ×" if hp.is_log else "step", classes="field-step")
                yield NumberInput(format_scalar(hp.step, 8), "step")
            elif parent.is_numeric:
                yield Static("fixed", classes="field-dots wide")
                yield NumberInput(format_scalar(hp.value, 8), "value")
            elif parent.kind in ("Choice", "Boolean"):
                yield OptionToggles(parent.options())
            else:
                yield Static(f"fixed {printable(format_scalar(parent.value))}", classes="field-only")
        if parent.is_numeric or parent.kind in ("Choice", "Boolean"):
            yield RangeStrip(parent)
        yield Lines(classes="field-note", wraps=True)

    def on_mount(self) -> None:
        """Show the values that are on."""
        self._fill()

    def show(self, hp: Hyperparameter, proposal: Proposal | None, problem: str) -> None:
        """Show the draft's `hp`, the proposal for it, and what is wrong with it."""
        rebuild = hp.is_numeric != self._hp.is_numeric
        self._hp, self._proposal = hp, proposal
        if rebuild:
            self.run_worker(self._rebuild(problem), exclusive=True)
            return
        self._fill()
        self.show_problem(problem)

    async def _rebuild(self, problem: str) -> None:
        await self.recompose()
        self._fill()
        self.show_problem(problem)
        self.focus_field()

    def _fill(self) -> None:
        for field in self.query(NumberInput):
            field.write(format_scalar(getattr(self._hp, field.name or ""), 8))
        for toggles in self.query(OptionToggles):
            on_values = self._hp.options() if self._hp.kind != "Fixed" else (self._hp.value,)
            toggles.show(tuple(on_values))
        for strip in self.query(RangeStrip):
            strip.show(self._hp, self._proposal, self._marks)
        self.set_class(self._hp != self._parent_hp, "-changed")

    def show_problem(self, problem: str) -> None:
        """Say below the fields what is wrong; "" says the proposal instead."""
        self.set_class(bool(problem), "-invalid")
        note = Text(problem, style="bold red") if problem else self._note()
        self.query_one(".field-note", Lines).say(note)

    def _note(self) -> Text:
        note = Text()
        if self._parent_hp.conditions:
            needs = " and ".join(
                f"{printable(c.name)} = {' or '.join(printable(format_scalar(v)) for v in c.values)}"
                for c in self._parent_hp.conditions
            )
            note.append(f"if {needs}  ", style="italic dim")
        proposal = self._proposal
        if proposal is not None:
            note.append(f"{proposal.action}: ", style=_ACTION_STYLES.get(proposal.action, "dim"))
            if proposal.changes:
                note.append(f"{printable(describe_proposal(proposal))}  ")
            note.append(printable(proposal.reason), style="dim")
        return note

    def focus_field(self) -> bool:
        """Focus the first field of the row; False where it has none."""
        for widget in self.query("NumberInput, OptionToggles"):
            widget.focus()
            return True
        return False

    def focused_bound(self) -> str | None:
        """`minimum` or `maximum`, where that field has the focus."""
        names = (field.name for field in self.query(NumberInput) if field.has_focus)
        return next((name for name in names if name in ("minimum", "maximum")), None)

    def typed(self) -> tuple[str, str] | None:
        """Name and text of the field that was changed and not left yet."""
        for field in self.query(NumberInput):
            if field.value != format_scalar(getattr(self._hp, field.name or ""), 8):
                return field.name or "", field.value
        return None

    def on_descendant_focus(self) -> None:
        """The evidence beside the form follows the focus."""
        self.post_message(self.Focused(self))

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.Typed(self, message.input.name or "", message.value))

    @on(NumberInput.Committed)
    def _committed(self, message: NumberInput.Committed) -> None:
        message.stop()
        name = message.field.name or ""
        if message.field.value != format_scalar(getattr(self._hp, name), 8):
            self.post_message(self.Edited(self, name, message.field.value))

    @on(OptionToggles.Toggled)
    def _toggled(self, message: OptionToggles.Toggled) -> None:
        message.stop()
        self.post_message(self.Toggled(self, message.option))


_ACTION_STYLES = {"narrow": "bold green", "drop": "bold green", "fix": "bold green", "widen": "bold yellow"}
