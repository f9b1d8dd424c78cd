"""Scripts that build several tuners, or one whose directory has another name now: the right one is played."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.contract.world import World, tree, trials, values

pytestmark = pytest.mark.keras

# Searches in milliseconds; each class reads hyperparameters of its own, and its model is none.
TUNERS = """
import sys
import time
import keras_tuner as kt


def build_one(hp):
    hp.Float("x", -4.0, 4.0)


def build_two(hp):
    hp.Float("x", -4.0, 4.0)
    hp.Int("depth", 1, 9)


class Search(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        with open("trained.txt", "a") as stream:
            stream.write(f"{self.mark}\\n")
        return (trial.hyperparameters.Float("x", -4.0, 4.0) - 1.0) ** 2

    def _populate_initial_space(self):
        self.hypermodel.build(self.oracle.hyperparameters)


def make(build, name="p", directory="out", mark="", cls=Search):
    tuner = cls(build, kt.Objective("default_objective", "min"), max_trials=3, directory=directory, project_name=name,
                overwrite=True, seed=3)
    tuner.mark = mark
    return tuner


"""
TWICE = """
first = make(build_one, mark="first")
first.search()
print("first", first.get_best_hyperparameters()[0].values)
second = make({second}, mark="second")
second.search()
print("second", second.get_best_hyperparameters()[0].values)
"""
BY_A_FUNCTION = """
def tune(build, mark):
    tuner = make(build, mark=mark)
    tuner.search()
    print(mark, tuner.get_best_hyperparameters()[0].values)


"""
CALLED_TWICE = (
    BY_A_FUNCTION
    + """
tune(build_one, "first")
tune(build_one, "second")
"""
)
IN_A_LOOP = (
    BY_A_FUNCTION
    + """
for build, mark in ((build_two, "first"), (build_one, "second")):
    tune(build, mark)
"""
)
CLOCK = """
tuner = make(build_two, "untitled_project", f"logs/{int(time.time() * 1000)}", "clock")
tuner.search()
print(1 / 0)
"""
OTHER = """
def build(hp):
    hp.Choice("kind", ["a", "b"])


make(build, "q", "elsewhere").search()
raise KeyError(1)
"""


def relaunched(world: World, parent: Path, *arguments: str) -> tuple[int, str, Path]:
    """A random round of three trials: exit status, what was said, its project."""
    (world.root / "trained.txt").unlink(missing_ok=True)
    ended = world.search("relaunch", parent, "--algorithm", "random", "--max-trials", "3", *arguments)
    return ended.status, ended.said + ended.log, ended.project


def trained(world: World) -> list[str]:
    """Which tuners have run a trial, one line a trial."""
    path = world.root / "trained.txt"
    return path.read_text().split() if path.exists() else []


@pytest.mark.parametrize(
    ("searches", "recorded"),
    [(CALLED_TWICE, False), (IN_A_LOOP, False), (TWICE.replace("{second}", "build_two"), True)],
    ids=["foreign", "loop", "recorded"],
)
def test_a_script_that_searches_one_project_twice(world: World, searches: str, recorded: bool) -> None:
    """What lies there is from the last search, and so the last one is played, among equals too."""
    world.write("train.py", TUNERS + searches)
    project = world.root / "out" / "p"
    ended = world.search("run", "train.py")
    assert ended.status == 0, ended.log
    if not recorded:
        shutil.rmtree(project / ".tuitune")
    status, said, new = (
        relaunched(world, project, "--script", "train.py") if not recorded else relaunched(world, project)
    )
    assert status == 0, said
    assert trained(world) == ["second"] * 3
    assert len(trials(new)) == 3
    assert all(("depth" in values(trial)) == recorded for trial in trials(new))
    assert json.loads((new / ".tuitune" / "facts.json").read_text())["tuner_number"] == 2


def test_the_first_tuner_is_played_where_its_space_is_the_projects(world: World) -> None:
    """Though another follows that searches the same directory."""
    world.write("train.py", TUNERS + TWICE.split("second = ")[0].replace("build_one", "build_two"))
    assert world.search("run", "train.py").status == 0
    shutil.rmtree(world.root / "out" / "p" / ".tuitune")
    swapped = TWICE.replace("build_one", "build_two").replace("{second}", "build_one")
    world.write("train.py", TUNERS + swapped)
    status, said, new = relaunched(world, world.root / "out" / "p", "--script", "train.py")
    assert status == 0, said
    assert trained(world) == ["first"] * 3
    assert all("depth" in values(trial) for trial in trials(new))


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "foreign"])
def test_a_directory_that_is_named_after_the_clock(world: World, recorded: bool) -> None:
    """The script's only tuner stands for the project; nothing is left under the new time."""
    world.write("train.py", TUNERS + CLOCK)
    world.search("run", "train.py")
    (project,) = (world.root / "logs").glob("*/untitled_project")
    if not recorded:
        shutil.rmtree(project / ".tuitune")
    before = tree(project)
    status, said, new = relaunched(world, project, "--script", "train.py")
    assert status == 0, said
    assert trained(world) == ["clock"] * 3
    assert len(trials(new)) == 3
    assert new.parent == project.parent
    assert tree(project) == before
    assert [path.name for path in (world.root / "logs").iterdir()] == [project.parent.name]


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_project_that_lies_elsewhere_now(world: World, how: str) -> None:
    """The script still names the old place: nothing is made there, or changed."""
    world.write("train.py", TUNERS + 'make(build_one, "p", "out", "moved").search()\n')
    assert world.search("run", "train.py").status == 0
    old, project = world.root / "out" / "p", world.root / "archive" / "renamed"
    project.parent.mkdir()
    (shutil.move if how == "moved" else shutil.copytree)(str(old), str(project))
    if how == "moved":
        old.parent.rmdir()
    before = [tree(old), tree(project)]
    status, said, new = relaunched(world, project, "--script", "train.py", "--cwd", str(world.root))
    assert status == 0, said
    assert trained(world) == ["moved"] * 3
    assert new.parent == project.parent
    assert [tree(old), tree(project)] == before
    assert old.exists() == (how == "copied")


def test_where_no_tuner_fits_that_is_what_is_said(world: World) -> None:
    """Whatever the script raised afterwards; what it would have made at its own place is not there."""
    world.write("train.py", TUNERS + 'make(build_two, "p", "out").search()\n')
    assert world.search("run", "train.py").status == 0
    world.write("other.py", TUNERS + OTHER)
    status, said, new = relaunched(world, world.root / "out" / "p", "--script", "other.py")
    assert status == 1
    assert f"other.py built a tuner of {world.root / 'elsewhere' / 'q'}, not of {world.root / 'out' / 'p'}" in said
    assert "The run failed: other.py line" not in said
    assert not new.exists()
    assert not (world.root / "elsewhere").exists()


def test_a_bare_except_around_the_search_does_not_play_the_rest(world: World) -> None:
    """A relaunch ends at search(); `finally` and what is to happen at the exit still do."""
    world.write(
        "train.py",
        TUNERS
        + """
import atexit

atexit.register(lambda: print("AT THE EXIT"))
tuner = make(build_one)
try:
    try:
        tuner.search()
    finally:
        print("FINALLY")
except:
    print("TAKEN FOR A FAILURE")
print("THE REST")
""",
    )
    assert world.search("run", "train.py").status == 0
    status, said, new = relaunched(world, world.root / "out" / "p")
    assert status == 0, said
    assert len(trials(new)) == 3
    assert "FINALLY" in said
    assert "AT THE EXIT" in said
    assert "TAKEN FOR A FAILURE" not in said
    assert "THE REST" not in said
    assert "tuitune: the search has ended; what train.py does behind search() is left out.\n" in said
