"""Searches that are killed, again and again, and go on: nothing is lost, nothing runs twice, nothing is left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.world import PATIENCE_S, World, lines, trials, values

pytestmark = pytest.mark.keras

PLANNED = 12
KILLS = 2
# Searches in milliseconds, with pauses in which a kill may come; Hyperband is allowed, for it calls super().
BLACK_BOX = """
import sys
import time
import keras_tuner as kt


class Search(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        if not args and kwargs.get("never"):
            super().run_trial(trial)
        hp = trial.hyperparameters
        x, kind = hp.Int("x", 0, 40), hp.Choice("kind", ["a", "b"])
        with open("tried.txt", "a") as stream:
            stream.write(f"{self.project_dir} {trial.trial_id}\\n")
        time.sleep(0.05)
        return (x - 20.5) ** 2 + (kind == "a")

    def load_model(self, trial):
        return None


tuner = Search(max_trials=int(sys.argv[1]), seed=3, directory="out", project_name="p", overwrite=True)
tuner.search(epochs=2, verbose=0)
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a finished search of the black box."""
    world = World(tmp_path_factory.mktemp("finished"))
    world.write("search.py", BLACK_BOX)
    ended = world.search("run", "search.py", "10")
    assert ended.status == 0, ended.log
    yield world
    world.end_runs()


def kill(world: World, run: str, rng: random.Random, *, whom: str) -> None:
    """SIGKILL to a training process or its supervisor, somewhere within its trials."""
    begun = len(tried(world))
    status = world.wait(run, lambda s: s["state"] != "running" or len(tried(world)) > begun + rng.randrange(1, 3))
    if status["state"] == "running":
        time.sleep(rng.random() * 0.1)
        pid = status["supervisor_pid"] if whom == "supervisor" else status["workers"][0]["pid"]
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        world.wait(run, lambda s: s["state"] != "running")


def tried(world: World) -> list[str]:
    """A line for each time that a trial was run."""
    path = world.root / "tried.txt"
    return path.read_text().splitlines() if path.exists() else []


def check(world: World, project: Path, algorithm: str, planned: int | None) -> None:
    """Whole: every trial ended once, all of it JSON that plain keras-tuner loads, nothing left over."""
    found = trials(project)
    assert {trial["status"] for trial in found} == {"COMPLETED"}
    if planned is not None:
        assert len(found) == planned
    if algorithm != "hyperband":
        seen = [json.dumps(values(trial), sort_keys=True) for trial in found]
        assert len(set(seen)) == len(seen)
    for path in project.rglob("*.json"):
        json.loads(path.read_text())
    ids = sorted(trial["trial_id"] for trial in found)
    assert reloaded(project, algorithm) == [len(found), ids, ids]
    assert [path for path in project.rglob(".*") if path.name != ".tuitune"] == []
    state = world.root / "home" / "XDG_STATE_HOME"
    deadline = time.monotonic() + PATIENCE_S  # the worker of a supervisor that was killed clears up for it
    while left := [path for path in state.rglob("*") if "kept" in path.name or path.name.endswith(".tmp")]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def reloaded(project: Path, algorithm: str) -> list[Any]:
    """What plain keras-tuner takes in: how many trials, the ids that it started, those that it ended."""
    import keras_tuner as kt

    kinds = {
        "random": kt.oracles.RandomSearchOracle,
        "bayesian": kt.oracles.BayesianOptimizationOracle,
        "hyperband": kt.oracles.HyperbandOracle,
        "grid": kt.oracles.GridSearchOracle,
    }
    oracle = kinds[algorithm](objective=kt.Objective("default_objective", "min"))
    oracle._set_project_dir(str(project.parent), project.name)
    oracle.reload()
    return [len(oracle.trials), sorted(oracle.start_order), sorted(oracle.end_order)]


def go_on(world: World, project: Path) -> str:
    """Resume, in the background; "" where the last trial had ended before the kill."""
    done = world.tuitune("resume", project)
    if "has all of its" in done.stderr:
        return ""
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_first_search_that_is_killed_goes_on_to_its_end(world: World) -> None:
    """A finished trial is run once, however often the search is killed; the search has all that was planned."""
    world.write("search.py", BLACK_BOX)
    project = world.root / "out" / "p"
    run = world.begin("run", "search.py", str(PLANNED))
    kill_and_go_on(world, run, project, whom="supervisor")
    check(world, project, "random", PLANNED)


@pytest.mark.parametrize(
    ("algorithm", "whom"),
    [("random", "worker"), ("bayesian", "supervisor"), ("hyperband", "worker"), ("grid", "supervisor")],
)
def test_a_round_that_is_killed_goes_on_to_its_end(finished: World, algorithm: str, whom: str) -> None:
    """With each algorithm, grid too, which keras-tuner itself cannot resume."""
    parent = finished.root / "out" / "p"
    budget = ["--max-epochs", "4", "--factor", "2"] if algorithm == "hyperband" else ["--max-trials", str(PLANNED)]
    arguments = ["--algorithm", algorithm, *budget, "--name", algorithm, "--script", "search.py", "--", "10"]
    run, project = finished.begin("relaunch", parent, *arguments), parent.parent / algorithm
    kill_and_go_on(finished, run, project, whom=whom)
    check(finished, project, algorithm, None if algorithm == "hyperband" else PLANNED)


def kill_and_go_on(world: World, run: str, project: Path, *, whom: str) -> None:
    """Kill the run twice and resume it each time; no trial that had ended is another one afterwards."""
    rng = random.Random(f"{project.name} {whom}")
    ended_before: dict[str, Any] = {}
    for _ in range(KILLS):
        kill(world, run, rng, whom=whom)
        if world.run(run)["state"] == "finished":
            break
        for trial in trials_that_can_be_read(project):
            if trial["status"] == "COMPLETED":
                ended_before.setdefault(trial["trial_id"], trial)
        run = go_on(world, project)
        if not run:
            break
    if run:
        status = world.wait(run, lambda s: s["state"] != "running")
        assert status["state"] == "finished", status
    after = {trial["trial_id"]: trial for trial in trials(project)}
    assert {name: after[name] for name in ended_before} == ended_before


def trials_that_can_be_read(project: Path) -> list[dict[str, Any]]:
    """Those that a kill has not torn."""
    found = []
    for path in project.glob("trial_*/trial.json"):
        try:
            found.append(json.loads(path.read_text()))
        except ValueError:
            continue
    return found


TORN = BLACK_BOX.replace(
    "class Search",
    """
import os
import signal

write = kt.Oracle.save


def save(self, *args, **more):
    if len(self.start_order) == 6 and self.ongoing_trials and not os.path.exists("killed-once"):
        open("killed-once", "w").close()
        open(self._get_oracle_fname(), "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return write(self, *args, **more)


kt.Oracle.save = save


class Search""",
)


@pytest.mark.parametrize("kept", [True, False])
def test_a_first_search_whose_oracle_was_torn_goes_on(world: World, kept: bool) -> None:
    """With the state that was kept, and without: then the oracle is made anew from the trials. It can be relaunched."""
    world.write("search.py", TORN)
    project = world.root / "out" / "p"
    assert world.search("run", "search.py", str(PLANNED)).status == 1
    if not kept:
        (project / ".tuitune" / "oracle.json").unlink()
    planned = world.tuitune("relaunch", project, "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert {hp["name"] for hp in json.loads(planned.stdout)["space"]} == {"x", "kind"}
    status = world.wait(go_on(world, project), lambda s: s["state"] != "running")
    assert status["state"] == "finished", status
    check(world, project, "random", PLANNED)


@pytest.fixture
def make_script(world: World) -> Callable[[str], str]:
    """A black box whose trial does `text`."""

    def make(text: str) -> str:
        body = BLACK_BOX.replace("time.sleep(0.05)", text)
        world.write("search.py", body)
        return "search.py"

    return make


def test_a_forked_child_ends_when_its_trial_says_so(world: World, make_script: Callable[[str], str]) -> None:
    """As it does in plain Python."""
    fork = "import multiprocessing as mp; p = mp.get_context('fork').Process(target=time.sleep, args=(600,)); "
    ended = world.search("run", make_script(f"{fork}p.start(); p.terminate(); p.join(); assert p.exitcode == -15"), "2")
    assert ended.status == 0, ended.said + ended.log


def test_leaving_in_the_middle_of_a_search_is_no_end_of_it(world: World, make_script: Callable[[str], str]) -> None:
    """Whatever the status says."""
    ended = world.search("run", make_script("trial.trial_id == '3' and sys.exit(0)"), "8")
    assert ended.status == 1
    assert "search.py left in the middle of the search with status 0" in ended.said


def test_a_tuner_without_batches_stops_between_two_trials(world: World, make_script: Callable[[str], str]) -> None:
    """`stop` now does not wait for a batch that never comes, nor for SIGKILL."""
    run = world.begin("run", make_script("time.sleep(0.3)"), "200")
    world.wait(run, lambda s: s["done"] >= 1)
    world.tuitune("stop", run)
    status = world.wait(run, lambda s: s["state"] != "running")
    assert (status["state"], status["reason"]) == ("stopped", "stopped by the user")
    events = lines(world.root / "home" / "XDG_STATE_HOME" / "tuitune" / "runs" / run / "events.jsonl")
    assert [event["code"] for event in events if event["event"] == "worker_ended"] == [4]
