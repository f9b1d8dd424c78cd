"""narrow and relaunch --dry-run: the proposed space and the plan, with nothing written and nothing started."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calls import Invoke
from tests.samples import MakeProject, trial_file


def tree(path: Path) -> dict[str, tuple[int, int]]:
    """Every file below `path` with its size and time."""
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in path.rglob("*") if p.is_file()}


def dry(invoke: Invoke, *arguments: object, stdin: str | None = None) -> dict[str, Any]:
    """The plan that `relaunch --dry-run` prints."""
    result = invoke("relaunch", "--dry-run", *arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    plan: dict[str, Any] = json.loads(result.stdout)
    return plan


def test_narrow_prints_the_space_with_a_reason_for_each(invoke: Invoke, digits: Path) -> None:
    """The contract: where it comes from, what is proposed and why, and the space itself."""
    content = json.loads(invoke("narrow", digits / "random", "--top", "25%").stdout)
    assert content["project"] == str(digits / "random")
    assert content["from"]["top"] == "25%"
    assert len(content["from"]["trials"]) == 10
    assert len(content["proposals"]) == len(content["space"])
    assert all(item["reason"] for item in content["proposals"])
    assert {item["action"] for item in content["proposals"]} <= {"keep", "narrow", "drop", "fix", "widen"}
    assert {change["name"] for change in content["changes"]} <= {item["name"] for item in content["proposals"]}
    assert 0 < content["volume_kept"] <= 1
    assert content["space"][0]["class_name"]


def test_narrow_as_a_table_has_one_line_a_hyperparameter(invoke: Invoke, digits: Path) -> None:
    """For people."""
    lines = invoke("narrow", digits / "random", "--format", "table").stdout.splitlines()
    assert lines[0].startswith("from the best 20%")
    assert lines[1].split() == ["hyperparameter", "action", "range", "reason"]
    assert lines[-1].startswith("keeps ")


def test_what_narrow_prints_relaunch_takes(invoke: Invoke, digits: Path) -> None:
    """From a file and from a pipe, with the same plan as the filter that made it."""
    text = invoke("narrow", digits / "random", "--top", "25%").stdout
    (digits / "space.json").write_text(text)
    script = ("--script", digits / "train.py")
    direct = dry(invoke, digits / "random", "--top", "25%", *script)
    from_file = dry(invoke, digits / "random", "--space", digits / "space.json", *script)
    from_pipe = dry(invoke, digits / "random", "--space", "-", *script, stdin=text)
    assert direct["space"] == from_file["space"] == from_pipe["space"]
    assert direct["changes"] == json.loads(text)["changes"]
    assert [{**change, "reason": ""} for change in direct["changes"]] == from_file["changes"]
    assert all("chance would show" in change["reason"] for change in direct["changes"])


def test_a_dry_run_says_what_would_run_and_writes_nothing(invoke: Invoke, digits: Path, own_world: Path) -> None:
    """The contract of the plan; the parent, its neighbours and the state directory are left alone."""
    before = tree(digits)
    plan = dry(invoke, digits / "random", "--script", digits / "train.py", "--", "random", "40")
    assert {"project", "algorithm", "space", "changes", "warm_start", "command", "planned_trials"} <= set(plan)
    assert plan["project"] == str(digits / "random-2")
    assert plan["algorithm"] == "bayesian"
    assert plan["command"] == [sys.executable, str(digits / "train.py"), "random", "40"]
    assert plan["planned_trials"] == 20
    assert {"name", "type", "conditions"} <= set(plan["space"][0])
    assert tree(digits) == before
    assert not own_world.exists()


def test_a_recorded_script_is_played_as_it_was(invoke: Invoke, digits: Path) -> None:
    """Script, arguments and directory come with the project, also after it was moved."""
    plan = dry(invoke, digits / "bayesian", "--python", sys.executable)
    assert plan["command"][1:] == [str(digits / "train.py"), "bayesian", "24"]
    assert plan["cwd"] == str(digits)


def test_the_options_of_a_relaunch_reach_the_plan(invoke: Invoke, digits: Path) -> None:
    """Name, budget and algorithm."""
    plan = dry(
        invoke, digits / "hyperband", "--algorithm", "hyperband", "--max-epochs", "4", "--factor", "2", "--name", "next"
    )
    assert plan["project"] == str(digits / "next")
    assert (plan["algorithm"], plan["max_epochs"], plan["factor"]) == ("hyperband", 4, 2)
    assert plan["planned_trials"] > 0
    assert dry(invoke, digits / "bayesian", "--max-trials", "7", "--algorithm", "random")["planned_trials"] == 7


def test_the_next_free_name_is_taken(invoke: Invoke, digits: Path) -> None:
    """Rounds count on, and nothing is overwritten."""
    (digits / "bayesian-2").mkdir()
    assert dry(invoke, digits / "bayesian")["project"] == str(digits / "bayesian-3")


def test_a_small_space_plans_no_more_trials_than_it_has_configurations(
    invoke: Invoke, make_project: MakeProject, tmp_path: Path
) -> None:
    """Ten trials of four configurations, of which one was tried, would be asking for what is not there."""
    config = {
        "name": "n",
        "default": 1,
        "conditions": [],
        "min_value": 1,
        "max_value": 4,
        "step": 1,
        "sampling": "linear",
    }
    space = [{"class_name": "Int", "config": config}]
    path = make_project([trial_file("0", {"n": 1}, 0.5)], space)
    (tmp_path / "train.py").write_text("import keras_tuner\n")
    assert dry(invoke, path, "--script", tmp_path / "train.py")["planned_trials"] == 3


@pytest.mark.parametrize("where", ["score > 0.9", "model_type == 'dense' and score > 0.8"])
def test_a_filter_is_kept_with_the_proposal(invoke: Invoke, digits: Path, where: str) -> None:
    """Who reads the JSON later knows which trials it came from."""
    content = json.loads(invoke("narrow", digits / "random", "--where", where).stdout)
    assert content["from"]["where"] == where
    assert content["from"]["trials"]
    assert where in content["from"]["description"]
