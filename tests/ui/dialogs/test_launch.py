"""The launch dialog: what would be run, what would be written, what stands in the way; nothing before the yes."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from functools import partial
from pathlib import Path

import pytest
from textual.widget import Widget
from textual.widgets import Input

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, write
from tests.ui.samples import float_hp
from tests.ui.screen import (
    NARROW,
    WIDE,
    AnyPilot,
    opened,
    screen_text,
    style_at,
    text_of,
    wait_for,
    wait_no_text,
    wait_text,
)
from tuitune.launch.events import append_event
from tuitune.launch.plan import Plan
from tuitune.launch.runs import runs_root
from tuitune.ui.dialogs import launch
from tuitune.ui.widgets.line import Lines

SCRIPT = "import keras_tuner\n"


def recorded(make_project: MakeProject, **more: object) -> Path:
    """A project of a script that tuitune ran once, with thirty trials."""
    trials = [trial_file(f"{n:02}", {"lr": n / 30}, n / 30) for n in range(30)]
    project = make_project(trials, [float_hp("lr", 0.0, 1.0)])
    (project.parent / "train.py").write_text(SCRIPT)
    facts = {"script": "../train.py", "argv": ["--size", "two words"], "cwd": "..", "python": sys.executable}
    (project / ".tuitune").mkdir()
    (project / ".tuitune" / "facts.json").write_text(json.dumps({**facts, "fit_epochs": 9, **more}))
    here = project.parent.resolve()
    own = {"host": socket.gethostname(), "kind": "run", "project": str(project.resolve()), "cwd": str(here)}
    run_dir = runs_root() / "20260101-000000-train"
    run_dir.mkdir(parents=True)
    spec = {**own, "script": str(here / "train.py"), "argv": facts["argv"], "python": sys.executable}
    (run_dir / "spec.json").write_text(json.dumps(spec))
    append_event(run_dir, "ended", state="finished", reason="the search ended", project_removed=False)
    return project


def downloaded(make_project: MakeProject) -> Path:
    """The same, but no run of this machine made it."""
    project = recorded(make_project)
    shutil.rmtree(runs_root())
    return project


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that were started; none is in truth."""
    plans: list[Plan] = []

    def begin(plan: Plan, is_agreed: bool) -> str:
        assert is_agreed
        plans.append(plan)
        return "run-1"

    monkeypatch.setattr(launch, "begin", begin)
    return plans


async def to_dialog(pilot: AnyPilot, *texts: str) -> None:
    """Open the dialog and wait for its plan."""
    await press(pilot, key_of("space"))
    await wait_text(pilot, "Proposed from")
    await press(pilot, "l")
    if texts:
        await wait_text(pilot, *texts)
        return
    # Long paths may push the end of the plan below the edge of a small dialog: its text is what counts.
    await wait_for(
        pilot,
        lambda: any("Budget" in plan.text for plan in pilot.app.screen.query("#launch-plan").results(Lines)),
        "the plan",
    )


def is_said(widget: Widget, sentence: str) -> bool:
    """Whether a widget shows a sentence, wherever its lines are broken."""
    return sentence in " ".join(text_of(widget).split())


async def fill(pilot: AnyPilot, name: str, text: str) -> None:
    """Write `text` into a field of the dialog."""
    field = pilot.app.screen.query_one(f"#launch-{name}", Input)
    field.focus()
    field.value = ""
    await pilot.pause()
    await write(pilot, text)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_the_dialog_shows_command_budget_and_directories(
    make_project: MakeProject, size: tuple[int, int]
) -> None:
    """The exact command as one would type it, where it runs, what it writes and what it leaves alone."""
    project = recorded(make_project)
    async with opened(project, size=size) as pilot:
        await to_dialog(pilot)
        plan = pilot.app.screen.query_one("#launch-plan", Lines).text
        text = "".join(plan.split())  # long paths are broken wherever the line ends
        script = project.parent.resolve() / "train.py"
        assert f"Runs{Path(sys.executable).absolute()}{script}--size'twowords'" in text
        assert f"In{project.parent.resolve()}" in text
        assert f"Writes{project.resolve()}-2" in text
        assert f"Leavesalone{project.resolve()}" in text
        assert "Algorithmbayesian" in text
        assert "Budget15trials" in text
        assert size == NARROW or "none:thesamespaceagain" in text


async def test_nothing_is_started_or_written_before_the_yes(make_project: MakeProject, started: list[Plan]) -> None:
    """Opened, looked at and left with esc: no run, no directory, the parent untouched."""
    project = recorded(make_project)
    before = sorted(project.parent.rglob("*"))
    async with opened(project) as pilot:
        await to_dialog(pilot)
        await press(pilot, "right", "space")
        await wait_text(pilot, "Algorithm hyperband")
        await press(pilot, "escape")
        await wait_no_text(pilot, "Algorithm hyperband")
        await press(pilot, "l")
        await wait_text(pilot, "Budget")
        await pilot.click("#no")
        await wait_no_text(pilot, "Budget")
    assert started == []
    assert sorted(project.parent.rglob("*")) == before
    assert [path.name for path in runs_root().iterdir()] == ["20260101-000000-train"]


async def test_f5_starts_what_was_shown(make_project: MakeProject, started: list[Plan]) -> None:
    """The plan that stood on the screen is the one that is started, once."""
    project = recorded(make_project)
    async with opened(project) as pilot:
        await press(pilot, key_of("space"))
        await wait_text(pilot, "Proposed from")
        await press(pilot, "a", "l")
        await wait_text(pilot, "Budget", "Changes lr: 0 … 1 →")
        await fill(pilot, "max_trials", "7")
        await wait_text(pilot, "Budget 7 trials")
        await press(pilot, "f5", "f5")
        await wait_no_text(pilot, "Budget")
    (plan,) = started
    assert plan.planned_trials == 7
    assert plan.project == project.parent.resolve() / "project-2"
    assert plan.changes[0].name == "lr"
    assert plan.origin["changes"][0]["name"] == "lr"


async def test_f5_does_nothing_while_the_plan_is_not_there(make_project: MakeProject, started: list[Plan]) -> None:
    """Right after a change, before it was thought through, there is nothing to say yes to."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        pilot.app.screen.query_one("#launch-max_trials", Input).value = "0"
        await pilot.press("f5")
        await wait_text(pilot, "--max-trials must be at least 1")
        await press(pilot, "f5")
    assert started == []


async def test_hyperband_shows_epochs_and_factor(make_project: MakeProject) -> None:
    """Its own fields come, the number of trials goes: Hyperband decides that."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        assert "factor" not in screen_text(pilot.app)
        await press(pilot, "right", "space")
        await wait_text(pilot, "Hyperband with at most 9 epochs, factor 3")
        labels = {name: pilot.app.screen.query_one(f"#line-{name}").display for name in ("max_trials", "max_epochs")}
        assert labels == {"max_trials": False, "max_epochs": True}
        await fill(pilot, "max_epochs", "27")
        await fill(pilot, "factor", "2")
        await wait_text(pilot, "Hyperband with at most 27 epochs, factor 2")
        await fill(pilot, "factor", "1")
        await wait_text(pilot, "--factor must be at least 2")


async def test_a_round_can_start_cold_or_with_more_old_configurations(
    make_project: MakeProject, started: list[Plan]
) -> None:
    """The plan says how it starts, and so does what is started."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot, "warm: its model has seen 30 trials")
        await fill(pilot, "seed_top", "2")
        await wait_text(pilot, "the best 2 old configurations are tried first")
        pilot.app.screen.query_one("#start").focus()
        await press(pilot, "right", "space")
        await wait_text(pilot, "Starts cold")
        assert pilot.app.screen.query_one("#launch-seed_top", Input).disabled
        await press(pilot, "f5")
        await wait_for(pilot, lambda: started, "the start")
    assert started[0].spec["warm"] is None
    assert started[0].origin["warm_start"] == []


async def test_a_grid_has_no_start_to_choose(make_project: MakeProject) -> None:
    """Its order is its own."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        assert pilot.app.screen.query_one("#line-start").display
        await press(pilot, "left", "right", "right", "right", "space")
        await wait_for(pilot, lambda: not pilot.app.screen.query_one("#line-start").display, "the line to go")
        assert not pilot.app.screen.query_one("#line-seed_top").display


async def test_each_algorithm_can_be_chosen(make_project: MakeProject) -> None:
    """With the arrows and space; the plan follows."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        await press(pilot, "right", "right", "space")
        await wait_text(pilot, "Algorithm random", "(●) random")
        await press(pilot, "right", "space")
        await wait_text(pilot, "Algorithm grid", "(●) grid", "( ) random")


async def test_what_stands_in_the_way_is_said_in_red(make_project: MakeProject, started: list[Plan]) -> None:
    """One sentence in place of the plan; f5 does nothing."""
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        for field, text, sentence in (
            ("script", "nowhere.py", "No such script"),
            ("max_trials", "many", "trials: 'many' is not a whole number."),
            ("max_trials", "-3", "trials: '-3' is not a whole number."),
            ("arguments", "'open", "The arguments cannot be read"),
            ("python", "nopython", "No such Python"),
            ("name", "a/b", "is no name of a directory"),
            ("name", "project", "exists already"),
        ):
            before = pilot.app.screen.query_one(f"#launch-{field}", Input).value
            await fill(pilot, field, text)
            plan = pilot.app.screen.query_one("#launch-plan")
            await wait_for(pilot, partial(is_said, plan, sentence), sentence)
            color = style_at(pilot.app, text_of(plan).split()[0] + " ").color
            assert color is not None
            red, green, blue = color.get_truecolor()
            assert red > 100 > max(green, blue)
            await press(pilot, "f5")
            assert isinstance(plan, Lines)
            assert sentence in " ".join(plan.text.split())  # a notice may lie over it on the screen
            await fill(pilot, field, before)
    assert started == []


async def test_an_unknown_script_is_asked_for(make_project: MakeProject, started: list[Plan]) -> None:
    """A project that tuitune did not make, with no script near: the dialog says that it must be told."""
    project = make_project([trial_file("0", {"lr": 0.5}, 0.5)], [float_hp("lr", 0.0, 1.0)])
    async with opened(project) as pilot:
        await to_dialog(pilot, "it is not recorded which script made project")
        await press(pilot, "f5")
        (project.parent / "search.py").write_text(SCRIPT)
        await fill(pilot, "script", str(project.parent / "search.py"))
        await wait_text(pilot, "Budget 10 trials")
    assert started == []


@pytest.mark.parametrize("key", ["y", "escape"])
async def test_what_only_the_project_says_runs_after_a_second_yes(
    make_project: MakeProject, started: list[Plan], key: str
) -> None:
    """f5 shows the whole command and where it comes from; nothing starts on f5 alone."""
    project = downloaded(make_project)
    async with opened(project) as pilot:
        await to_dialog(pilot, "Asks first")
        await press(pilot, "f5")
        await wait_text(pilot, "Run this?", "Only the project's own files name this")
        shown = "".join(screen_text(pilot.app).split())
        assert "--size'twowords'" in shown
        assert started == []
        await press(pilot, key)
        if key == "y":
            await wait_for(pilot, lambda: len(started) == 1, "the start")
        else:
            await wait_text(pilot, "Budget 15 trials")
            assert started == []


async def test_a_command_that_is_longer_than_the_screen_leaves_the_buttons_in_sight(
    make_project: MakeProject, started: list[Plan]
) -> None:
    """It can be scrolled: nobody says yes to what cannot be read, and nobody is shut in."""
    project = downloaded(make_project)
    facts = json.loads((project / ".tuitune" / "facts.json").read_text())
    (project / ".tuitune" / "facts.json").write_text(json.dumps({**facts, "argv": ["x" * 90] * 30 + ["the last"]}))
    async with opened(project, size=NARROW) as pilot:
        await to_dialog(pilot)
        await press(pilot, "f5")
        await wait_text(pilot, "Run it (y)", "Cancel (esc)")
        pilot.app.screen.query_one(".more").focus()
        await press(pilot, "end")
        await wait_text(pilot, "'the last'")
    assert started == []


async def test_a_guess_does_not_run_on_f5_alone(make_project: MakeProject, started: list[Plan]) -> None:
    """A newer script beside the project is no better known than an older one."""
    project = make_project([trial_file("0", {"lr": 0.5}, 0.5)], [float_hp("lr", 0.0, 1.0)])
    (project.parent / "search.py").write_text(SCRIPT)
    async with opened(project) as pilot:
        await to_dialog(pilot, "Asks first")
        await press(pilot, "f5")
        await wait_text(pilot, "Run this?", "The script is a guess")
        assert started == []
        await press(pilot, "n")
        await wait_text(pilot, "Budget 10 trials")
        await fill(pilot, "script", str(project.parent / "./search.py"))
        assert started == []


async def test_a_script_near_the_project_is_offered(make_project: MakeProject) -> None:
    """Of the Python files around the project, the one that uses keras-tuner stands in the field."""
    project = make_project([trial_file("0", {"lr": 0.5}, 0.5)], [float_hp("lr", 0.0, 1.0)])
    (project.parent / "search.py").write_text(SCRIPT)
    async with opened(project) as pilot:
        await to_dialog(pilot)
        field = pilot.app.screen.query_one("#launch-script", Input)
        assert Path(field.value) == project.parent.resolve() / "search.py"


async def test_a_start_that_fails_is_said_and_can_be_tried_again(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence stands in the dialog, which stays open."""
    from tuitune.errors import TuituneError

    def begin(plan: Plan, is_agreed: bool) -> str:
        raise TuituneError("Cannot start", "the disk is full.")

    monkeypatch.setattr(launch, "begin", begin)
    async with opened(recorded(make_project)) as pilot:
        await to_dialog(pilot)
        await press(pilot, "f5")
        await wait_text(pilot, "Cannot start: the disk is full.")
        await fill(pilot, "name", "other")
        await wait_text(pilot, "Budget 15 trials")
        await wait_for(pilot, lambda: not pilot.app.screen.query_one("#yes").disabled, "the button")
