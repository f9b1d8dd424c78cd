"""A Hyperband script relaunched as a random search; its callbacks write beside the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.contract.world import TRAIN, Ended, World, lies_in, tree, trials, values

pytestmark = pytest.mark.keras


class Ladder(NamedTuple):
    """A Hyperband search and the round after it, with hashes of the parent and its logs before and after."""

    world: World
    first: Ended
    second: Ended
    plan: dict[str, list[dict[str, object]]]
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ladder]:
    """`train.py hyperband`, then its best fifth relaunched as a random search."""
    world = World(tmp_path_factory.mktemp("ladder"))
    world.write("train.py", TRAIN)
    first = world.search("run", "train.py", "hyperband", "ladder", "beside")
    arguments = ("relaunch", first.project, "--top", "60%", "--algorithm", "random", "--max-trials", "2")
    plan = json.loads(world.tuitune(*arguments, "--dry-run").stdout)
    before = {**tree(first.project), **tree(world.root / "logs")}
    second = world.search(*arguments)
    kept = {name: digest for name, digest in tree(world.root / "logs").items() if name in before}
    yield Ladder(world, first, second, plan, before, {**tree(first.project), **kept})
    world.end_runs()


def test_a_first_hyperband_search_plans_its_own_budget(ladder: Ladder) -> None:
    """Without max_trials the number of planned trials comes from Hyperband's own arithmetic."""
    status = ladder.world.run(ladder.first.run)
    assert (status["state"], status["done"], status["planned"]) == ("finished", 5, 5)


def test_a_hyperband_script_searches_at_random(ladder: Ladder) -> None:
    """The tuner keeps its class, the oracle is random: whole trainings, no brackets, values in the new space."""
    found = trials(ladder.second.project)
    facts = json.loads((ladder.second.project / ".tuitune" / "facts.json").read_text())
    assert ladder.second.status == 0, ladder.second.said + ladder.second.log
    assert (facts["tuner_class"], facts["tuner_kind"], facts["max_trials"]) == ("Hyperband", "RandomSearch", 2)
    assert [trial["status"] for trial in found] == ["COMPLETED"] * 2
    assert not [name for trial in found for name in values(trial) if name.startswith("tuner/")]
    assert all(lies_in(values(trial)[str(entry["name"])], entry) for trial in found for entry in ladder.plan["space"])


def test_callbacks_that_wrote_beside_the_parent_write_beside_the_round(ladder: Ladder) -> None:
    """Logs named after the parent get the name of the round, and the parent's stay as they were."""
    logs = ladder.world.root / "logs"
    assert ladder.second.project.name == "ladder-2"
    assert {path.name for path in (logs / "ladder-2").iterdir()} == {"0", "1"}
    assert (logs / "ladder-2.csv").is_file()
    assert ladder.after == ladder.before
