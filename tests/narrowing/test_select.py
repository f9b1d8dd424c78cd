"""Which trials a proposal is made from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.samples import DIGITS, MakeProject, trial_file
from tuitune.analysis.family import join_rounds, read_family
from tuitune.analysis.query import FilterError
from tuitune.errors import TuituneError
from tuitune.narrowing import rules
from tuitune.narrowing.select import propose_from, select
from tuitune.project.project import Project
from tuitune.project.sources import open_source

FLOAT_X: dict[str, Any] = {
    "class_name": "Float",
    "config": {
        "name": "x",
        "default": 0.0,
        "conditions": [],
        "min_value": 0.0,
        "max_value": 1.0,
        "step": None,
        "sampling": "linear",
    },
}


def sample(name: str) -> Project:
    """A sample project."""
    return open_source(DIGITS / name).read()


def ten(make_project: MakeProject) -> Project:
    """Ten finished trials, the first the best, one failed, one running."""
    trials = [trial_file(f"{n:02d}", {"x": n}, float(n)) for n in range(10)]
    trials += [trial_file("10", {"x": 1}, status="FAILED"), trial_file("11", {"x": 1}, status="RUNNING")]
    return open_source(make_project(trials)).read()


def test_without_a_word_the_best_fifth_is_good(make_project: MakeProject) -> None:
    """The rest that ended is the contrast, also what failed; what runs is neither."""
    selection = select(ten(make_project))
    assert [trial.trial_id for trial in selection.good] == ["00", "01"]
    assert {trial.trial_id for trial in selection.others} == {f"{n:02d}" for n in range(2, 11)}
    assert selection.description == "the best 20%: 2 of 10 finished trials"


@pytest.mark.parametrize(
    ("where", "top", "good", "words"),
    [
        ("", "30%", 3, "the best 30%: 3 of 10"),
        ("", "4", 4, "the best 4: 4 of 10"),
        ("x >= 5", "", 5, "those with x >= 5: 5 of 10"),
        ("x >= 5", "2", 2, "the best 2 of those with x >= 5: 2 of 10"),
        ("x == 1 or status == 'FAILED'", "", 1, "1 of 10"),
    ],
)
def test_a_filter_and_a_share_choose_together(
    make_project: MakeProject, where: str, top: str, good: int, words: str
) -> None:
    """The share is taken of what the filter leaves; only finished trials are good."""
    selection = select(ten(make_project), where, top)
    assert len(selection.good) == good
    assert words in selection.description
    assert not {t.trial_id for t in selection.good} & {t.trial_id for t in selection.others}


def test_trials_that_tie_with_the_last_good_one_are_good_too(make_project: MakeProject) -> None:
    """Nothing tells which of them would belong to the best fifth."""
    trials = [trial_file(f"{n:02d}", {"x": n}, score) for n, score in enumerate([0.1, 0.2, 0.2, 0.2, *range(3, 9)])]
    selection = select(open_source(make_project(trials)).read())
    assert [trial.trial_id for trial in selection.good] == ["00", "01", "02", "03"]
    assert selection.description == "the best 20%: 4 of 10 finished trials"


def test_where_all_trials_tie_nothing_is_proposed(make_project: MakeProject) -> None:
    """However the values lie that were tried; what failed among them still speaks."""
    space = [FLOAT_X]
    project = open_source(make_project([trial_file(f"{n:02d}", {"x": n / 100}, 0.5) for n in range(20)], space)).read()
    (proposal,) = propose_from(project, select(project))
    assert proposal.action == "keep"
    assert proposal.reason == "not enough evidence: all 20 trials have the same score"
    tied = [trial_file(f"{n:02d}", {"x": n / 40}, 0.5) for n in range(20)]
    failed = [trial_file(f"{n}", {"x": n / 40}, status="FAILED") for n in range(20, 40)]
    project = open_source(make_project([*tied, *failed], space, name="with failures")).read()
    (proposal,) = propose_from(project, select(project))
    assert proposal.action == "narrow"
    assert "of the 11 trials that it leaves out 11 failed" in proposal.reason


def test_where_nothing_can_be_chosen_the_reason_is_said(make_project: MakeProject) -> None:
    """No objective, no finished trial, nothing left by the filter."""
    project = ten(make_project)
    with pytest.raises(TuituneError, match="leaves none of the 10 finished trials"):
        select(project, "x > 100")
    empty = open_source(make_project(name="empty")).read()
    with pytest.raises(TuituneError, match="no trial has finished with a score"):
        select(empty)
    unknown = open_source(
        make_project([trial_file("0", {"x": 1}, metrics={"a": 1.0, "b": 2.0})], name="unknown")
    ).read()
    with pytest.raises(TuituneError, match="which metric is the objective"):
        select(unknown)
    with pytest.raises(FilterError):
        select(project, "y > 1")
    with pytest.raises(TuituneError, match="--top"):
        select(project, "", "many")


def test_of_the_hyperband_sample_no_trial_counts_twice() -> None:
    """A promoted trial is good or contrast with its last rung only."""
    project = sample("hyperband")
    selection = select(project, "", "50%")
    chosen = [t.trial_id for t in (*selection.good, *selection.others)]
    promoted = {t.values.get("tuner/trial_id") for t in project.trials}
    assert len(chosen) == len(set(chosen))
    assert not set(chosen) & promoted


@pytest.mark.parametrize("name", ["random", "bayesian", "hyperband"])
@pytest.mark.parametrize("top", ["20%", "50%", "100%"])
def test_a_proposal_for_a_sample_is_valid_and_holds_its_good_trials(name: str, top: str) -> None:
    """Real trials, every hyperparameter, every reason."""
    project = sample(name)
    selection = select(project, "", top)
    proposals = propose_from(project, selection)
    assert [p.parent for p in proposals] == list(project.space)
    for proposal in proposals:
        assert proposal.reason
        assert rules.check(proposal.proposed, proposal.parent) == []
        parent = proposal.parent
        good = [t.values[parent.name] for t in selection.good if parent.is_active(t.values) and parent.name in t.values]
        assert all(proposal.proposed.contains(value) for value in good if parent.contains(value))


def test_the_trials_of_all_rounds_can_speak(make_project: MakeProject) -> None:
    """Those that lie in the space of the round, by the scores of all; the filter knows the round."""
    make_project([trial_file(f"{n:02d}", {"x": n / 20}, abs(n - 4) / 20) for n in range(20)], [FLOAT_X], "a")
    config: dict[str, Any] = {**FLOAT_X["config"], "max_value": 0.5}
    narrowed = {"class_name": "Float", "config": config}
    second = make_project([trial_file(f"{n}", {"x": 0.2 + n / 100}, n / 1000) for n in range(4)], [narrowed], "a-2")
    (second / ".tuitune").mkdir()
    (second / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "a", "round": 2}))
    project = open_source(second).read()
    family = join_rounds(read_family(project), project.objective)
    selection = select(project, family=family)
    assert selection.description == "the best 20%: 3 of 15 finished trials of all rounds"
    assert [trial.trial_id for trial in selection.good] == ["1/04", "2/0", "2/1"]
    assert {trial.trial_id for trial in selection.others} == {
        "2/2",
        "2/3",
        *(f"1/{n:02d}" for n in range(11) if n != 4),
    }
    (proposal,) = propose_from(project, selection)
    assert proposal.parent.maximum == 0.5
    assert len(select(project, "round == 1 and x < 0.3", family=family).good) == 6
