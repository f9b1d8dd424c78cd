"""The strip below each hyperparameter: what is drawn where."""

from __future__ import annotations

import dataclasses

from rich.cells import cell_len

from tests.samples import MakeProject
from tests.ui.keys import press
from tests.ui.screen import NARROW, opened, screen_text, text_of, wait_text
from tests.ui.views.space.form import in_space, tuned
from tuitune.analysis.rank_classes import FAILED, Mark
from tuitune.narrowing.proposal import Proposal
from tuitune.project.space import Hyperparameter
from tuitune.ui.drawing.range_strip import draw_categories, draw_range
from tuitune.ui.widgets.range_strip import RangeStrip

LR = Hyperparameter("lr", "Float", minimum=0.0, maximum=1.0)
ACT = Hyperparameter("act", "Choice", choices=("relu", "tanh", "elu"))


def proposed(parent: Hyperparameter, **changed: object) -> Proposal:
    """A proposal that changes these fields."""
    return Proposal(parent, dataclasses.replace(parent, **changed), "narrow", "because", 8)  # type: ignore[arg-type]


def test_trials_stand_on_the_bar_and_brackets_beside_the_outermost() -> None:
    """The parent's range is all of it."""
    marks = [Mark(0.0, 0), Mark(0.5, 1), Mark(1.0, 3), Mark(0.3, FAILED)]
    assert draw_range(LR, LR, None, marks, 13).plain == "[█━━×━▓━━━━░]"


def test_the_draft_and_the_proposal_are_laid_over() -> None:
    """What lies outside the draft is thin; the proposal has its own brackets."""
    draft = dataclasses.replace(LR, minimum=0.5)
    plain = draw_range(LR, draft, proposed(LR, minimum=0.2, maximum=0.7), [], 13).plain
    assert plain.index("(") < plain.index("[") < plain.index(")") < plain.index("]") == 12
    assert "─" in plain
    assert "━" in plain


def test_a_wider_range_makes_the_scale_longer() -> None:
    """Where the parent ends is still seen."""
    plain = draw_range(LR, dataclasses.replace(LR, maximum=1.5), proposed(LR, maximum=1.25), [], 33).plain
    assert plain.endswith("]")
    assert ")" in plain
    thin = draw_range(LR, LR, proposed(LR, maximum=1.5), [], 33).plain
    assert thin.endswith(")")
    assert "]" in thin
    assert "·" in thin


def test_a_fixed_value_is_a_range_of_one_cell() -> None:
    """The trial that has it stands between the brackets."""
    held = Hyperparameter("lr", "Fixed", value=0.5)
    assert "[▓]" in draw_range(LR, held, None, [Mark(0.5, 1), Mark(0.9, 0)], 23).plain


def test_no_room_is_no_bar() -> None:
    """At any width it is just as wide."""
    assert draw_range(LR, LR, None, [], 3).plain == ""
    for width in range(6, 60):
        assert cell_len(draw_range(LR, LR, proposed(LR, minimum=0.3), [Mark(0.4, 0)], width).plain) == width


def test_a_category_shows_how_its_trials_rank_and_what_is_to_go() -> None:
    """Many trials become a few blocks, the best and the worst among them."""
    marks = [Mark(0.0, 0), *[Mark(0.0, 1)] * 8, *[Mark(0.0, 2)] * 8, Mark(0.0, 3), Mark(1.0, 3)]
    text = draw_categories(ACT, ACT, proposed(ACT, choices=("relu", "elu")), marks)
    assert text.plain == "relu █▓▓▓▒▒▒░ 18   tanh ░ 1 (drop)   elu untried"


async def test_the_strip_stands_in_the_form_and_follows_the_keys(make_project: MakeProject) -> None:
    """With a legend; at 80 columns the plot makes room for it."""
    async with opened(tuned(make_project), NARROW) as pilot:
        await in_space(pilot)
        await wait_text(pilot, "best tenth", "( proposed )", "relu ")
        strip = pilot.app.screen.query(RangeStrip).first()
        before = text_of(strip)
        assert before.strip().startswith("[")
        await press(pilot, "right", "right")
        after = text_of(strip)
        assert after.index("[") > before.index("[")
        assert "┌" not in screen_text(pilot.app)
