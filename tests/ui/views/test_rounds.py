"""The Rounds view, and all rounds in the table of trials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, write
from tests.ui.samples import float_hp
from tests.ui.screen import NARROW, WIDE, opened, screen_text, squeezed, wait_text
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable

REASON = "the 8 good trials lie in 0.1 … 0.3"


def add_round(make_project: MakeProject, name: str, best: float, **origin: object) -> Path:
    """A search of twelve trials, the fourth of them the best (largest)."""
    trials = [
        trial_file(f"{n:02}", {"lr": n / 12}, best - abs(n - 3) / 20, objective="val_accuracy", direction="max")
        for n in range(12)
    ]
    path = make_project(trials, [float_hp("lr", 0.0, 1.0)], name)
    if origin:
        (path / ".tuitune").mkdir()
        (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    return path


@pytest.fixture
def search(make_project: MakeProject) -> Path:
    """A search and two rounds of it."""
    path = add_round(make_project, "search", 0.8)
    change = {"name": "lr", "before": "0 … 1", "after": "0 … 0.5", "reason": REASON}
    chosen = ["03", "02"]
    add_round(
        make_project, "search-2", 0.9, parent="search", root="search", round=2, algorithm="bayesian",
        changes=[change], narrowed_to=chosen, warm_start=["03"],
    )  # fmt: skip
    add_round(make_project, "search-3", 0.85, parent="search-2", root="search", round=3, algorithm="random")
    return path


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_family_says_what_each_round_changed_why_and_gained(search: Path, size: tuple[int, int]) -> None:
    """The cursor is on the round that is open; the best is marked by more than colour."""
    async with opened(search, size, "search") as pilot:
        await press(pilot, key_of("rounds"))
        await wait_text(pilot, "search (open)", "Round 1: search", "the first search", "best val_accuracy so far: 0.9")
        lines = screen_text(pilot.app).splitlines()
        assert any("★2" in line and "bayesian" in line and "+0.1" in line and "lr" in line for line in lines)
        assert any("3" in line and "search-3" in line and "-0.05" in line for line in lines)
        await press(pilot, "down")
        await wait_text(pilot, "bayesian, narrowed from search to its best 2 trials", "its model had seen 1 trial")
        shown = squeezed(pilot.app)
        assert "0.1 better than the rounds before" in shown
        assert "lr 0 … 1 → 0 … 0.5" in shown
        assert REASON in shown
        await press(pilot, "down")
        await wait_text(pilot, "0.05 worse than the rounds before", "the same space as its parent's")


async def test_enter_opens_the_round_under_the_cursor(search: Path) -> None:
    """On top of this one; its own trials where it is the one that is open."""
    async with opened(search.parent / "search-3") as pilot:
        await press(pilot, key_of("rounds"))
        await wait_text(pilot, "search-3 (open)", "Round 3: search-3")
        await press(pilot, "enter")
        await wait_text(pilot, "12 of 12")
        await press(pilot, key_of("rounds"), "up", "enter")
        await wait_text(pilot, "round 2 of search")
        screen = pilot.app.screen
        assert isinstance(screen, ProjectScreen)
        assert screen.session.path.name == "search-2"


async def test_a_search_without_rounds_says_how_to_get_one(make_project: MakeProject) -> None:
    """On a line of its own; and the view shows the search's own best so far."""
    async with opened(add_round(make_project, "alone", 0.8)) as pilot:
        await press(pilot, key_of("rounds"))
        await wait_text(pilot, "No other round yet", "best val_accuracy so far: 0.8")
        said = pilot.app.screen.query_one("#round-text", Lines).text
        assert "best 0.8, trial 03\n\nNo other round yet." in said


async def test_r_shows_the_trials_of_all_rounds_and_the_filter_knows_the_round(search: Path) -> None:
    """Sorted and filtered as one table; again: those of this round."""
    async with opened(search) as pilot:
        await press(pilot, "r")
        await wait_text(pilot, "36 of 36", "all rounds", "★2/03")
        table = pilot.app.screen.query_one(LineTable)
        assert table.highlighted_key == "2/03"
        await wait_text(pilot, "Trial 03 ★ best COMPLETED score 0.9")
        await press(pilot, "slash")
        await write(pilot, "round == 3")
        await press(pilot, "enter")
        await wait_text(pilot, "12 of 36", "3/03", "Trial 03 ★ best COMPLETED score 0.85")
        await press(pilot, "backspace", "r")
        await wait_text(pilot, "12 of 12", "Trial 03 ★ best COMPLETED score 0.8")
        assert "2/03" not in screen_text(pilot.app)


async def test_a_round_that_is_made_meanwhile_comes_into_the_view(search: Path, make_project: MakeProject) -> None:
    """Nobody presses a key."""
    async with opened(search) as pilot:
        await press(pilot, key_of("rounds"))
        await wait_text(pilot, "search-3")
        add_round(make_project, "search-4", 0.95, parent="search-2", root="search", round=4, algorithm="hyperband")
        await wait_text(pilot, "search-4", "best val_accuracy so far: 0.95")


async def test_n_proposes_from_the_trials_of_all_rounds_where_the_table_shows_them(search: Path) -> None:
    """And the last line counts what earlier rounds can tell."""
    async with opened(search.parent / "search-3") as pilot:
        await press(pilot, "r")
        await wait_text(pilot, "36 of 36")
        await press(pilot, "n")
        await wait_text(pilot, "Proposed from the best 20%: 9 of 36 finished trials of all rounds")
        await press(pilot, "right")
        await wait_text(pilot, "36 trials warm the search")


async def test_a_filter_that_does_not_fit_the_other_table_hides_nothing(search: Path) -> None:
    """It says so; rows of one table are no rows of the other."""
    async with opened(search) as pilot:
        await press(pilot, "r")
        await wait_text(pilot, "36 of 36")
        await press(pilot, "slash")
        await write(pilot, "round == 1 and score > 0.7")
        await press(pilot, "enter")
        await wait_text(pilot, "5 of 36")
        await press(pilot, "r")
        await wait_text(pilot, "12 of 12", "is called 'round'")
