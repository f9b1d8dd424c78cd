"""Searches that are killed, again and again, and go on: nothing is lost, nothing runs twice, nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.contract.killing import BLACK_BOX, check, go_on, kill_and_go_on
from tests.contract.world import World, lines

pytestmark = pytest.mark.keras

PLANNED = 12
KILLS = 2


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a finished search of the black box."""
    world = World(tmp_path_factory.mktemp("finished"))
    world.write("search.py", BLACK_BOX)
    ended = world.search("run", "search.py", "10")
    assert ended.status == 0, ended.log
    yield world
    world.end_runs()


def test_a_first_search_that_is_killed_goes_on_to_its_end(world: World) -> None:
    """A finished trial is run once, however often the search is killed; the search has all that was planned."""
    world.write("search.py", BLACK_BOX)
    project = world.root / "out" / "p"
    run = world.begin("run", "search.py", str(PLANNED))
    kill_and_go_on(world, run, project, whoms=["supervisor"] * KILLS)
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
    kill_and_go_on(finished, run, project, whoms=[whom] * KILLS)
    check(finished, project, algorithm, None if algorithm == "hyperband" else PLANNED)


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
