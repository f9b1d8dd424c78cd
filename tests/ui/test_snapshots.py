"""Pictures of the screens: whoever changes a look sees it in the difference of a few files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press
from tests.ui.samples import boolean_hp, choice_hp, float_hp, int_hp, parent_condition, write_epochs
from tests.ui.screen import NARROW, WIDE, AnyPilot, settle, wait_for, wait_text
from tests.ui.tables import table
from tuitune.analysis import text
from tuitune.ui.app import make_app

SnapCompare = Callable[..., bool]

pytestmark = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="pictures are compared on one Python only")


def in_fixed_world(make_project: MakeProject) -> None:
    """Three projects that are the same on every machine: no times, curves of round numbers, a second round."""
    space = [
        choice_hp("kind", "dense", "cnn"),
        int_hp("units", 16, 128, step=16, conditions=parent_condition("kind", "dense")),
        float_hp("dropout", 0.0, 0.5, step=0.1),
        float_hp("lr", 1e-5, 0.1, sampling="log"),
        boolean_hp("norm"),
    ]
    trials = []
    for n in range(24):
        chosen = {
            "kind": "cnn" if n % 4 == 3 else "dense",
            "units": 16 * (n % 8 + 1),
            "dropout": n % 6 / 10,
            "lr": 10 ** (-5 + n / 6),
            "norm": n % 2 == 0,
        }
        score = 1 - abs(n - 15) / 20
        more = {"loss": abs(n - 15) / 16}
        trials.append(
            trial_file(f"{n:02}", chosen, score, objective="val_accuracy", direction="max", metrics=more, space=space)
        )
    first = make_project(trials, space, "first")
    for n in (14, 15, 16):
        logs: list[Mapping[str, Any]] = [
            {"accuracy": 1 - 1 / (e + 2), "val_accuracy": 1 - 1.25 / (e + 2)} for e in range(9)
        ]
        write_epochs(first, f"{n:02}", logs)
    second = make_project(trials[12:18], space, "first-2")
    (second / ".tuitune").mkdir()
    (second / ".tuitune" / "origin.json").write_text('{"parent": "first", "root": "first", "round": 2}')
    make_project([], space, "empty")


@pytest.fixture
def world(make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Projects without times in a directory that is the current one, so that no path is absolute."""
    in_fixed_world(make_project)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def settled(pilot: AnyPilot) -> None:
    """Nothing moves any more, also no cursor that blinks."""
    for widget in pilot.app.screen.query("Input"):
        widget.cursor_blink = False  # type: ignore[attr-defined]
    await settle(pilot)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
def test_trials(world: Path, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The table, with the detail and its curve where there is room."""

    async def ready(pilot: AnyPilot) -> None:
        await wait_text(pilot, "24 of 24")
        if size == WIDE:
            await wait_text(pilot, "⠒⠒ train")
        await press(pilot, "down", "right", "right")
        if size == WIDE:
            await wait_text(pilot, "⠒⠒ train")
        await settled(pilot)

    assert snap_compare(make_app("first"), terminal_size=size, run_before=ready)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
def test_space(world: Path, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The form with its proposals, the evidence, the difference after one was taken."""

    async def ready(pilot: AnyPilot) -> None:
        await wait_text(pilot, "24 of 24")
        await press(pilot, key_of("space"))
        await wait_text(pilot, "Proposed from")
        await wait_for(pilot, lambda: pilot.app.focused is not None, "the focus in the form")
        await press(pilot, "p", "down")
        await settled(pilot)

    assert snap_compare(make_app("first"), terminal_size=size, run_before=ready)


def test_project_list(world: Path, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three projects, one of them a round of another; the heading's path is made short."""
    real = text.printable

    def short(shown: str) -> str:
        return "searches" if shown.startswith(os.sep) else real(shown)

    monkeypatch.setattr("tuitune.ui.screens.project_list.printable", short)

    async def ready(pilot: AnyPilot) -> None:
        await wait_text(pilot, "24 completed")
        await wait_for(pilot, lambda: len(table(pilot.app).model.columns) > 1, "the second reading")
        await settled(pilot)

    assert snap_compare(make_app("."), terminal_size=WIDE, run_before=ready)


def test_help(world: Path, snap_compare: SnapCompare) -> None:
    """Every key, over the table."""

    async def ready(pilot: Any) -> None:
        await wait_text(pilot, "24 of 24")
        await press(pilot, "question_mark")
        await wait_text(pilot, "esc closes")
        await settled(pilot)

    assert snap_compare(make_app("first"), terminal_size=WIDE, run_before=ready)
