"""The table of trials: order, cursor and filter."""

from __future__ import annotations

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import press, repeat, write
from tests.ui.samples import SAMPLES
from tests.ui.screen import opened, screen_text, squeezed, wait_for
from tests.ui.tables import header, ids, rows, table, to_column
from tests.ui.views.six_trials import SPACE, small


async def test_the_best_trial_comes_first_and_the_failed_one_last(make_project: MakeProject) -> None:
    """Unasked, the table is ordered by score, best first; what has no score ends it."""
    async with opened(small(make_project)) as pilot:
        assert ids(pilot.app) == ["2", "3", "1", "4", "0", "5"]
        assert rows(pilot.app)[0].startswith("★2")
        assert "✗ failed" in rows(pilot.app)[-1]


async def test_an_objective_to_maximize_is_ordered_from_the_highest() -> None:
    """The sample's accuracy is to be maximized: the highest score stands first, with the star."""
    async with opened(SAMPLES / "digits" / "random", ready="40 of 40") as pilot:
        assert rows(pilot.app)[0].startswith("★06")
        assert "score▼" in header(pilot.app)
        assert "val_accuracy max (inferred)" in screen_text(pilot.app)
        assert "best 0.97333" in screen_text(pilot.app)


async def test_s_sorts_by_the_column_under_the_cursor_up_down_and_off(make_project: MakeProject) -> None:
    """The first press sorts up, the second down, the third not at all; equal rows stay as they started."""
    async with opened(small(make_project)) as pilot:
        for column, title, ascending, descending in (
            ("trial_id", "trial", "0 1 2 3 4 5", "5 4 3 2 1 0"),
            ("act", "act", "0 3 4 1 2 5", "1 2 5 0 3 4"),
            ("lr", "lr", "0 2 1 4 3 5", "3 5 1 4 0 2"),
        ):
            await to_column(pilot, column)
            await press(pilot, "s")
            assert ids(pilot.app) == ascending.split()
            assert f"{title}▲" in header(pilot.app)
            await press(pilot, "s")
            assert ids(pilot.app) == descending.split()
            assert f"{title}▼" in header(pilot.app)
            await press(pilot, "s")
            assert ids(pilot.app) == ["0", "1", "2", "3", "4", "5"]
            assert not set("▲▼") & set(header(pilot.app))


async def test_failed_trials_stay_last_when_the_score_is_sorted_either_way(make_project: MakeProject) -> None:
    """A trial without a score is neither the lowest nor the highest."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "score")
        await press(pilot, "s")
        assert ids(pilot.app) == ["0", "4", "1", "3", "2", "5"]


async def test_shift_s_sorts_within_the_order_before(make_project: MakeProject) -> None:
    """Sorted by activation, then also by learning rate down; the header numbers the keys."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "act")
        await press(pilot, "s")
        await to_column(pilot, "lr")
        await press(pilot, "S")
        assert ids(pilot.app) == ["0", "4", "3", "2", "1", "5"]
        assert "act▲1" in header(pilot.app)
        assert "lr▲2" in header(pilot.app)
        await press(pilot, "S")
        assert ids(pilot.app) == ["3", "4", "0", "5", "1", "2"]
        await press(pilot, "S")
        assert ids(pilot.app) == ["0", "3", "4", "1", "2", "5"]
        assert "lr▲" not in header(pilot.app)


async def test_s_on_one_of_several_columns_sorts_by_that_one_alone(make_project: MakeProject) -> None:
    """Whatever way it was sorted before, it begins upwards; nothing loses its order."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "act")
        await press(pilot, "s")
        await to_column(pilot, "lr")
        await press(pilot, "S")
        await press(pilot, "S")
        assert "lr▼2" in header(pilot.app)
        await press(pilot, "s")
        assert "lr▲" in header(pilot.app)
        assert "act▲" not in header(pilot.app)
        assert ids(pilot.app) == ["0", "2", "1", "4", "3", "5"]


async def test_a_click_on_a_header_sorts_by_it(make_project: MakeProject) -> None:
    """The mouse does what s does."""
    async with opened(small(make_project)) as pilot:
        at = header(pilot.app).index("lr")
        await pilot.click(table(pilot.app), offset=(at, 0))
        await pilot.pause()
        assert ids(pilot.app) == ["0", "2", "1", "4", "3", "5"]
        await pilot.click(table(pilot.app), offset=(at, 0))
        await pilot.pause()
        assert "lr▼" in header(pilot.app)


async def test_the_filter_works_while_it_is_written(make_project: MakeProject) -> None:
    """Each key that leaves a whole expression filters at once, and n of m says how many are left."""
    async with opened(small(make_project)) as pilot:
        assert "6 of 6" in screen_text(pilot.app)
        await press(pilot, "slash")
        await write(pilot, "lr < 0.2")
        assert ids(pilot.app) == ["2", "0"]
        assert "2 of 6, 4 hidden" in screen_text(pilot.app)
        await write(pilot, "5")
        assert ids(pilot.app) == ["2", "1", "4", "0"]
        assert "4 of 6" in screen_text(pilot.app)


async def test_a_wrong_filter_says_why_and_keeps_the_rows(make_project: MakeProject) -> None:
    """Half an expression, a single = and an unknown name are each said; the rows of before stay."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.15")
        assert ids(pilot.app) == ["3", "1", "4", "5"]
        await write(pilot, " and act = 1")
        assert "a single = does not compare; write ==." in screen_text(pilot.app)
        assert ids(pilot.app) == ["3", "1", "4", "5"]
        await press(pilot, "escape", "backspace", "slash")
        await write(pilot, "speed > 1")
        assert "no hyperparameter, metric or column is called 'speed'" in screen_text(pilot.app)
        assert len(ids(pilot.app)) == 6


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_leaving_the_filter_keeps_it_and_backspace_clears_it(make_project: MakeProject, key: str) -> None:
    """Esc and enter go back to the table, whose keys work again; backspace there shows every trial."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, 'act == "tanh"')
        await press(pilot, key)
        assert 'act == "tanh"' in screen_text(pilot.app)
        assert ids(pilot.app) == ["2", "1", "5"]
        assert pilot.app.focused is table(pilot.app)
        await press(pilot, "down")
        assert "Trial 1" in screen_text(pilot.app)
        await press(pilot, "backspace")
        assert 'act == "tanh"' not in screen_text(pilot.app)
        assert "6 of 6" in screen_text(pilot.app)
        assert len(ids(pilot.app)) == 6


async def test_equals_keeps_trials_with_the_value_under_the_cursor(make_project: MakeProject) -> None:
    """Each = adds a condition to the filter: this value, and that one too."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "act")
        await press(pilot, "equals_sign")
        assert ids(pilot.app) == ["2", "1", "5"]
        await to_column(pilot, "lr")
        await press(pilot, "equals_sign")
        assert ids(pilot.app) == ["2"]
        assert "act == 'tanh' and lr == 0.1" in squeezed(pilot.app)


async def test_equals_on_an_empty_cell_keeps_trials_without_a_value(make_project: MakeProject) -> None:
    """A failed trial has no score: = on it asks for `is None`."""
    async with opened(small(make_project)) as pilot:
        await to_column(pilot, "score")
        await press(pilot, "end", "equals_sign")
        assert ids(pilot.app) == ["5"]
        assert "score is None" in squeezed(pilot.app)


async def test_equals_binds_to_the_whole_filter_written_before(make_project: MakeProject) -> None:
    """After `a or b`, = keeps trials that pass the filter and have the value, not `b and value`."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr == 0.3 or lr == 0.2")
        await press(pilot, "escape", "home")
        assert ids(pilot.app) == ["3", "1", "4", "5"]
        await to_column(pilot, "act")
        await press(pilot, "equals_sign")
        assert ids(pilot.app) == ["3", "4"]


async def test_equals_on_a_score_that_is_not_a_number_can_be_read(make_project: MakeProject) -> None:
    """NaN and infinity are values that trials have: = on them makes no filter that cannot be read."""
    trials = [
        trial_file("0", {"lr": 0.5}, 0.5),
        trial_file("1", {"lr": 0.6}, float("inf")),
        trial_file("2", {"lr": 0.7}, float("nan")),
    ]
    async with opened(make_project(trials, SPACE)) as pilot:
        await to_column(pilot, "score")
        for trial in ("1", "2"):
            await press(pilot, "home")
            await wait_for(pilot, lambda: "3 of 3" in screen_text(pilot.app), "all rows")
            await repeat(pilot, "down", ids(pilot.app).index(trial))
            await press(pilot, "equals_sign")
            assert "is called" not in screen_text(pilot.app)
            assert ids(pilot.app) == [trial]
            await press(pilot, "backspace")


async def test_a_filter_that_nothing_passes_says_so(make_project: MakeProject) -> None:
    """No row is left: the table says why, and the detail shows no trial."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 7")
        assert "No trial passes the filter." in screen_text(pilot.app)
        assert "0 of 6" in screen_text(pilot.app)
        assert "Trial 2" not in screen_text(pilot.app)
        await press(pilot, "escape", "down", "s", "equals_sign", "enter", "m")
        assert "0 of 6" in screen_text(pilot.app)


async def test_the_cursor_stays_on_its_trial_when_the_order_changes(make_project: MakeProject) -> None:
    """Sorting moves the row, and the cursor and the detail go with it."""
    async with opened(small(make_project)) as pilot:
        await press(pilot, "down", "down")
        assert "Trial 1 " in screen_text(pilot.app)
        await to_column(pilot, "trial_id")
        await press(pilot, "s")
        assert "Trial 1 " in screen_text(pilot.app)
        assert table(pilot.app).cursor_row == 1
        await press(pilot, "down")
        assert "Trial 2 ★ best" in screen_text(pilot.app)
