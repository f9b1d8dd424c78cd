"""Proposals on data whose good region is known, and what must hold for every proposal."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tuitune.narrowing import rules
from tuitune.narrowing.observed import MIN_TRIALS
from tuitune.narrowing.proposal import Proposal, describe_proposal, share_kept, volume_kept
from tuitune.narrowing.propose import propose
from tuitune.project.scalars import format_scalar
from tuitune.project.space import Condition, Hyperparameter, from_unit, step_grid
from tuitune.project.trials import Trial

LR = Hyperparameter("x", "Float", minimum=1e-5, maximum=1e-1, sampling="log", default=1e-5)
DROP = Hyperparameter("x", "Float", minimum=0.0, maximum=1.0)
UNITS = Hyperparameter("x", "Int", minimum=16, maximum=256, step=16)
FILTERS = Hyperparameter("x", "Int", minimum=1, maximum=1024, step=2, sampling="log")
LAYERS = Hyperparameter("x", "Int", minimum=1, maximum=100, sampling="log")
DECAY = Hyperparameter("x", "Float", minimum=1e-3, maximum=1.0, sampling="reverse_log")
ACT = Hyperparameter("x", "Choice", choices=("relu", "tanh", "elu"), default="tanh")
BN = Hyperparameter("x", "Boolean", default=True)
NUMERIC = {"log": LR, "linear": DROP, "steps": UNITS, "log steps": FILTERS, "log int": LAYERS, "reverse": DECAY}


def drawn(hp: Hyperparameter, unit: float) -> Any:
    """The value that a search would draw at `unit` of the scale."""
    grid = step_grid(hp)
    if grid is not None:
        return grid[min(len(grid) - 1, int(unit * len(grid)))]
    value = from_unit(hp, unit)
    return round(value) if hp.kind == "Int" else value


def trials(values: Sequence[Any], name: str = "x") -> list[Trial]:
    """Finished trials with these values, best first."""
    return [Trial(str(n), "COMPLETED", float(n), values={name: value}) for n, value in enumerate(values)]


def proposal(hp: Hyperparameter, good: Sequence[Any], others: Sequence[Any]) -> Proposal:
    """What is proposed for `hp` alone."""
    (found,) = proposals([hp], trials(good), trials(others))
    return found


def proposals(space: Sequence[Hyperparameter], good: Sequence[Trial], others: Sequence[Trial]) -> list[Proposal]:
    """What is proposed where nothing is known but which trials are good."""
    return propose(space, good, others, [0.0] * len(good) + [1.0] * len(others))


def spread(hp: Hyperparameter, count: int = 40, keep: Callable[[float], bool] = lambda unit: True) -> list[Any]:
    """Values spread evenly over the scale."""
    units = [(n + 0.5) / count for n in range(count)]
    random.Random(1).shuffle(units)
    return [drawn(hp, unit) for unit in units if keep(unit)]


def inside(unit: float) -> bool:
    """The region that is good in these tests."""
    return 0.4 <= unit <= 0.6


@pytest.mark.parametrize("name", list(NUMERIC))
def test_a_known_good_region_is_found_on_every_scale(name: str) -> None:
    """The proposed range holds all good values, and leaves most of the bad ones out."""
    hp = NUMERIC[name]
    good, others = spread(hp, keep=inside), spread(hp, keep=lambda unit: not inside(unit))
    found = proposal(hp, good, others)
    assert found.action == "narrow"
    assert all(found.proposed.contains(value) for value in good)
    assert sum(found.proposed.contains(value) for value in others) < 0.6 * len(others)
    assert 0.15 < share_kept(hp, found.proposed) < 0.7
    assert f"the {len(good)} good trials lie in" in found.reason
    assert found.trials == len(good)
    assert found.changes
    assert " → " in describe_proposal(found)


def test_a_narrowed_range_is_rounded_outwards_to_numbers_a_person_would_write() -> None:
    """Two digits that matter, never inside of what was good."""
    good = [1.23e-3, 2.31e-3, 4.57e-3, 3.3e-3, 2.2e-3, 1.9e-3]
    found = proposal(LR, good, spread(LR, 30))
    for bound in (found.proposed.minimum, found.proposed.maximum):
        assert bound is not None
        assert float(f"{bound:.1e}") == bound
    assert found.proposed.default is None


def test_a_stepped_range_is_cut_on_its_own_grid() -> None:
    """The values that stay are values that were."""
    found = proposal(UNITS, [96, 112, 128, 112, 96, 128], spread(UNITS, 30))
    assert set(step_grid(found.proposed) or ()) < set(step_grid(UNITS) or ())


def test_steps_that_run_backwards_from_the_maximum_are_kept() -> None:
    """Cutting a stepped reverse_log range would move every one of its values."""
    hp = dataclasses.replace(DECAY, minimum=1, maximum=1000, step=10, kind="Int")
    assert proposal(hp, [991] * 6, [1, 901, 991, 1000] * 5).proposed == hp


@pytest.mark.parametrize("name", list(NUMERIC))
def test_values_spread_as_chance_would_are_no_evidence(name: str) -> None:
    """Good trials everywhere say nothing."""
    hp = NUMERIC[name]
    values = spread(hp)
    found = proposal(hp, values[::4], [value for n, value in enumerate(values) if n % 4])
    assert found.proposed == hp
    assert found.action in ("keep", "widen")
    assert "not enough evidence" in found.reason
    assert "chance would show as much influence" in found.reason


@pytest.mark.parametrize("count", [20, 40, 150])
def test_scores_that_no_hyperparameter_explains_seldom_make_a_cut(count: int) -> None:
    """Also where many hyperparameters give chance many occasions: about one search in seven, and not each."""
    space = [dataclasses.replace(LR, name=f"lr{n}") for n in range(6)]
    space += [dataclasses.replace(ACT, name=f"act{n}") for n in range(4)]
    cut = 0
    for seed in range(60):
        source = random.Random(seed)
        found = []
        for number in range(count):
            values = {
                hp.name: drawn(hp, source.random()) if hp.is_numeric else source.choice(hp.choices) for hp in space
            }
            found.append(Trial(str(number), "COMPLETED", source.gauss(0, 1), values=values))
        found.sort(key=lambda trial: trial.score or 0.0)
        good = count // 5
        badness = [trial.score or 0.0 for trial in found]
        cut += any(item.changes for item in propose(space, found[:good], found[good:], badness))
    assert cut <= 60 * 0.3


def test_trials_that_the_search_chose_by_their_scores_are_no_evidence() -> None:
    """They crowd where these were good, in every hyperparameter; drawn ones beside them decide alone."""
    space = [dataclasses.replace(LR, name=f"lr{n}") for n in range(5)] + [ACT]
    cut = 0
    for seed in range(40):
        source = random.Random(seed)
        drawn_ones = [
            {hp.name: drawn(hp, source.random()) if hp.is_numeric else source.choice(hp.choices) for hp in space}
            for _ in range(20)
        ]
        best = drawn_ones[0]
        near = [
            {
                name: value * (1 + source.gauss(0, 0.02)) if isinstance(value, float) else value
                for name, value in best.items()
            }
            for _ in range(20)
        ]
        found = [
            Trial(f"d{n}", "COMPLETED", source.gauss(1, 0.1), values=values) for n, values in enumerate(drawn_ones)
        ]
        found += [Trial(f"n{n}", "COMPLETED", source.gauss(0, 0.1), values=values) for n, values in enumerate(near)]
        found.sort(key=lambda trial: trial.score or 0.0)
        badness = [trial.score if trial.trial_id.startswith("d") else None for trial in found]
        cut += any(
            item.action != "keep" and item.action != "widen" for item in propose(space, found[:8], found[8:], badness)
        )
        for item in propose(space, found[:8], found[8:12], [None] * 12):
            assert "are a fair sample" in item.reason
    assert cut <= 40 * 0.35


def test_failed_trials_speak_against_a_region_and_the_reason_says_so() -> None:
    """A failed one ranks behind everything that was scored."""
    good = trials([from_unit(LR, 0.1 + 0.04 * n) for n in range(8)])
    others = [Trial(f"1{n}", "COMPLETED", 9.0, values={"x": from_unit(LR, 0.05 + 0.03 * n)}) for n in range(12)]
    others += [Trial(f"2{n}", "FAILED", values={"x": from_unit(LR, 0.6 + 0.03 * n)}) for n in range(12)]
    badness = [trial.score if trial.score is not None else math.inf for trial in good + others]
    (found,) = propose([LR], good, others, badness)
    assert found.action == "narrow"
    left_out = [trial for trial in others if not found.proposed.contains(trial.values["x"])]
    failed = [trial for trial in left_out if trial.status == "FAILED"]
    assert len(failed) >= 6
    assert f"of the {len(left_out)} trials that it leaves out {len(failed)} failed" in found.reason


@pytest.mark.parametrize("hp", [LR, UNITS, ACT, BN])
def test_too_few_good_trials_are_no_evidence(hp: Hyperparameter) -> None:
    """The reason says how many there are and how many it takes."""
    value = drawn(hp, 0.5) if hp.is_numeric else hp.options()[0]
    found = proposal(hp, [value] * (MIN_TRIALS - 1), [value] * 20)
    assert (found.action, found.proposed) == ("keep", hp)
    assert f"not enough evidence: {MIN_TRIALS - 1} good trials have it, {MIN_TRIALS} are needed" == found.reason


@pytest.mark.parametrize("name", ["log", "linear", "steps", "log steps", "log int"])
@pytest.mark.parametrize("edge", ["lower", "upper"])
def test_an_edge_where_the_best_crowd_is_never_cut_and_is_named(name: str, edge: str) -> None:
    """Better values may lie beyond it, so the proposal says so."""
    hp = NUMERIC[name]
    bound = hp.minimum if edge == "lower" else hp.maximum
    near = [unit if edge == "lower" else 1 - unit for unit in (0.0, 0.001, 0.002, 0.003, 0.1, 0.15)]
    found = proposal(hp, [drawn(hp, unit) for unit in near], spread(hp))
    assert f"{edge} edge" in found.reason
    proposed = found.proposed.minimum if edge == "lower" else found.proposed.maximum
    assert bound is not None
    assert proposed is not None
    if found.action == "widen":
        assert proposed < bound if edge == "lower" else proposed > bound
        assert f"widen it to {format_scalar(proposed)}" in found.reason
    else:
        assert proposed == bound
        assert "limit by nature" in found.reason


def test_values_that_no_good_trial_has_are_dropped_where_that_is_a_surprise() -> None:
    """A category tried often and never good goes; the default moves."""
    found = proposal(ACT, ["relu", "elu"] * 5, ["tanh"] * 20 + ["relu", "elu"] * 3)
    assert (found.action, found.proposed.choices) == ("drop", ("relu", "elu"))
    assert found.proposed.default is None
    assert "tanh (0 of 20)" in found.reason


@pytest.mark.parametrize(("count", "bad"), [(k, bad) for k in (3, 4, 5, 6) for bad in range(1, k)])
@pytest.mark.parametrize("parent", ["random", "bayesian"])
def test_a_bad_value_does_not_hide_behind_a_worse_one(count: int, bad: int, parent: str) -> None:
    """Three to six options, one to five of them bad, each worse than the one before, or all alike: they go, and only
    they. Of a Bayesian search the trials that it drew at first decide; it chose the others by what these told.
    """
    options = tuple("abcdef"[:count])
    space = [
        Hyperparameter("x", "Choice", choices=options),
        *(dataclasses.replace(LR, name=f"lr{n}") for n in range(3)),
    ]
    dropped = expected = 0
    for seed in range(10):
        source = random.Random(seed)
        effects = {o: max(0, n - (count - bad) + 1) if seed % 2 else n >= count - bad for n, o in enumerate(options)}
        found = []
        for number in range(80):
            chosen = parent == "bayesian" and number >= 50
            option = source.choice(options[: count - bad] if chosen else options)
            values = {"x": option, **{hp.name: drawn(hp, source.random()) for hp in space[1:]}}
            name = f"{'chosen' if chosen else 'drawn'}{number}"
            found.append(Trial(name, "COMPLETED", 6 * effects[option] + source.gauss(0, 1), values=values))
        found.sort(key=lambda trial: trial.score or 0.0)
        badness = [trial.score if trial.trial_id.startswith("drawn") else None for trial in found]
        proposed = propose(space, found[:16], found[16:], badness)[0].proposed
        assert all(proposed.contains(option) for option in options[: count - bad])
        gone = [option for option in options if not proposed.contains(option)]
        tried = [option for option in options[count - bad :] if sum(t.values["x"] == option for t in found) >= 3]
        dropped += len(gone)
        expected += len(tried)
    assert dropped >= 0.6 * expected


def test_a_value_that_was_seldom_tried_stays() -> None:
    """Not among the good ones is no evidence where it was hardly among any."""
    found = proposal(ACT, ["relu", "tanh"] * 3, ["relu", "tanh"] * 10 + ["elu"])
    assert (found.action, found.proposed) == ("keep", ACT)
    assert "elu 0 of 1" in found.reason


def test_an_untried_value_stays() -> None:
    """Nothing is known of it."""
    found = proposal(ACT, ["relu"] * 6, ["tanh"] * 20)
    assert found.proposed.choices == ("relu", "elu")
    assert "elu untried" in found.reason


def test_one_value_that_is_left_is_fixed() -> None:
    """A Choice as well as a Boolean."""
    choice = proposal(ACT, ["relu"] * 8, ["tanh", "elu"] * 12)
    assert (choice.action, choice.proposed) == ("fix", Hyperparameter("x", "Fixed", value="relu"))
    boolean = proposal(BN, [True] * 8, [False] * 12 + [True] * 4)
    assert (boolean.action, boolean.proposed) == ("fix", Hyperparameter("x", "Fixed", value=True))


def test_both_values_of_a_boolean_are_kept_where_both_are_good() -> None:
    """There is nothing to choose."""
    assert proposal(BN, [True, False] * 4, [True, False] * 6).action == "keep"


@pytest.mark.parametrize(
    ("hp", "reason"),
    [
        (Hyperparameter("x", "Fixed", value=3), "fixed already"),
        (dataclasses.replace(DROP, maximum=0.0), "single value"),
        (dataclasses.replace(ACT, choices=("relu",)), "only one value"),
        (Hyperparameter("x", "Spline"), "not a type"),
    ],
)
def test_what_cannot_be_narrowed_says_why(hp: Hyperparameter, reason: str) -> None:
    """Every hyperparameter has an answer."""
    found = proposal(hp, [0.0] * 9, [0.0] * 9)
    assert (found.proposed, found.action) == (hp, "keep")
    assert reason in found.reason


def test_a_conditional_hyperparameter_is_judged_by_the_trials_that_had_it() -> None:
    """Values of trials in which it was inactive do not count, though they are in the file."""
    kind = Hyperparameter("kind", "Choice", choices=("a", "b"))
    hp = dataclasses.replace(LR, conditions=(Condition("kind", ("a",)),))
    good = [Trial(str(n), "COMPLETED", 0.0, values={"kind": "b", "x": 1e-3}) for n in range(9)]
    good += [Trial(f"1{n}", "COMPLETED", 0.0, values={"kind": "a", "x": 1e-2}) for n in range(3)]
    found = proposals([kind, hp], good, [])
    assert found[1].trials == 3
    assert "not enough evidence" in found[1].reason


def test_a_hyperparameter_whose_condition_can_no_longer_hold_stays_and_says_so() -> None:
    """build() still names it."""
    kind = Hyperparameter("kind", "Choice", choices=("a", "b"))
    hp = dataclasses.replace(LR, conditions=(Condition("kind", ("b",)),))
    good = [Trial(str(n), "COMPLETED", 0.0, values={"kind": "a"}) for n in range(8)]
    others = [Trial(f"1{n}", "COMPLETED", 0.0, values={"kind": "b", "x": 1e-3}) for n in range(12)]
    first, second = proposals([kind, hp], good, others)
    assert first.action == "fix"
    assert second.proposed == hp
    assert "never active" in second.reason
    assert "kind = b" in second.reason


def test_the_volume_kept_is_the_product_of_the_shares() -> None:
    """Each hyperparameter on its own scale."""
    half = Proposal(DROP, dataclasses.replace(DROP, maximum=0.5), "narrow", "", 9)
    third = Proposal(LR, dataclasses.replace(LR, maximum=1e-3), "narrow", "", 9)
    choice = Proposal(ACT, dataclasses.replace(ACT, choices=("relu",)), "drop", "", 9)
    assert volume_kept([half, third]) == pytest.approx(0.25)
    assert volume_kept([choice]) == pytest.approx(1 / 3)
    assert volume_kept([]) == 1
    assert describe_proposal(proposal(ACT, [], [])) == "relu, tanh, elu"


# ------------------------------------------------------------------------------- what holds for every proposal

units = st.lists(st.floats(0, 1), max_size=25)
PARENTS = [
    LR,
    DROP,
    UNITS,
    FILTERS,
    LAYERS,
    DECAY,
    dataclasses.replace(DROP, minimum=-5.0, maximum=1234.5),
    Hyperparameter("x", "Int", minimum=-100, maximum=5000),
    Hyperparameter("x", "Int", minimum=1, maximum=3, step=1),
    Hyperparameter("x", "Float", minimum=0.0, maximum=4.0, step=0.25),
    Hyperparameter("x", "Float", minimum=1e-6, maximum=1.0, step=10, sampling="log"),
    Hyperparameter("x", "Int", minimum=1, maximum=1000, sampling="reverse_log"),
]


@settings(max_examples=300, deadline=None)
@example(LR, [0.0, 0.0, 0.0, 0.0], [])
@given(st.sampled_from(PARENTS), units, units)
def test_every_proposed_range_is_valid_and_holds_the_good(
    hp: Hyperparameter, good: list[float], others: list[float]
) -> None:
    """Whatever the trials are."""
    values = [drawn(hp, unit) for unit in good]
    found = proposal(hp, values, [drawn(hp, unit) for unit in others])
    new = found.proposed
    assert rules.check(new, hp) == []
    assert new.minimum is not None
    assert new.maximum is not None
    assert hp.minimum is not None
    assert hp.maximum is not None
    assert new.minimum <= new.maximum
    if found.action == "widen":
        assert new.minimum < hp.minimum or new.maximum > hp.maximum
    else:
        assert hp.minimum <= new.minimum
        assert new.maximum <= hp.maximum
    assert all(new.contains(value) for value in values)
    assert new.default is None or new.contains(new.default)
    assert new.key == hp.key
    assert share_kept(hp, new) > 0
    assert found.action == "widen" or share_kept(hp, new) <= 1 + 1e-9
    assert found.reason


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 4),
    st.lists(st.integers(0, 3), max_size=20),
    st.lists(st.integers(0, 3), max_size=30),
)
def test_every_proposed_choice_is_valid_and_holds_the_good(count: int, good: list[int], others: list[int]) -> None:
    """Also where the file holds values that the script no longer has."""
    hp = Hyperparameter("x", "Choice", choices=tuple("abcd"[:count]), default="a")
    found = proposal(hp, ["abcd"[n] for n in good], ["abcd"[n] for n in others])
    assert rules.check(found.proposed, hp) == []
    assert set(found.proposed.options()) <= set(hp.choices)
    assert {"abcd"[n] for n in good} & set(hp.choices) <= set(found.proposed.options())


@pytest.mark.parametrize(
    "hp",
    [
        Hyperparameter("x", "Int", minimum=0, maximum=100_000, step=7),
        Hyperparameter("x", "Float", minimum=0.0, maximum=4_000.0, step=0.3),
    ],
)
def test_a_long_grid_is_cut_on_its_points(hp: Hyperparameter) -> None:
    """A good value stays reachable after the range was cut."""
    assert hp.step is not None
    middle = int((hp.maximum or 0) / hp.step / 2)
    good = [hp.step * n for n in range(middle, middle + 400, 50)]
    found = proposal(hp, good, [hp.step * n for n in range(0, 14_000, 300)])
    assert found.changes
    assert all(found.proposed.contains(value) for value in good)


@pytest.mark.parametrize("first", [4, 7])
def test_a_grid_of_tenths_keeps_its_last_good_value(first: int) -> None:
    """0.6 … 0.8 by 0.1 has two values to keras-tuner, and 0.8 is none of them."""
    hp = Hyperparameter("x", "Float", minimum=0.0, maximum=0.8, step=0.1)
    grid = step_grid(hp)
    assert grid is not None
    assert len(grid) == 9
    found = proposal(hp, grid[first:] * 3, grid * 3)
    assert found.changes
    assert all(found.proposed.contains(value) for value in grid[first:])
