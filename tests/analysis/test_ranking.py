"""Which trials are the good ones."""

from __future__ import annotations

import math

import pytest

from tests.samples import DIGITS
from tuitune.analysis.ranking import best_of, comparable, parse_top
from tuitune.errors import TuituneError
from tuitune.project.sources import open_source
from tuitune.project.trials import Objective, Trial

LOW = Objective("loss", "min", True)
HIGH = Objective("acc", "max", True)


def trials(*scores: float | None) -> list[Trial]:
    """Finished trials with these scores; ids count from 0."""
    return [Trial(str(n), "COMPLETED", score) for n, score in enumerate(scores)]


def ids(found: list[Trial]) -> str:
    """Their ids in one word."""
    return "".join(trial.trial_id for trial in found)


@pytest.mark.parametrize(
    ("text", "top"), [("20%", 0.2), (" 12.5 % ", 0.125), ("100%", 1.0), ("15", 15), ("1", 1), ("0.1%", 0.001)]
)
def test_a_share_and_a_count_are_read(text: str, top: float) -> None:
    """With a percent sign a share, without one a count."""
    assert parse_top(text) == pytest.approx(top)
    assert isinstance(parse_top(text), int) is ("%" not in text)


@pytest.mark.parametrize("text", ["", "%", "0", "0%", "-5", "-5%", "101%", "1.5", "ten", "nan%", "inf%", "20%%"])
def test_what_is_neither_share_nor_count_is_refused(text: str) -> None:
    """The sentence shows both forms."""
    with pytest.raises(TuituneError, match="20%") as caught:
        parse_top(text)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("objective", "top", "expected"),
    [(LOW, 2, "20"), (HIGH, 2, "31"), (LOW, 0.5, "20"), (LOW, 0.01, "2"), (LOW, 99, "2013"), (HIGH, 1.0, "3102")],
)
def test_the_best_come_first_by_the_direction(objective: Objective, top: float | int, expected: str) -> None:
    """Ties stay in the order started, a share is at least one trial, a count at most all."""
    assert ids(best_of(trials(0.2, 0.3, 0.1, 0.3 + 1e-9), objective, top)) == expected


def test_trials_without_a_finite_score_are_never_good() -> None:
    """Failed, running, NaN and infinite ones are left out."""
    found = [*trials(math.nan, math.inf, None, 0.5), Trial("9", "FAILED", 0.1), Trial("8", "RUNNING", 0.1)]
    assert ids(best_of(found, LOW, 1.0)) == "3"
    assert best_of([], LOW, 0.2) == []


@pytest.mark.parametrize(
    ("count", "share", "kept"), [(10, 0.2, 2), (15, 0.2, 3), (11, 0.2, 3), (5, 0.2, 1), (10, 0.3, 3)]
)
def test_a_share_is_rounded_up(count: int, share: float, kept: int) -> None:
    """Rounding errors do not add a trial."""
    assert len(best_of(trials(*map(float, range(count))), LOW, share)) == kept


def test_of_a_hyperband_ladder_only_the_highest_rung_counts() -> None:
    """The sample's promoted trials are not compared with themselves at fewer epochs."""
    project = open_source(DIGITS / "hyperband").read()
    found = comparable(project.trials)
    promoted = {t.values["tuner/trial_id"] for t in project.trials if "tuner/trial_id" in t.values}
    assert promoted
    assert {t.trial_id for t in project.trials} - {t.trial_id for t in found} == promoted


def test_without_a_ladder_all_trials_count() -> None:
    """A random search has no rungs."""
    found = trials(1.0, None)
    assert comparable(found) == found
