"""The launch: algorithm, budget and script; the exact command and what it will write; then yes or no.

Nothing of the user's code runs before the yes. Each change of a field is thought through in a thread, and
what stands in its way is said here.
"""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tuitune.analysis.text import printable, printable_lines
from tuitune.errors import in_words
from tuitune.launch.guess import Guess, guess_scripts
from tuitune.launch.plan import Plan, describe_plan, plan_relaunch
from tuitune.launch.protocol import ALGORITHMS
from tuitune.launch.recorded import recorded_play
from tuitune.launch.request import Request
from tuitune.launch.round_size import default_max_epochs, default_trials
from tuitune.launch.start import begin
from tuitune.narrowing.draft import Draft
from tuitune.project.project import Project
from tuitune.ui.dialogs.small import confirm_plan
from tuitune.ui.messages import Planned, Started
from tuitune.ui.narrowing import Narrowing
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.option_toggles import OptionToggles

_FIELDS = (
    ("max_trials", "trials", "how many"),
    ("epochs", "epochs", "of each trial; empty: as the parent's"),
    ("max_epochs", "epochs", "of a full training"),
    ("factor", "factor", "3"),
    ("seed_top", "old first", "the best K again; random 1, hyperband 3, else 0"),
    ("script", "script", "the Python file that runs the search"),
    ("arguments", "arguments", "as typed after the script"),
    ("python", "python", "the Python in which to train"),
    ("name", "name", "of the new project"),
)
_ONLY_HYPERBAND = ("max_epochs", "factor")
_NOT_HYPERBAND = ("max_trials", "epochs")
_STARTS = ("warm", "cold")  # whether the round is told what earlier ones found
_SETTLE_S = 0.25


class LaunchDialog(ModalScreen[str]):
    """Answers with the id of the run that it started, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape", "cancel", "Cancel"), ("f5", "launch", "Launch")]

    def __init__(self, narrowing: Narrowing) -> None:
        super().__init__()
        assert narrowing.draft is not None
        self._project: Project = narrowing.project
        self._draft: Draft = narrowing.draft
        self._narrowing = narrowing
        self._algorithm = "bayesian"
        self._start = _STARTS[0]
        self._plan: Plan | None = None
        self._question = 0
        self._starting = False
        self._recorded = recorded_play(self._project)
        guesses = [] if self._recorded else guess_scripts(self._project.path)
        self._guess: Guess | None = guesses[0] if guesses else None

    def compose(self) -> ComposeResult:
        """The form, the plan, the buttons."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = Text(f"Search the narrowed space of {printable(self._project.name)}")
            box.border_subtitle = "tab moves, f5 launches, esc cancels"
            with VerticalScroll(id="launch-form"):
                with Horizontal(classes="launch-line"):
                    yield Static("algorithm", classes="launch-label")
                    yield OptionToggles(ALGORITHMS, single=True, id="algorithm")
                with Horizontal(classes="launch-line", id="line-start"):
                    yield Static("start", classes="launch-label")
                    yield OptionToggles(_STARTS, single=True, id="start")
                for name, label, hint in _FIELDS:
                    with Horizontal(classes="launch-line", id=f"line-{name}"):
                        yield Static(label, classes="launch-label")
                        yield Input(self._initial(name), placeholder=hint, compact=True, id=f"launch-{name}")
                yield Lines(id="launch-plan", wraps=True)
            with Horizontal(classes="buttons"):
                yield Button("Launch (f5)", variant="success", id="yes", compact=True, disabled=True)
                yield Button("Cancel (esc)", id="no", compact=True)

    def _initial(self, name: str) -> str:
        """What the field starts with; nothing where it could not be shown, and then the recorded fact is used."""
        text = self._known(name)
        return text if text.isprintable() else ""

    def _known(self, name: str) -> str:
        known = self._recorded
        if name == "script":
            guessed = str(self._guess.script) if self._guess else ""
            return str(known.script) if known else guessed
        if name == "arguments":
            return shlex.join(known.arguments) if known else ""
        if name == "max_trials":
            return str(default_trials(self._project))
        if name == "factor":
            return str(int(self._project.hyperband.get("factor", 3)))
        if name == "python":
            return (known.python or "") if known else ""
        return ""

    def _said(self, name: str) -> str | None:
        """What the user wrote into the field; None where it stands there as it was recorded, or as nothing."""
        value = self._value(name)
        return None if self._recorded is not None and value == self._initial(name) else value or None

    def on_mount(self) -> None:
        """Start with the algorithm, and a plan for what stands there."""
        self._show_algorithm()
        self.query_one("#algorithm").focus()
        if not self._value("max_epochs"):
            self._find_epochs()

    @work(thread=True, group="epochs", exit_on_error=False)
    def _find_epochs(self) -> None:
        epochs = default_max_epochs(self._project)
        self.app.call_from_thread(self._epochs_found, epochs)

    def _epochs_found(self, epochs: int | None) -> None:
        field = self.query_one("#launch-max_epochs", Input)
        if epochs is not None and not field.value:
            field.value = str(epochs)

    def _show_algorithm(self) -> None:
        hyperband = self._algorithm == "hyperband"
        self.query_one("#algorithm", OptionToggles).show((self._algorithm,))
        self.query_one("#start", OptionToggles).show((self._start,))
        for name in ("start", "seed_top"):  # the order of a grid is its own
            self.query_one(f"#line-{name}").display = self._algorithm != "grid"
        self.query_one("#launch-seed_top", Input).disabled = self._start == "cold"
        for name in _ONLY_HYPERBAND:
            self.query_one(f"#line-{name}").display = hyperband
        for name in _NOT_HYPERBAND:
            self.query_one(f"#line-{name}").display = not hyperband
        self._ask()

    @on(OptionToggles.Toggled)
    def _algorithm_chosen(self, message: OptionToggles.Toggled) -> None:
        if message.toggles.id == "start":
            self._start = str(message.option)
        else:
            self._algorithm = str(message.option)
        self._show_algorithm()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._ask()

    # ---------------------------------------------------------------------------------------------- planning

    def _ask(self) -> None:
        """Think the present form through, once the typing pauses."""
        self._question += 1
        self._plan = None
        self.query_one("#yes", Button).disabled = True
        self.query_one("#launch-plan", Lines).say(Text("Checking …", style="dim"))
        question = self._question
        self.set_timer(_SETTLE_S, lambda: self._think(question) if question == self._question else None)

    def _think(self, question: int) -> None:
        try:
            request = self._request()
        except ValueError as error:
            self.post_message(Planned(question, None, str(error)))
            return
        self._think_in_thread(question, request)

    @work(thread=True, group="plan", exit_on_error=False)
    def _think_in_thread(self, question: int, request: Request) -> None:
        try:
            plan = plan_relaunch(self._project, self._draft.space, request)
        except Exception as error:
            self.post_message(Planned(question, None, in_words(error)))
        else:
            self.post_message(Planned(question, plan, ""))

    def _value(self, name: str) -> str:
        return self.query_one(f"#launch-{name}", Input).value.strip()

    def _number(self, name: str, label: str) -> int | None:
        text = self._value(name)
        if not text:
            return None
        if not text.isascii() or not text.isdecimal():
            raise ValueError(f"{label}: {text!r} is not a whole number.")
        return int(text)

    def _trials(self) -> int | None:
        """As typed; a grid that was not told otherwise is a whole one."""
        number = self._number("max_trials", "trials")
        untouched = number == default_trials(self._project)
        return None if self._algorithm == "grid" and untouched else number

    def _request(self) -> Request:
        hyperband = self._algorithm == "hyperband"
        script = self._said("script")
        is_guess = self._guess is not None and script == str(self._guess.script)
        try:
            arguments = shlex.split(self._value("arguments"))
        except ValueError as error:
            raise ValueError(f"The arguments cannot be read: {error}.") from None
        is_warm = self._start == "warm"
        return Request(
            algorithm=self._algorithm,
            max_trials=None if hyperband else self._trials(),
            epochs=None if hyperband else self._number("epochs", "epochs"),
            max_epochs=self._number("max_epochs", "epochs") if hyperband else None,
            factor=self._number("factor", "factor") if hyperband else None,
            name=self._value("name") or None,
            script=script,
            guess=self._guess.reason if self._guess is not None and is_guess else "",
            arguments=None if script is None and self._value("arguments") == self._initial("arguments") else arguments,
            python=self._said("python"),
            where=self._narrowing.where,
            chosen=self._narrowing.chosen,
            by_rounds=self._narrowing.is_family,
            proposals=self._narrowing.proposals,
            warm=is_warm or self._algorithm == "grid",
            seed_top=self._number("seed_top", "old first") if is_warm and self._algorithm != "grid" else None,
        )

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        if message.request != self._question or self._starting:
            return
        self._plan = message.plan
        self.query_one("#yes", Button).disabled = message.plan is None
        text = Text()
        if message.plan is None:
            text.append("\n".join(printable_lines(message.problem)), style="red")
        else:
            for label, value in describe_plan(message.plan).items():
                text.append(f"{label:<13}", style="bold")
                text.append(f"{printable(value)}\n")
            text.append(f"{'Changes':<13}", style="bold")
            changes = [f"{c.name}: {c.before} → {c.after}" for c in message.plan.changes]
            text.append(printable("; ".join(changes)) or "none: the same space again")
            if message.plan.doubt():
                text.append(f"\n{'Asks first':<13}", style="bold yellow")
                text.append(printable(message.plan.doubt()), style="yellow")
        self.query_one("#launch-plan", Lines).say(text)

    # ---------------------------------------------------------------------------------------------- starting

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        if message.button.id == "yes":
            self.action_launch()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave without starting anything; what is just being started cannot be left."""
        if not self._starting:
            self.dismiss(None)

    def action_launch(self) -> None:
        """Start what was planned."""
        if self._starting:
            return
        if self._plan is None:
            self.app.notify("It is not ready to launch: see what stands below the form.", severity="warning")
            return
        if not self._plan.doubt():
            self._begin(self._plan)
            return
        plan = self._plan
        self.app.push_screen(confirm_plan(plan), lambda yes: self._begin(plan) if yes and plan is self._plan else None)

    def _begin(self, plan: Plan) -> None:
        self._starting = True
        self.query_one("#yes", Button).disabled = True
        self.query_one("#launch-plan", Lines).say("Starting …")
        self._start_in_thread(plan)

    @work(thread=True, group="start", exit_on_error=False)
    def _start_in_thread(self, plan: Plan) -> None:
        try:
            self.post_message(Started(begin(plan, is_agreed=True), ""))
        except Exception as error:
            self.post_message(Started(None, in_words(error)))

    @on(Started)
    def _started(self, message: Started) -> None:
        self._starting = False
        if message.run is not None:
            self.dismiss(message.run)
        else:
            self.query_one("#launch-plan", Lines).say(Text(message.problem, style="red"))
