"""Opening a project in a terminal: rows, order, filter, and leaving again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tuitune
from tests.pty.terminal import Open
from tests.ui.keys import key_of


def ids_of_rows(screen: str) -> list[str]:
    """The trial ids at the beginning of the rows that are shown, without a mark before them."""
    return [found.group(1) for line in screen.splitlines() if (found := re.match(r"\W*(\d{2})\s", line))]


def test_a_project_opens_with_its_trials(open_terminal: Open, digits: Path) -> None:
    """Heading, rows in the order of their score, and the count of the filter; q leaves with status 0."""
    terminal = open_terminal(digits / "random")
    shown = terminal.wait_for(lambda shown: "40 of 40" in shown and "val_accuracy max" in shown)
    best = [trial.trial_id for trial in tuitune.read(digits / "random").project.scored()]
    assert "random" in shown.splitlines()[0]
    assert ids_of_rows(shown)[:20] == best[:20]
    terminal.press("q")
    assert terminal.exit_status() == 0


def test_a_column_sorts_up_then_down(open_terminal: Open, digits: Path) -> None:
    """`s` sorts by the column under the cursor, and again the other way."""
    terminal = open_terminal(digits / "random")
    terminal.wait_for("40 of 40")
    terminal.press("s")
    terminal.wait_for(lambda shown: ids_of_rows(shown)[:3] == ["00", "01", "02"])
    terminal.press("s")
    terminal.wait_for(lambda shown: ids_of_rows(shown)[:3] == ["39", "38", "37"])


def test_a_filter_always_says_how_many_it_leaves(open_terminal: Open, digits: Path) -> None:
    """While a filter is in force, `n of m` is on the screen, with the rows that it leaves and no other."""
    frame = tuitune.read(digits / "random").frame()
    left = sorted(map(str, frame[frame["lr"] < 0.001].index))
    terminal = open_terminal(digits / "random")
    terminal.wait_for("40 of 40")
    terminal.press("/")
    terminal.wait_for("Leave")
    terminal.press("lr < 0.001\r")
    said = f"{len(left)} of 40, {40 - len(left)} hidden"
    terminal.wait_for(lambda shown: said in shown and sorted(ids_of_rows(shown)) == left)
    terminal.press("q")
    assert terminal.exit_status() == 0


def test_a_filter_that_cannot_be_read_keeps_the_rows(open_terminal: Open, digits: Path) -> None:
    """Half a filter takes no row away; what is wrong stands beside the count."""
    terminal = open_terminal(digits / "random")
    before = ids_of_rows(terminal.wait_for("40 of 40"))
    terminal.press("/")
    terminal.wait_for("Leave")
    terminal.press("lr <")
    shown = terminal.wait_for("not an expression")
    assert "40 of 40" in shown
    assert ids_of_rows(shown)[:20] == before[:20]


def test_keys_typed_ahead_go_into_the_filter(open_terminal: Open, digits: Path) -> None:
    """A slow line delivers several keys at once: what was typed after `/` is the filter, not commands."""
    terminal = open_terminal(digits / "random")
    terminal.wait_for("40 of 40")
    terminal.press("/quantity > 3")
    terminal.wait_for(lambda shown: "quantity > 3" in shown and "Leave" in shown)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 12), (200, 60)])
def test_any_size_of_terminal_shows_rows(open_terminal: Open, digits: Path, columns: int, lines: int) -> None:
    """From a small window to a large one the trials are there, and q leaves."""
    terminal = open_terminal(digits / "hyperband", columns=columns, lines=lines)
    terminal.wait_for(lambda shown: "23 of 23" in shown and len(re.findall(r"^\W*00\d\d\s", shown, re.M)) >= 3)
    terminal.press("q")
    assert terminal.exit_status() == 0


def test_a_directory_opens_the_list_of_its_projects(open_terminal: Open, digits: Path) -> None:
    """A directory that holds projects shows them all; enter opens one."""
    terminal = open_terminal(digits)
    terminal.wait_for(lambda shown: all(name in shown for name in ("bayesian", "hyperband", "killed", "random")))
    terminal.press("\r")
    terminal.wait_for(lambda shown: re.search(r"(\d+) of \1\b", shown) is not None)
    terminal.press("q")
    assert terminal.exit_status() == 0


def test_the_terminal_is_given_back(open_terminal: Open, digits: Path) -> None:
    """After q the alternate screen, the mouse and the hidden cursor are gone: the shell finds what it had."""
    terminal = open_terminal(digits / "killed")
    terminal.wait_for("of 6")
    terminal.press("q")
    assert terminal.exit_status() == 0
    assert terminal.cursor_shown
    assert terminal.on_main_screen


def test_the_screen_does_not_touch_the_project(open_terminal: Open, digits: Path) -> None:
    """Looking, sorting and filtering write nothing into the project."""
    before = {path: path.stat().st_mtime_ns for path in (digits / "random").rglob("*")}
    terminal = open_terminal(digits / "random")
    terminal.wait_for("40 of 40")
    terminal.press("s/")
    terminal.wait_for("Leave")
    terminal.press("dropout > 0.3\r")
    terminal.wait_for("hidden")
    terminal.press(key_of("space"))
    terminal.wait_for("l Launch")
    terminal.press("q")
    assert terminal.exit_status() == 0
    assert {path: path.stat().st_mtime_ns for path in (digits / "random").rglob("*")} == before


def test_what_is_no_project_is_told(open_terminal: Open, tmp_path: Path) -> None:
    """A directory without projects: one sentence, a hint, exit status 1."""
    terminal = open_terminal(".")
    assert terminal.exit_status() == 1
    assert "Not a keras-tuner project: " in terminal.text
    assert "<directory>/<project_name>" in terminal.text
