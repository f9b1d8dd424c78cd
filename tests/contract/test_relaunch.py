"""Relaunches of one search with each algorithm: narrowed values, an untouched parent, projects keras-tuner reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.contract.world import BUILD, NARROW, Ended, World, lines, strays, tree, trials, values

pytestmark = pytest.mark.keras

ALGORITHMS = ("bayesian", "hyperband", "random", "grid")


class Rounds(NamedTuple):
    """What came of the relaunches. `witnessed` holds the trainings that each of them started."""

    world: World
    parent: Path
    before: dict[str, str]
    after: dict[str, str]
    ended: dict[str, Ended]
    witnessed: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def rounds(searched: tuple[World, Ended]) -> Rounds:
    """The parent relaunched with every algorithm, one after the other."""
    world, first = searched
    world.write("narrow.json", json.dumps(NARROW))
    before = tree(first.project)
    ended, witnessed = {}, {}
    for algorithm in ALGORITHMS:
        seen = len(lines(world.root / "witness.jsonl"))
        budget = ("--max-epochs", "2", "--factor", "2") if algorithm == "hyperband" else ("--max-trials", "3")
        ended[algorithm] = world.search(
            "relaunch", first.project, "--space", "narrow.json", "--algorithm", algorithm, *budget
        )
        witnessed[algorithm] = lines(world.root / "witness.jsonl")[seen:]
    return Rounds(world, first.project, before, tree(first.project), ended, witnessed)


@pytest.fixture(scope="module")
def reloaded(rounds: Rounds) -> Mapping[str, Any]:
    """What plain keras-tuner, in a process without tuitune, makes of each round."""
    code = """
import json
import sys

assert "tuitune" not in sys.modules
found = {}
for algorithm, project in json.loads(sys.argv[1]).items():
    directory, _, project_name = project.rpartition("/")
    shared = dict(objective="val_loss", directory=directory, project_name=project_name)
    tuner = {
        "bayesian": lambda: kt.BayesianOptimization(build, max_trials=3, **shared),
        "hyperband": lambda: kt.Hyperband(build, max_epochs=2, factor=2, **shared),
        "random": lambda: kt.RandomSearch(build, max_trials=3, **shared),
        "grid": lambda: kt.GridSearch(build, max_trials=3, **shared),
    }[algorithm]()
    tuner.results_summary()
    best = tuner.get_best_models(1)[0]
    found[algorithm] = {
        "trials": sorted(tuner.oracle.trials),
        "best": tuner.oracle.get_best_trials(1)[0].score,
        "predicted": list(best.predict(x, verbose=0).shape),
        "checkpoints": {
            trial_id: [w.tolist() for w in tuner.load_model(trial).get_weights()]
            for trial_id, trial in tuner.oracle.trials.items()
        },
    }
with open(sys.argv[2], "w") as stream:
    json.dump(found, stream)
"""
    script = rounds.world.write("reload.py", BUILD + code)
    answer = rounds.world.root / "reloaded.json"
    projects = json.dumps({algorithm: str(ended.project) for algorithm, ended in rounds.ended.items()})
    done = rounds.world.python(script, projects, answer)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Results summary") == len(ALGORITHMS)
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_round_ends_with_the_trials_planned(rounds: Rounds, algorithm: str) -> None:
    """Each algorithm comes to its end with as many finished trials as the plan said."""
    ended = rounds.ended[algorithm]
    status = rounds.world.run(ended.run)
    count = 5 if algorithm == "hyperband" else 3
    assert ended.status == 0, ended.said + ended.log
    assert (status["state"], status["done"], status["planned"]) == ("finished", count, count)
    assert [trial["status"] for trial in trials(ended.project)] == ["COMPLETED"] * count


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_value_lies_in_the_narrowed_space(rounds: Rounds, algorithm: str) -> None:
    """No trial of a round has a value outside the space that it was given."""
    found = trials(rounds.ended[algorithm].project)
    assert found
    assert strays(found, NARROW["space"]) == []


def test_rounds_are_named_one_after_the_other(rounds: Rounds) -> None:
    """Each round gets the next free name beside its parent."""
    assert [ended.project.name for ended in rounds.ended.values()] == ["first-2", "first-3", "first-4", "first-5"]
    assert {ended.project.parent for ended in rounds.ended.values()} == {rounds.parent.parent}


def test_the_parent_stays_as_it_was(rounds: Rounds) -> None:
    """overwrite=True deletes nothing, and no callback writes into the parent: not a byte, not a file differs."""
    assert rounds.after == rounds.before


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_callbacks_that_wrote_into_the_parent_write_into_the_round(rounds: Rounds, algorithm: str) -> None:
    """TensorBoard and CSVLogger whose paths lay in the parent write at the same place of the new project."""
    project = rounds.ended[algorithm].project
    assert (project / "history.csv").is_file()
    boards = {path.relative_to(project / "board").parts[0] for path in project.glob("board/*/execution1")}
    assert boards == {trial["trial_id"] for trial in trials(project)}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_follows_the_search_is_not_played(rounds: Rounds, algorithm: str) -> None:
    """When the search of a relaunch has ended the run ends, and the rest of the script is left out."""
    log = rounds.ended[algorithm].log
    assert "Results summary" not in log
    assert "AFTER THE SEARCH" not in log


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_curves_of_a_round_are_what_keras_reports(rounds: Rounds, algorithm: str) -> None:
    """Relaunched trials record each epoch too, those that Hyperband lets go on from where they go on."""
    project = rounds.ended[algorithm].project
    reported = [(line["epoch"], line["logs"]) for line in rounds.witnessed[algorithm] if "epoch" in line]
    recorded = [
        (line["epoch"], line["logs"])
        for trial in trials(project)
        for line in lines(project / f"trial_{trial['trial_id']}" / "epochs.jsonl")
    ]
    assert recorded == reported


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_facts_of_a_round_name_its_own_algorithm(rounds: Rounds, algorithm: str) -> None:
    """The round's facts and origin tell its algorithm, its parent and the script with its arguments."""
    folder = rounds.ended[algorithm].project / ".tuitune"
    facts, origin = (json.loads((folder / name).read_text()) for name in ("facts.json", "origin.json"))
    kinds = {
        "bayesian": "BayesianOptimization",
        "hyperband": "Hyperband",
        "random": "RandomSearch",
        "grid": "GridSearch",
    }
    assert facts["tuner_kind"] == kinds[algorithm]
    assert (facts["script"], facts["argv"]) == ("../../train.py", ["random", "first", "inside"])
    assert (facts["executions_per_trial"], facts["objective"]["name"]) == (2, "val_loss")
    assert (origin["parent"], origin["algorithm"]) == ("first", algorithm)
    assert origin["round"] >= 2
    assert [change["name"] for change in origin["changes"]] == ["units", "lr"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_plain_keras_tuner_reloads_a_round(rounds: Rounds, reloaded: Mapping[str, Any], algorithm: str) -> None:
    """keras-tuner alone reads a round again: its trials, its summary, and its best model with weights."""
    found = reloaded[algorithm]
    written = trials(rounds.ended[algorithm].project)
    assert found["trials"] == [trial["trial_id"] for trial in written]
    assert found["best"] == min(trial["score"] for trial in written)
    assert found["predicted"] == [32, 1]


def test_promoted_trials_go_on_from_their_parents_checkpoint(rounds: Rounds, reloaded: Mapping[str, Any]) -> None:
    """A trial that Hyperband promotes, in the script of a RandomSearch, starts with the weights it had reached."""
    found = trials(rounds.ended["hyperband"].project)
    promoted = [trial for trial in found if "tuner/trial_id" in values(trial)]
    starts = [line["weights"] for line in rounds.witnessed["hyperband"] if "weights" in line]
    checkpoints = reloaded["hyperband"]["checkpoints"]
    assert [values(trial)["tuner/round"] for trial in promoted] == [1]
    for trial in promoted:
        position = found.index(trial)
        parent = values(trial)["tuner/trial_id"]
        assert starts[2 * position : 2 * position + 2] == [checkpoints[parent]] * 2
        assert (values(trial)["tuner/initial_epoch"], values(trial)["tuner/epochs"]) == (1, 2)


def test_a_round_of_a_round_narrows_further(rounds: Rounds) -> None:
    """A round is relaunched like any project: the next free number, the third round, inside the second's space."""
    second = rounds.ended["bayesian"].project
    before = tree(second)
    dry = rounds.world.tuitune("relaunch", second, "--top", "1", "--max-trials", "2", "--dry-run")
    plan = json.loads(dry.stdout)
    ended = rounds.world.search("relaunch", second, "--top", "1", "--max-trials", "2")
    assert ended.status == 0, ended.said + ended.log
    origin = json.loads((ended.project / ".tuitune" / "origin.json").read_text())
    assert ended.project.name == "first-6"
    assert (origin["parent"], origin["root"]) == ("first-2", "first")
    assert origin["round"] >= 3
    assert len(trials(ended.project)) == 2
    assert strays(trials(ended.project), NARROW["space"]) == []
    assert strays(trials(ended.project), [{"config": _config(entry)} for entry in plan["space"]]) == []
    assert tree(second) == before
    assert tree(rounds.parent) == rounds.before
    assert (ended.project / "history.csv").is_file()


def _config(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry of a plan's space with keras-tuner's names of its fields."""
    config: Mapping[str, Any] = entry.get("config", entry)
    return config
