"""Small dialogs: a question, a problem, the list of keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tuitune.analysis.text import printable
from tuitune.project.project import Project
from tuitune.ui.commands import Command
from tuitune.ui.drawing.log import draw_log

if TYPE_CHECKING:
    from tuitune.launch.events import RunStatus
    from tuitune.launch.plan import Plan


class Confirm(ModalScreen[bool]):
    """Asks before something that cannot be undone; answers True or False."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape,n", "answer(False)", "No"), ("y", "answer(True)", "Yes")]

    def __init__(self, title: str, question: str, yes: str, more: Sequence[str] = ()) -> None:
        """Ask `question`, under `title`; `yes` is what the button says, `more` are lines to look at first."""
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes
        self._more = more

    def compose(self) -> ComposeResult:
        """The question, what it is about, and two buttons."""
        with Vertical(classes="dialog wide" if self._more else "dialog") as box:
            box.border_title = self._title
            yield Static(Text(printable(self._question)))
            if self._more:
                with VerticalScroll(classes="more"):
                    yield Static(Text("\n".join(map(printable, self._more)), style="bold"))
            with Horizontal(classes="buttons"):
                yield Button(f"{self._yes} (y)", variant="error", id="yes", compact=True)
                yield Button("Cancel (esc)", id="no", compact=True)

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)


class ProblemDialog(ModalScreen[None]):
    """Says what could not be done, at any length."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape,enter,q", "dismiss", "Close")]

    def __init__(self, title: str, message: str, more: Text | None = None) -> None:
        super().__init__()
        self._title = title
        self._message = message
        self._more = more

    def compose(self) -> ComposeResult:
        """The sentence, then lines of a log where there are some."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = Text(self._title)
            box.border_subtitle = "esc closes"
            yield Static(Text(printable(self._message)))
            if self._more:
                with VerticalScroll(classes="more"):
                    yield Static(self._more)


def confirm_plan(plan: Plan) -> Confirm:
    """Asks whether a command is to run that neither the user nor a run of this machine has said."""
    return Confirm("Run this?", plan.doubt(), "Run it", [plan.command_line(), f"in {plan.cwd}"])


def run_failed(run: RunStatus, log: list[str]) -> ProblemDialog:
    """Why a run failed, and the last of what it printed."""
    return ProblemDialog("The run failed", f"{run.run}: {run.reason}", draw_log(log[-30:]))


def problems_of(project: Project) -> ProblemDialog:
    """What is wrong with a project, a line each."""
    lines = [printable(f"{problem.file or 'the project'}: {problem.problem}") for problem in project.problems]
    return ProblemDialog("Problems", f"{project.name}: {len(lines)} found.", Text("\n".join(lines), style="dim"))


class Help(ModalScreen[None]):
    """Every key, by the place where it works."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape,question_mark,q", "dismiss", "Close")]

    def __init__(self, commands: Iterable[tuple[str, Command]]) -> None:
        """`commands`: each with its place in words, place by place."""
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """The commands as text."""
        text = Text()
        place = ""
        for where, command in self._commands:
            if where != place:
                place = where
                text.append(f"{'' if not text else chr(10)}{where}\n", style="bold")
            text.append(f"  {command.shown or command.key:<10}", style="cyan")
            text.append(f"{command.help}\n")
        text.append("\nTables\n", style="bold")
        text.append("  ←→ ↑↓ pgup pgdn home end, or hjkl g G; a click on a header sorts\n")
        text.append("\nFilter\n", style="bold")
        text.append('  val_accuracy >= 0.9 and lr < 1e-3 and act in ["relu", "tanh"] and status == "COMPLETED"\n')
        text.append("  also trial_id score best_step duration epochs; other names in `backticks`\n")
        with VerticalScroll(classes="dialog wide help") as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            yield Static(text)
