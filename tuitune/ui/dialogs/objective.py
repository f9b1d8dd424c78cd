"""Asks which metric a search optimizes, where the files do not tell."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuitune.analysis.text import cell, printable
from tuitune.project.project import Project
from tuitune.project.trials import Objective


class AskObjective(ModalScreen[Objective | None]):
    """Every metric in both directions, the likeliest first; answers the chosen one, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape,q", "dismiss", "Leave it")]

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project
        self._choices = _choices(project)

    def compose(self) -> ComposeResult:
        """Why it is asked, and what can be chosen."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = "Which metric does this search optimize?"
            box.border_subtitle = "enter chooses, esc leaves it"
            yield Static(Text(self._reason()))
            yield OptionList(*[Option(self._label(choice)) for choice in self._choices], id="objectives", markup=False)

    def _reason(self) -> str:
        project = self._project
        if project.objective is not None:
            return f"Now it is {printable(project.objective.name)}, {project.objective.direction}."
        if project.parts:
            return "The scores are those of more than one objective: the search was opened again with another."
        if len(project.candidates) > 1:
            return "keras-tuner does not write it down, and the scores do not tell."
        return "keras-tuner does not write it down, and no trial has a score that would tell."

    def _label(self, choice: Objective) -> str:
        values = [v for v in self._project.trials.columns.metrics.get(choice.name, []) if v is not None]
        range_text = f"   {cell(min(values))} … {cell(max(values))}" if values else ""
        goal = "as high as possible" if choice.direction == "max" else "as low as possible"
        return f"{printable(choice.name)}, {goal}{range_text}"

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[message.option_index])


def _choices(project: Project) -> list[Objective]:
    """What can be chosen: the candidates as they are stored, then every metric the one way and the other."""
    first = [Objective(choice.name, choice.direction, False) for choice in project.candidates]
    names = list(project.trials.columns.metrics)
    rest = [Objective(name, direction, False) for name in names for direction in ("max", "min")]
    return list(dict.fromkeys([*first, *rest]))
