"""Names, values and messages that would steer a terminal or a markup parser: everywhere they are only text."""

from __future__ import annotations

import json

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, repeat
from tests.ui.samples import NASTY, FakeRun, int_hp, nasty_project
from tests.ui.screen import NARROW, WIDE, notices, opened, screen_text, style_at, wait_for, wait_text
from tests.ui.tables import rows, to_column
from tuitune.ui.session import Session
from tuitune.ui.views import registry
from tuitune.ui.views.base import PROJECT, View

STEERING = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x202E, 0x2066)} - {"\n"}
MARKUP, ESCAPE = "[red]x[/red] [/foo]", NASTY["escape sequence"]
ONE_OR_THE_OTHER = pytest.mark.parametrize(
    "text", [pytest.param(MARKUP, id="markup"), pytest.param(ESCAPE, id="escape")]
)


def check_inert(app: App[object]) -> None:
    """Nothing on the screen is a control character, or turns the direction of the line."""
    found = set(screen_text(app)) & STEERING
    assert not found, f"{found} in\n{screen_text(app)!r}"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_trials_and_space_show_any_text_as_text(make_project: MakeProject, size: tuple[int, int]) -> None:
    """Table, curve, traceback, form and evidence: no text ends the program or leaves its place."""
    async with opened(nasty_project(make_project, *NASTY.values()), size=size, ready="7 of 7") as pilot:
        check_inert(pilot.app)
        for _ in range(4):
            await repeat(pilot, "right", 7)
            check_inert(pilot.app)
        if size == NARROW:
            await press(pilot, "enter")
        await wait_text(pilot, "▀▄ validation")
        await repeat(pilot, "m", 2)
        check_inert(pilot.app)
        if size == NARROW:
            await press(pilot, "enter")
        await press(pilot, "end")
        if size == NARROW:
            await press(pilot, "enter", "end")
        await wait_text(pilot, "Traceback" if size == WIDE else "ValueError: {0} %s $x @click=app.quit")
        check_inert(pilot.app)
        await press(pilot, "n")
        await wait_text(pilot, "Proposed from")
        await press(pilot, "f")
        for _ in range(len(NASTY)):
            await repeat(pilot, "down", 3)
            check_inert(pilot.app)


async def test_markup_is_shown_as_it_is_written(make_project: MakeProject) -> None:
    """Brackets are part of a name like any other character, in table, detail and form."""
    async with opened(nasty_project(make_project, "[b]"), ready="7 of 7") as pilot:
        text = screen_text(pilot.app)
        assert "val_[b] min" in text
        assert "[b]2" in rows(pilot.app)[0]
        assert "│ [b] units" in text
        await press(pilot, key_of("space"))
        await wait_text(pilot, "[x] [b] [x] [b]2", "if [b] = [b]")


async def test_equals_on_any_text_finds_the_trials_that_have_it(make_project: MakeProject) -> None:
    """The condition that = writes can be read again, whatever the name and the value are."""
    texts = [text for kind, text in NASTY.items() if kind != "lone surrogate"]
    async with opened(nasty_project(make_project, *texts), ready="7 of 7") as pilot:
        for text in texts:
            await to_column(pilot, text)
            await press(pilot, "equals_sign")
            assert "3 of 7, 4 hidden" in screen_text(pilot.app)
            await press(pilot, "backspace")


@ONE_OR_THE_OTHER
async def test_the_filter_shows_any_name_as_text(make_project: MakeProject, text: str) -> None:
    """The name of a column comes into the filter field with =, and cannot steer the terminal from there."""
    async with opened(nasty_project(make_project, text), ready="7 of 7") as pilot:
        await to_column(pilot, text)
        await press(pilot, "equals_sign")
        assert "3 of 7" in screen_text(pilot.app)
        check_inert(pilot.app)


@pytest.mark.parametrize(
    "kind",
    ["escape sequence", "wide", "markup"],
)
async def test_a_project_may_be_called_anything(make_project: MakeProject, kind: str) -> None:
    """Heading, list of projects, and the title and plan of the launch dialog."""
    project = nasty_project(make_project, "lr", name=NASTY[kind].replace("/", ""))
    make_project([], [], "second")
    async with opened(project.parent, ready="6 completed, 1 failed") as pilot:
        check_inert(pilot.app)
        await repeat(pilot, "down", next(n for n, row in enumerate(rows(pilot.app)) if "6 completed" in row))
        await press(pilot, "enter")
        await wait_text(pilot, "7 of 7")
        check_inert(pilot.app)
        await press(pilot, key_of("space"), "l")
        await wait_text(pilot, "it is not recorded which script")
        check_inert(pilot.app)


@ONE_OR_THE_OTHER
async def test_the_launch_dialog_shows_recorded_facts_as_text(make_project: MakeProject, text: str) -> None:
    """Script, arguments and Python come from a file of the project: they cannot steer the terminal either."""
    project = nasty_project(make_project, "lr")
    (project / ".tuitune").mkdir()
    facts = {"script": f"../{text}.py", "argv": [text, "--flag"], "python": text, "cwd": ".."}
    (project / ".tuitune" / "facts.json").write_text(json.dumps(facts))
    async with opened(project, ready="7 of 7") as pilot:
        await press(pilot, key_of("space"), "l")
        await wait_text(pilot, "No such script")
        check_inert(pilot.app)


async def test_runs_show_any_reason_and_log_as_text(make_project: MakeProject) -> None:
    """What a dying script printed, and why the run failed, in the Runs view and in the heading."""
    project = nasty_project(make_project, "lr")
    run = FakeRun("run-1", project, 10)
    words = " ".join(NASTY.values())
    run.event("started", supervisor_pid=1)
    run.event("project", worker=0, path=str(project), planned=10, objective=f"val_{words}", direction="min")
    run.event("trial_started", worker=0, trial_id=words)
    run.event("ended", state="failed", reason=f"ValueError: {words}")
    run.log("Epoch 1/9\n" + "\n".join(text.encode(errors="replace").decode() for text in NASTY.values()) + "\nend.\n")
    async with opened(project, ready="7 of 7") as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "failed: ValueError: [/foo]", "[red]x[/red]", "end.")
        check_inert(pilot.app)


@ONE_OR_THE_OTHER
async def test_the_dialog_of_a_failed_run_shows_any_reason_as_text(make_project: MakeProject, text: str) -> None:
    """A run that fails while it is watched opens a dialog with its reason and its log."""
    project = nasty_project(make_project, "lr")
    run = FakeRun("run-1", project, 10)
    run.event("started", supervisor_pid=1)
    run.event("project", worker=0, path=str(project), planned=10)
    with run.alive():
        async with opened(project, ready="▶ 0 of 10 trials") as pilot:
            run.log("the last line\n")
            run.event("ended", state="failed", reason=f"ValueError: {text}")
            await wait_text(pilot, "The run failed", "run-1: ValueError: ", "the last line")
            check_inert(pilot.app)
            await press(pilot, "escape")
            await wait_for(pilot, lambda: "The run failed" not in screen_text(pilot.app), "the dialog to close")


@ONE_OR_THE_OTHER
async def test_notices_show_any_name_as_text(make_project: MakeProject, text: str) -> None:
    """A hyperparameter that cannot be fixed is named in a notice."""
    project = make_project([trial_file("0", {}, 0.5), trial_file("1", {}, 0.25)], [int_hp(text, 1, 9)])
    async with opened(project, ready="2 of 2") as pilot:
        await press(pilot, key_of("space"), "f")
        await wait_for(pilot, lambda: "No finished trial has" in notices(pilot.app), "the notice")
        assert text != MARKUP or f"No finished trial has {MARKUP}." in notices(pilot.app)
        check_inert(pilot.app)


class CarelessView(View, can_focus=True):
    """Draws whatever a file says."""

    follows = frozenset({PROJECT})

    def compose(self) -> ComposeResult:
        """One line, in a frame that has a title."""
        with Vertical(id="careless") as frame:
            frame.border_title = Text(ESCAPE)
            frame.styles.border = ("round", "white")
            yield Static(Text("".join(sorted(STEERING)) + ESCAPE + "\u202eevil the end"))

    def show(self, session: Session) -> None:
        """All was drawn at once."""

    def focus_main(self) -> None:
        """Itself."""
        self.focus()


async def test_no_view_can_forget_it(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a view draws as it came is text by the time that it reaches the terminal."""
    careless = registry.Entry("careless", "5", "Careless", "draws raw text", f"{__name__}:CarelessView")
    monkeypatch.setattr(registry, "VIEWS", [*registry.VIEWS, careless])
    async with opened(nasty_project(make_project, "lr"), ready="7 of 7") as pilot:
        await press(pilot, "5")
        await wait_text(pilot, "evil the end")
        check_inert(pilot.app)


async def test_every_view_shows_any_text_as_text(make_project: MakeProject) -> None:
    """Each of the registry, at its first sight and a page further."""
    project = nasty_project(make_project, *NASTY.values(), name="p\x1b]52;c;cm0=\x1b\\q")
    run = FakeRun("run-1", project, 10)
    run.event("started", supervisor_pid=1)
    run.log("\n".join(text.encode(errors="replace").decode() for text in NASTY.values()))
    async with opened(project, ready="7 of 7") as pilot:
        for entry in registry.VIEWS:
            await press(pilot, entry.key)
            check_inert(pilot.app)
            await press(pilot, "pagedown")
            check_inert(pilot.app)


async def test_a_log_keeps_its_colours_and_nothing_else(make_project: MakeProject) -> None:
    """Progress bars show how they ended."""
    project = nasty_project(make_project, "lr")
    run = FakeRun("run-1", project, 10)
    run.event("started", supervisor_pid=1)
    run.log("\x1b[1m 1/17\x1b[0m first" + "\b" * 11 + "\r\x1b[1m17/17\x1b[0m \x1b[31mred\x1b[0m\x1b[2Jend\n")
    async with opened(project, ready="7 of 7") as pilot:
        await press(pilot, key_of("runs"))
        await wait_text(pilot, "17/17 redend")
        assert style_at(pilot.app, "17/17").bold
        assert style_at(pilot.app, "red").color != style_at(pilot.app, "end").color


async def test_ctrl_c_says_how_to_leave(make_project: MakeProject) -> None:
    """In plain words."""
    async with opened(nasty_project(make_project, "lr"), ready="7 of 7") as pilot:
        await press(pilot, "ctrl+c")
        await wait_for(pilot, lambda: "q leaves the program; runs go on." in notices(pilot.app), "the notice")
