"""What decides a training: its epochs, and the variables that Keras reads. A round trains as its parent did."""

from __future__ import annotations

import json

import pytest

from tests.contract.world import BUILD, World, lines, trials

pytestmark = pytest.mark.keras

# A Hyperband script that says other epochs to search() than its Hyperband gives.
OVERRULED = (
    BUILD
    + """
tuner = kt.Hyperband(build, "val_loss", max_epochs=4, factor=4, directory="out", project_name="hyper", seed=1)
tuner.search(x, y, epochs=2, validation_split=0.25, verbose=0)
"""
)

# A model with a loop of its own, which trains two epochs whatever it is given.
OWN_LOOP = (
    BUILD
    + """
class TwoEpochs(kt.HyperModel):
    def build(self, hp):
        return build(hp)

    def fit(self, hp, model, x, y, callbacks=(), **kwargs):
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(2):
            loss = float(model.train_on_batch(x, y))
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"my_loss": loss})
        return loss


objective = kt.Objective("my_loss", "min")
tuner = kt.RandomSearch(TwoEpochs(), objective, max_trials=2, directory="out", project_name="loop", seed=2)
tuner.search(x, y)
"""
)

PLAIN = (
    BUILD
    + """
tuner = kt.RandomSearch(build, "val_loss", max_trials=1, directory="out", project_name="plain", seed=2)
tuner.search(x, y, epochs=3, validation_split=0.25, verbose=0)
"""
)


def test_rounds_of_a_hyperband_search_train_as_long_as_it_did(world: World) -> None:
    """Hyperband had overruled the script's epochs; a round trains Hyperband's, and so does a round of the round."""
    world.write("tune.py", OVERRULED)
    first = world.search("run", "tune.py")
    arguments = ("--algorithm", "random", "--top", "60%", "--max-trials", "1")
    plan = json.loads(world.tuitune("relaunch", first.project, *arguments, "--dry-run").stdout)
    assert (plan["epochs"], plan["planned_epochs"]) == (4, 4)
    second = world.search("relaunch", first.project, *arguments)
    assert second.status == 0, second.said + second.log
    assert "1 trial, of 4 epochs each as the parent's, whatever the script says" in second.said
    (trial,) = trials(second.project)
    recorded = lines(second.project / f"trial_{trial['trial_id']}" / "epochs.jsonl")
    assert [line["epoch"] for line in recorded] == [0, 1, 2, 3]
    facts = json.loads((second.project / ".tuitune" / "facts.json").read_text())
    assert (facts["fit_epochs"], facts["script_epochs"]) == (4, 2)
    third = world.search("relaunch", second.project, *arguments, "--objective", "loss:min")
    assert "1 trial, of 4 epochs each as the parent's, whatever the script says" in third.said
    (warning,) = world.run(third.run)["warnings"]
    assert warning.startswith("the script optimizes val_loss min, the space was narrowed by loss min")


def test_a_loop_that_ignores_hyperbands_epochs_is_told(world: World) -> None:
    """After the first trial that trained other epochs than its rung asked for: at the run, in its log, by doctor."""
    world.write("tune.py", OWN_LOOP)
    first = world.search("run", "tune.py")
    assert world.run(first.run)["warnings"] == []
    arguments = ("--algorithm", "hyperband", "--max-epochs", "4", "--factor", "2", "--top", "100%")
    second = world.search("relaunch", first.project, *arguments)
    (warning,) = world.run(second.run)["warnings"]
    assert "was to train up to epoch 1 and trained up to 2: the model trains by a loop of its own" in warning
    assert f"Warning: {warning}." in second.said
    assert warning in second.log
    doctor = world.tuitune("doctor", second.project)
    assert "trials trained up to epoch 2, whatever Hyperband gave them" in doctor.stdout


def test_the_variables_that_keras_reads_are_those_of_the_parent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cut the parent's trainings short cuts the round's, in a shell that says otherwise; `--env` changes it.

    A script that was changed meanwhile no longer asks for what the round varies, and that is said.
    """
    world.write("tune.py", PLAIN)
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "1")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    first = world.search("run", "tune.py")
    facts = json.loads((first.project / ".tuitune" / "facts.json").read_text())
    assert facts["environment"] == {"KERAS_BACKEND": "tensorflow", "KERAS_MAX_EPOCHS": "1"}
    assert facts["backend"] == "tensorflow"
    (told,) = json.loads(world.tuitune("trials", first.project, "--format", "json").stdout)
    assert told["started"]  # with verbose=0, too
    assert told["duration_s"] > 0
    arguments = ("relaunch", first.project, "--top", "100%", "--max-trials", "1")
    monkeypatch.delenv("KERAS_MAX_EPOCHS")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    again = world.search(*arguments)
    assert "KERAS_BACKEND=tensorflow KERAS_MAX_EPOCHS=1 " in again.said
    assert world.run(again.run)["warnings"] == []
    world.write("tune.py", PLAIN.replace('hp.Choice("activation", ["relu", "tanh"])', '"relu"'))
    whole = world.search(*arguments, "--env", "KERAS_MAX_EPOCHS=")
    (warning,) = world.run(whole.run)["warnings"]
    assert warning == "no trial of the round asked for activation: what was varied there changed nothing"
    assert f"Warning: {warning}." in whole.said
    for ended, epochs in ((again, 1), (whole, 3)):
        assert ended.status == 0, ended.said + ended.log
        (trial,) = trials(ended.project)
        assert len(lines(ended.project / f"trial_{trial['trial_id']}" / "epochs.jsonl")) == epochs
