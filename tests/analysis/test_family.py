"""A family of rounds: numbers, gains, the best so far, all trials in one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.samples import MakeProject, trial_file
from tuitune.analysis.columns import SortKey, filter_rows, sort_rows
from tuitune.analysis.family import Round, arrange, best_key, best_so_far, join_rounds
from tuitune.project.rounds import family
from tuitune.project.sources import open_source
from tuitune.project.trials import Objective

LOSS = Objective("val_loss", "min", False)


def add(make_project: MakeProject, name: str, scores: list[float | None], **origin: Any) -> Path:
    """A round with trials of these scores (None: failed), smaller is better."""
    trials = [
        trial_file(
            f"{n:02d}", {"lr": 0.1 * n, f"only in {name}": n}, score, status="FAILED" if score is None else "COMPLETED"
        )
        for n, score in enumerate(scores)
    ]
    path = make_project(trials, name=name)
    if origin:
        (path / ".tuitune").mkdir()
        (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    return path


def rounds_of(path: Path) -> list[Round]:
    """The family of the project at `path`."""
    return arrange([open_source(member).read() for member in family(path)])


@pytest.fixture
def rounds(make_project: MakeProject) -> list[Round]:
    """A search, a better round, one from that which is worse, and one from the search that found as good."""
    first = add(make_project, "a", [0.9, 0.5, None, 0.7])
    changes = [
        {"name": "lr", "before": "0 … 1", "after": "0 … 0.5", "reason": "they lie there"},
        {"name": "torn"},
        "nothing",
    ]
    origin = {"parent": "a", "round": 2, "algorithm": "bayesian", "changes": changes, "narrowed_to": ["01", "03"]}
    add(make_project, "a-2", [0.6, 0.3], **origin, warm_start=["01"], seeds=2)
    add(make_project, "a-3", [0.4], parent="a-2", round=3, algorithm="random", where="lr < 1", narrowed_to=["00"])
    add(make_project, "a-4", [0.5], parent="a", round=4, algorithm="hyperband")
    return rounds_of(first)


def test_a_round_gains_against_the_rounds_that_it_comes_from(rounds: list[Round]) -> None:
    """Not against its sisters; the first has nothing to gain against."""
    assert [item.number for item in rounds] == [1, 2, 3, 4]
    gains = [item.gain for item in rounds]
    assert gains[0] is None
    assert gains[1:] == [pytest.approx(0.2), pytest.approx(-0.1), 0.0]


def test_a_round_tells_what_it_changed_and_why(rounds: list[Round]) -> None:
    """As far as origin.json can be read."""
    (change,) = rounds[1].changes
    assert (change.name, change.before, change.after, change.reason) == ("lr", "0 … 1", "0 … 0.5", "they lie there")
    assert rounds[1].basis == "to its best 2 trials"
    assert rounds[1].told == "its model had seen 1 trial, 2 old configurations came first"
    assert rounds[2].basis == "to its 1 trial with lr < 1"
    assert rounds[2].told == "cold"
    assert rounds[3].basis == "to a space that was given"
    assert (rounds[0].basis, rounds[0].told, rounds[0].changes) == ("", "", [])


def test_the_best_so_far_goes_on_from_round_to_round(rounds: list[Round]) -> None:
    """Only trials with a score count, in the order in which they started."""
    steps = best_so_far(rounds, LOSS)
    assert [(step.trials, step.best, step.number) for step in steps] == [
        (1, 0.9, 1), (2, 0.5, 1), (3, 0.5, 1), (4, 0.5, 2), (5, 0.3, 2), (6, 0.3, 3), (7, 0.3, 4),
    ]  # fmt: skip
    assert best_key(rounds, LOSS) == "2/01"


def test_rounds_of_the_same_number_get_numbers_of_their_own(make_project: MakeProject) -> None:
    """A number names one round, also where files were copied."""
    path = add(make_project, "a", [0.5])
    add(make_project, "a-2", [0.5], parent="a", round=2)
    add(make_project, "copy", [0.5], parent="a", round=2)
    assert [(item.number, item.project.name) for item in rounds_of(path)] == [(1, "a"), (2, "a-2"), (3, "copy")]


def test_scores_of_another_objective_are_not_compared(make_project: MakeProject) -> None:
    """Neither as a gain, nor in the curve, nor in the table."""
    path = add(make_project, "a", [0.5])
    other = add(make_project, "a-2", [0.1], parent="a", round=2)
    (other / ".tuitune" / "facts.json").write_text(json.dumps({"objective": {"name": "val_loss", "direction": "max"}}))
    rounds = rounds_of(path)
    assert [item.gain for item in rounds] == [None, None]
    assert [step.number for step in best_so_far(rounds, LOSS)] == [1]
    assert best_key(rounds, LOSS) == "1/00"
    assert join_rounds(rounds, LOSS).columns["score"].values == [0.5, None]


def test_all_trials_stand_in_one_table(rounds: list[Round]) -> None:
    """Each with its round; what a round has not is empty."""
    table = join_rounds(rounds, LOSS)
    assert list(table.keys) == ["1/00", "1/01", "1/02", "1/03", "2/00", "2/01", "3/00", "4/00"]
    assert table.columns["round"].values == [1, 1, 1, 1, 2, 2, 3, 4]
    assert table.columns["only in a-2"].values == [None] * 4 + [0, 1, None, None]
    assert [table.trials[row].score for row in range(len(table))] == [0.9, 0.5, None, 0.7, 0.6, 0.3, 0.4, 0.5]
    assert [trial.trial_id for trial in table.trials] == ["00", "01", "02", "03", "00", "01", "00", "00"]
    assert [trial.trial_id for trial in table.trials[3:6]] == ["03", "00", "01"]
    assert [table.round_of(row).number for row in (0, 3, 4, 7)] == [1, 1, 2, 4]
    with pytest.raises(IndexError):
        _ = table.trials[8]
    rows = filter_rows(table, "round >= 2 and score < 0.5")
    assert [table.keys[row] for row in sort_rows(table, rows, [SortKey("score")])] == ["2/01", "3/00"]


def test_a_hyperparameter_called_round_is_found_under_a_prefix(make_project: MakeProject) -> None:
    """The column of the rounds keeps its name."""
    path = make_project([trial_file("0", {"round": 7}, 0.5)])
    table = join_rounds(rounds_of(path), None)
    assert table.columns["round"].values == [1]
    assert table.columns["hp:round"].values == [7]
