"""The Space view: proposals with reasons, taking and undoing them, what it says where there is little."""

from __future__ import annotations

import json
import math

import pytest

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press, write
from tests.ui.samples import float_hp, int_hp, parent_condition
from tests.ui.screen import NARROW, WIDE, notices, opened, screen_text, settle, squeezed, text_of, wait_for, wait_text
from tests.ui.views.space.form import SAME, SPACE, difference, fixed_hp, in_space, row, tuned, values
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.widgets.evidence import Evidence


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x40", "80x24"])
async def test_the_proposal_stands_below_each_hyperparameter_with_its_reason(
    make_project: MakeProject, size: tuple[int, int]
) -> None:
    """What the good trials say, from how many trials, and what they said about the focused one in full."""
    async with opened(tuned(make_project), size=size) as pilot:
        await in_space(pilot)
        assert "Proposed from the best 20%: 8 of 40 finished trials" in squeezed(pilot.app)
        assert "narrow: 0 … 1 → 0 …" in row(pilot, "lr") or "widen: 0 … 1 → 0 …" in row(pilot, "lr")
        assert "8 good trials" in row(pilot, "lr")
        assert size == NARROW or "chance would show" in " ".join(text_of(pilot.app.screen.query_one(Evidence)).split())
        assert SAME in difference(pilot)


async def test_scores_of_extreme_size_leave_the_plot_to_the_others(make_project: MakeProject) -> None:
    """A loss that explodes is a finished trial, but no axis can hold it."""
    scores = [0.5, 1e308, -1e308, math.inf, 0.25, 5e-324]
    trials = [trial_file(str(n), {"lr": n / 5}, score) for n, score in enumerate(scores)]
    async with opened(make_project(trials, SPACE[:1])) as pilot:
        await in_space(pilot)
        await wait_for(pilot, lambda: "•" in text_of(pilot.app.screen.query_one(Evidence)), "the plot")
        assert "0.500" in text_of(pilot.app.screen.query_one(Evidence))


async def test_at_80x24_the_focused_row_says_its_whole_sentence(make_project: MakeProject) -> None:
    """There is no room for the plot; the other rows say as much as fits into a line."""
    async with opened(tuned(make_project), size=NARROW) as pilot:
        await in_space(pilot)
        assert "0 … 1 → 0 …" in row(pilot, "lr")
        assert "limit by nature" in row(pilot, "lr")
        await press(pilot, "down")
        await wait_for(pilot, lambda: "limit by nature" not in row(pilot, "lr"), "one line again")
        assert "0 … 1 → 0 …" in row(pilot, "lr")


async def test_p_takes_the_proposal_of_the_focused_hyperparameter_only(make_project: MakeProject) -> None:
    """Its fields change, the others do not; the difference says what and how much is left."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "p")
        assert values(pilot, "lr") != ["0", "1", ""]
        assert "1 change to the parent" in difference(pilot)
        assert "% of the volume, 8 of the 8 good trials; 40 trials warm the search: lr 0 … 1 → 0 …" in difference(pilot)
        assert "[x] relu [x] tanh" in row(pilot, "act")


async def test_a_takes_every_proposal_as_one_step(make_project: MakeProject) -> None:
    """One u takes all of it back."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "a")
        assert "lr 0 … 1 →" in difference(pilot)
        assert "act relu, tanh, elu → relu" in difference(pilot)
        await press(pilot, "u")
        assert SAME in difference(pilot)
        assert values(pilot, "lr") == ["0", "1", ""]
        await press(pilot, "U")
        assert "act relu, tanh, elu → relu" in difference(pilot)
        assert "[x] relu [ ] tanh" in row(pilot, "act")


async def test_x_resets_the_focused_hyperparameter(make_project: MakeProject) -> None:
    """It is as in the parent; the others keep their changes."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "a", "x")
        assert values(pilot, "lr") == ["0", "1", ""]
        assert "act relu, tanh, elu → relu" in difference(pilot)
        assert "lr 0" not in difference(pilot)


async def test_f_holds_it_at_the_value_of_the_best_trial_and_frees_it_again(make_project: MakeProject) -> None:
    """The best trial's value stands in one field; f once more brings the range back."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "down", "f")
        await wait_for(pilot, lambda: values(pilot, "units") == ["8"], "one field")
        assert "units 8 … 64 step 8 → fixed 8" in difference(pilot)
        await press(pilot, "f")
        await wait_for(pilot, lambda: values(pilot, "units") == ["8", "64", "8"], "three fields")
        assert SAME in difference(pilot)


async def test_one_undo_takes_a_fix_back(make_project: MakeProject) -> None:
    """Fixing is one step, whatever the form does to show it."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "down", "f")
        await wait_for(pilot, lambda: values(pilot, "units") == ["8"], "one field")
        await press(pilot, "u")
        await wait_for(pilot, lambda: values(pilot, "units") == ["8", "64", "8"], "three fields")
        assert SAME in difference(pilot)
        await press(pilot, "u")
        await wait_for(pilot, lambda: "Nothing to undo." in notices(pilot.app), "the notice")


async def test_undo_and_redo_say_where_there_is_nothing(make_project: MakeProject) -> None:
    """A key that cannot do anything says so."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "u")
        await wait_for(pilot, lambda: "Nothing to undo." in notices(pilot.app), "the notice")
        await press(pilot, "U")
        await wait_for(pilot, lambda: "Nothing to redo." in notices(pilot.app), "the notice")


async def test_down_goes_over_a_hyperparameter_that_is_fixed_in_the_parent(make_project: MakeProject) -> None:
    """A second round has such; the arrows reach what stands behind it, also where it comes first."""
    space = [fixed_hp("kind", "dense"), SPACE[0], fixed_hp("units", 16), SPACE[2]]
    async with opened(tuned(make_project, space)) as pilot:
        await in_space(pilot)
        evidence = pilot.app.screen.query_one(Evidence)
        assert "lr" in text_of(evidence).splitlines()[0]
        await press(pilot, "down")
        assert "act" in text_of(evidence).splitlines()[0]
        await press(pilot, "up")
        assert "lr" in text_of(evidence).splitlines()[0]


async def test_n_proposes_from_what_the_filter_leaves(make_project: MakeProject) -> None:
    """The basis names the filter and how many trials it leaves."""
    async with opened(tuned(make_project)) as pilot:
        await press(pilot, "slash")
        await write(pilot, "lr > 0.7")
        await press(pilot, "escape", "n")
        await wait_text(pilot, "Proposed from those with lr > 0.7: 11 of 40 finished trials")
        await press(pilot, "a")
        assert "lr 0 … 1 → 0.5 … 1" in difference(pilot)


async def test_the_space_without_finished_trials_can_be_edited_and_says_why_nothing_is_proposed(
    make_project: MakeProject,
) -> None:
    """No objective is known yet; the form is there all the same."""
    async with opened(make_project([], SPACE)) as pilot:
        await press(pilot, key_of("space"))
        await wait_text(pilot, "lr Float")
        assert "Proposed from" not in screen_text(pilot.app)
        await press(pilot, "p", "a", "f", "down", "f")
        assert SAME in difference(pilot)


async def test_a_project_without_a_space_says_so(make_project: MakeProject) -> None:
    """Nothing can be narrowed where oracle.json holds no space; the keys do no harm."""
    async with opened(make_project([trial_file("0", {"lr": 0.5}, 0.5)], [])) as pilot:
        await press(pilot, key_of("space"))
        await settle(pilot)
        assert "search space" in screen_text(pilot.app)
        await press(pilot, "p", "a", "f", "x", "u", "U", "l", "down", "up")
        assert "algorithm" not in screen_text(pilot.app)


async def test_the_name_of_a_project_without_a_space_is_text(make_project: MakeProject) -> None:
    """It comes from the disk, and may steer a terminal."""
    async with opened(make_project([trial_file("0", {"lr": 0.5}, 0.5)], [], name="\x1b[31m[red]x")) as pilot:
        await press(pilot, key_of("space"))
        await settle(pilot)
        assert "[red]x has no search space" in screen_text(pilot.app)
        assert "\x1b" not in screen_text(pilot.app)


async def test_conditions_stand_with_the_hyperparameter(make_project: MakeProject) -> None:
    """`units` is asked for only where `act` is relu or tanh."""
    space = [SPACE[2], int_hp("units", 8, 64, step=8, conditions=parent_condition("act", "relu", "tanh"))]
    async with opened(tuned(make_project, space)) as pilot:
        await in_space(pilot)
        assert "if act = relu or tanh" in row(pilot, "units")


async def test_a_new_proposal_does_not_throw_edits_away_without_a_word(make_project: MakeProject) -> None:
    """Going to the trials and back keeps the draft."""
    async with opened(tuned(make_project)) as pilot:
        await in_space(pilot)
        await press(pilot, "p")
        changed = difference(pilot)
        await press(pilot, "down", "down", "1")
        await wait_text(pilot, "40 of 40")
        await press(pilot, key_of("space"))
        await wait_text(pilot, "Proposed from")
        assert difference(pilot) == changed


async def test_the_space_asked_for_before_the_project_was_read_is_shown_when_it_is(make_project: MakeProject) -> None:
    """2 pressed at once: the form comes as soon as the project has been read."""
    from tuitune.ui.app import make_app

    app = make_app(str(tuned(make_project)))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press(key_of("space"))
        await wait_text(pilot, "40 trials")
        await settle(pilot)
        assert "lr Float" in screen_text(pilot.app)


async def test_n_proposes_for_a_space_that_has_changed_meanwhile(make_project: MakeProject) -> None:
    """The script was run anew with another space while the form of the old one was there: a new form comes."""
    project = tuned(make_project)
    async with opened(project) as pilot:
        await in_space(pilot)
        await press(pilot, "escape")
        oracle = json.loads((project / "oracle.json").read_text())
        oracle["hyperparameters"]["space"] = [float_hp("momentum", 0.0, 1.0), *SPACE[1:]]
        (project / "oracle.json").write_text(json.dumps(oracle))
        screen = pilot.app.screen
        assert isinstance(screen, ProjectScreen)
        await wait_for(pilot, lambda: screen.session.project.space[0].name == "momentum", "the other space")
        await press(pilot, "n")
        await wait_text(pilot, "momentum")
