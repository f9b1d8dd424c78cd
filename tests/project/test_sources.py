"""A kind of input that a test makes itself: one class, one line of the list, and screen and commands open it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calls import call
from tests.ui.keys import key_of, press
from tests.ui.screen import opened, screen_text, wait_text
from tests.ui.tables import ids
from tuitune.errors import TuituneError
from tuitune.project import sources
from tuitune.project.project import Abilities, Project
from tuitune.project.sources import KINDS, Kind, Source, kind_of, open_source
from tuitune.project.space import Hyperparameter
from tuitune.project.table import Trials
from tuitune.project.trials import Objective, Trial


class TableSource:
    """Three columns: a name, a learning rate, a loss."""

    can = Abilities(narrow=False, relaunch=False, watch=False)
    is_behind = False
    is_remote = False
    read_count = 0

    def __init__(self, path: Path, is_running: Callable[[], bool]) -> None:
        self.path = path
        self.objective: Objective | None = None

    def read(self) -> Project:
        """The whole file."""
        with open(self.path, newline="") as stream:
            rows = list(csv.DictReader(stream))
        trials = [
            Trial(name, "COMPLETED", float(loss), 0, {"lr": float(lr)}, {"loss": float(loss)})
            for name, lr, loss in (row.values() for row in rows)
        ]
        space = (Hyperparameter("lr", "Float", minimum=0.0, maximum=1.0),)
        objective = self.objective or Objective("loss", "min", inferred=False)
        return Project(self.path, Trials.of(trials), space, "a table", objective, can=self.can)

    def refresh(self, patience_s: float = math.inf) -> Project | None:
        """Always all of it."""
        type(self).read_count += 1
        return self.read()

    def recall(self) -> Project | None:
        """Nothing is kept."""
        return None

    def keep(self) -> None:
        """Nothing is kept."""

    def remember_objective(self, objective: Objective) -> bool:
        """There is no place for it."""
        return False

    def close(self) -> None:
        """Nothing is open."""


TABLE = Kind("table of results", lambda path: path.suffix == ".toy" and path.is_file(), f"{__name__}:TableSource")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three rows, and the one line that makes it an input."""
    monkeypatch.setattr(sources, "KINDS", [*KINDS, TABLE])
    path = tmp_path / "results.toy"
    path.write_text("name,lr,loss\na,0.1,0.5\nb,0.2,0.25\nc,0.4,0.75\n")
    return path


def test_the_list_says_what_opens_a_path(table: Path, tmp_path: Path) -> None:
    """By the first kind that recognizes it; the class fulfils the protocol of a source."""
    assert kind_of(table) is TABLE
    source: Source = open_source(table)
    assert isinstance(source, TableSource)
    assert [trial.trial_id for trial in source.read().trials] == ["a", "b", "c"]
    assert kind_of(tmp_path) is None
    with pytest.raises(TuituneError, match="does not exist"):
        open_source(tmp_path / "gone")


async def test_the_screen_opens_it(table: Path) -> None:
    """Its rows, the best first, its values beside them; the Space view says why nothing can be narrowed."""
    async with opened(table, ready="3 of 3") as pilot:
        assert ids(pilot.app) == ["b", "a", "c"]
        assert "a table  loss min" in screen_text(pilot.app)
        await wait_text(pilot, "No curve was recorded.")
        read = TableSource.read_count
        await press(pilot, key_of("space"))
        await wait_text(pilot, "results.toy holds results, and no search space that could be narrowed")
        await press(pilot, key_of("runs"), key_of("rounds"), key_of("trials"), "slash", "l", "r", ">", ".", "1")
        await wait_text(pilot, "2 of 3")
        assert TableSource.read_count == read  # it said that it need not be watched


def test_the_commands_open_it(table: Path) -> None:
    """Reading ones read, the others say in a sentence that they cannot."""
    rows = json.loads(call("trials", table, "--format", "json").stdout)
    assert [row["trial_id"] for row in rows] == ["a", "b", "c"]
    assert (rows[0]["score"], rows[0]["values"]) == (0.5, {"lr": 0.1})
    assert json.loads(call("best", table, "--format", "json").stdout)
    assert json.loads(call("info", table, "--format", "json").stdout)["objective"]["name"] == "loss"
    assert json.loads(call("ls", table, "--format", "json").stdout)[0]["trials"] == 3
    assert "a" in call("show", table, "a").stdout
    for command, words in (("narrow", "no search space that could be narrowed"), ("relaunch", "cannot be searched")):
        result = call(command, table)
        assert result.exit_code == 1
        assert words in result.stderr


def test_what_it_is_not_is_named(table: Path, tmp_path: Path) -> None:
    """The sentence about a path that is nothing names every kind."""
    with pytest.raises(TuituneError) as caught:
        open_source(tmp_path)
    assert caught.value.title == "Not a keras-tuner project or table of results"
