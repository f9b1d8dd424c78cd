"""The Space view: editing with refusals in words, commands between digits, no launch of what cannot be."""

from __future__ import annotations

from tests.samples import MakeProject
from tests.ui.keys import press, repeat, write
from tests.ui.screen import notices, opened, screen_text, squeezed, wait_for, wait_text
from tests.ui.views.space.form import SAME, difference, in_space, row, tuned, values


async def test_a_bound_is_typed_and_taken_with_enter(make_project: MakeProject) -> None:
    """The old text goes, the new one counts; the difference says it."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "tab", "end", "backspace")
        await write(pilot, "0.5")
        await press(pilot, "enter")
        assert values(pilot, "lr") == ["0", "0.5", ""]
        assert "50 % of the volume, " in difference(pilot)
        assert ": lr 0 … 1 → 0 … 0.5" in difference(pilot)


async def test_a_bad_number_is_refused_in_words_and_the_draft_stays(make_project: MakeProject) -> None:
    """While it is typed the row says what is wrong; leaving the field brings the old value back."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "tab")
        for text in ("1e", "--3", "", "e", "1.2.3"):
            await press(pilot, "end", "backspace")
            await write(pilot, text)
            assert ("the maximum is empty" if not text else f"'{text}' is not a number") in row(pilot, "lr")
            assert SAME in difference(pilot)
            await press(pilot, "enter")
            assert values(pilot, "lr") == ["0", "1", ""]
            assert SAME in difference(pilot)
        await wait_for(pilot, lambda: "it stays as it was" in notices(pilot.app), "the notice")


async def test_a_number_with_hundreds_of_digits_does_not_end_the_program(make_project: MakeProject) -> None:
    """A key that is held down makes such a number; it is refused like any other."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await repeat(pilot, "9", 330)
        await press(pilot, "enter")
        assert "Proposed from" in screen_text(pilot.app)


async def test_esc_in_a_field_gives_the_change_up(make_project: MakeProject) -> None:
    """The first esc brings the value back, also in the step; the second leaves for the trials."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "down", "tab", "tab")
        await write(pilot, "77")
        await press(pilot, "escape")
        assert values(pilot, "units") == ["8", "64", "8"]
        assert SAME in difference(pilot)
        await press(pilot, "escape")
        assert "40 of 40" in screen_text(pilot.app)


async def test_letters_in_a_number_field_are_commands(make_project: MakeProject) -> None:
    """p, f and u do what the footer says; none of them lands in the field."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        for letter in "zkbp":
            await press(pilot, letter)
        assert values(pilot, "lr")[0] == "0"
        assert "1 change to the parent" in difference(pilot)


async def test_a_category_is_switched_off_and_on(make_project: MakeProject) -> None:
    """Space switches the value under the cursor of the row."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "down", "down", "right", "space")
        assert "[x] relu [ ] tanh [x] elu" in row(pilot, "act")
        assert "act relu, tanh, elu → relu, elu" in difference(pilot)
        await press(pilot, "space")
        assert SAME in difference(pilot)


async def test_a_click_on_a_category_switches_it(make_project: MakeProject) -> None:
    """The value under the mouse, not its neighbour."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        line = next(y for y, text in enumerate(screen_text(pilot.app).splitlines()) if "[x] elu" in text)
        await pilot.click(offset=(screen_text(pilot.app).splitlines()[line].rindex("elu"), line))
        await wait_for(pilot, lambda: "[x] relu [x] tanh [ ] elu" in row(pilot, "act"), "elu to go")


async def test_a_boolean_keeps_at_least_one_value(make_project: MakeProject) -> None:
    """One of the two goes, the other cannot."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await repeat(pilot, "up", 1)
        await press(pilot, "space")
        assert "[ ] True [x] False" in row(pilot, "norm")
        await press(pilot, "right", "space")
        assert "[ ] True [x] False" in row(pilot, "norm")
        await press(pilot, "left", "space")
        assert SAME in difference(pilot)


async def test_a_launch_is_refused_while_something_cannot_be(make_project: MakeProject) -> None:
    """A minimum above the maximum: the row, the difference and a notice say so, and no dialog opens."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "end", "backspace")
        await write(pilot, "2")
        assert "the minimum 2 is greater than the maximum 1" in row(pilot, "lr")
        await press(pilot, "enter")
        assert "not possible yet" in difference(pilot)
        await press(pilot, "l")
        await wait_for(pilot, lambda: "First correct this" in notices(pilot.app), "the refusal")
        assert "algorithm" not in screen_text(pilot.app)
        await press(pilot, "u")
        assert SAME in difference(pilot)
        await press(pilot, "l")
        await wait_text(pilot, "algorithm (●) bayesian")


async def test_a_choice_without_values_is_refused(make_project: MakeProject) -> None:
    """All switched off: the row says that one must stay."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "down", "down", "space", "right", "space", "right", "space")
        assert "at least one value must stay" in row(pilot, "act")
        await press(pilot, "l")
        await wait_for(pilot, lambda: "First correct this" in notices(pilot.app), "the refusal")


async def test_what_was_typed_but_not_entered_is_not_lost_at_the_launch(make_project: MakeProject) -> None:
    """l with text in a field takes it first: what the form shows is what is searched."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "tab", "end", "backspace")
        await write(pilot, "0.5")
        await press(pilot, "l")
        await wait_text(pilot, "algorithm (●) bayesian", "Leaves alone")
        await wait_for(pilot, lambda: "lr: 0 … 1 → 0 … 0.5" in squeezed(pilot.app), "the change in the plan")


async def test_arrows_move_the_bound_that_has_the_focus_and_signs_scale_the_range(make_project: MakeProject) -> None:
    """Each is a change that can be taken back; on a grid they move by its steps."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "right", "right")
        assert values(pilot, "lr") == ["0.1", "1", ""]
        await press(pilot, "tab", "left")
        assert values(pilot, "lr") == ["0.1", "0.95", ""]
        await press(pilot, "minus")
        assert values(pilot, "lr") == ["0.15", "0.9", ""]
        await press(pilot, "plus", "plus", "plus")
        assert values(pilot, "lr") == ["0", "1.05", ""]
        await press(pilot, "u", "u", "u", "u")
        assert values(pilot, "lr") == ["0.1", "0.95", ""]
        await press(pilot, "down", "right", "minus")
        assert values(pilot, "units") == ["24", "56", "8"]


async def test_what_is_typed_is_a_number_again_once_it_is_begun(make_project: MakeProject) -> None:
    """A digit begins it, or enter where it begins with a sign; arrows then move in the text."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await write(pilot, "5e-2")
        await press(pilot, "enter")
        assert values(pilot, "lr") == ["0.05", "1", ""]
        await press(pilot, "enter", "end", "left", "1", "enter")
        assert values(pilot, "lr") == ["0.015", "1", ""]
        await press(pilot, "enter", "home")
        await write(pilot, "-")
        await press(pilot, "enter")
        assert values(pilot, "lr") == ["-0.015", "1", ""]
