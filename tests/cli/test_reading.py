"""The JSON contracts and the printed forms of the commands that read."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calls import Invoke
from tests.samples import DIGITS, MakeProject, trial_file

SPACE = [{"class_name": "Float", "config": {"name": "lr", "default": 0.1, "min_value": 1e-5, "max_value": 1.0}}]


def strict(text: str) -> Any:
    """The JSON in `text`, in which NaN and Infinity are errors, as most readers take them."""

    def refuse(token: str) -> Any:
        raise AssertionError(f"{token} is no JSON")

    return json.loads(text, parse_constant=refuse)


def odd(make_project: MakeProject) -> Path:
    """A project with NaN, markup, escapes, a failure and a dead trial."""
    trials = [
        trial_file("0", {"lr": 1e-5, "[bold]x": "a|b & c_d\x1b[31m\n"}, 0.5, metrics={"side": math.nan}),
        trial_file("1", {"lr": 0.1}, math.nan),
        trial_file("2", {"lr": 0.2}, status="FAILED", message="Traceback\n  \x1b[2Jboom"),
        trial_file("3", {"lr": 0.3}, 0.25),
        trial_file("4", {"lr": 0.4}, status="RUNNING"),
    ]
    return make_project(trials, SPACE)


def test_info_holds_what_the_contract_names(invoke: Invoke) -> None:
    """The recorded sample: every key, and the facts that the search wrote down."""
    content = strict(invoke("info", DIGITS / "hyperband", "--format", "json").stdout)
    assert content["path"] == str(DIGITS / "hyperband")
    assert content["tuner"] == "Hyperband"
    assert content["objective"] == {"name": "val_accuracy", "direction": "max", "inferred": False}
    assert content["executions_per_trial"] == 2
    assert content["trials"]["total"] == content["trials"]["COMPLETED"] > 0
    assert content["best_trial_id"] is not None
    assert {"name", "type", "conditions"} <= set(content["space"][0])
    assert content["problems"] == []


def test_info_says_null_for_what_it_does_not_know(invoke: Invoke, make_project: MakeProject) -> None:
    """No guess is presented as a fact."""
    content = strict(invoke("info", make_project(), "--format", "json").stdout)
    unknown = ("tuner", "objective", "executions_per_trial", "max_trials", "best_trial_id")
    assert {name: content[name] for name in unknown} == dict.fromkeys(unknown)
    assert content["trials"] == {"total": 0}
    assert content["space"] == []
    inferred = strict(invoke("info", odd(lambda *a, **k: make_project(*a, name="odd", **k)), "--format", "json").stdout)
    assert inferred["objective"] == {"name": "val_loss", "direction": "min", "inferred": True}
    assert inferred["trials"] == {"total": 5, "COMPLETED": 3, "FAILED": 1, "RUNNING": 1}


def test_info_as_a_table_names_space_and_problems(invoke: Invoke, make_project: MakeProject) -> None:
    """A torn file is named there; other commands say on stderr that there is something to read."""
    path = odd(make_project)
    (path / "trial_3" / "trial.json").write_text("{")
    result = invoke("info", path)
    assert result.exit_code == 0
    assert "unknown" in result.stdout
    assert "lr  Float  1e-05 … 1" in result.stdout
    assert "trial_3/trial.json: not whole JSON" in result.stdout
    assert "1 problem found" in invoke("trials", path).stderr


def test_trials_are_listed_in_the_order_started_with_every_field(invoke: Invoke, make_project: MakeProject) -> None:
    """NaN is null, and what the file says of the status is not changed."""
    rows = strict(invoke("trials", odd(make_project), "--format", "json").stdout)
    assert [row["trial_id"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert set(rows[0]) == {
        "trial_id", "status", "score", "best_step", "values", "metrics", "started", "duration_s", "message",
    }  # fmt: skip
    assert rows[0]["metrics"] == {"val_loss": 0.5, "side": None}
    assert rows[1]["score"] is None
    assert rows[2]["message"] == "Traceback\n  \x1b[2Jboom"
    assert rows[4]["status"] == "RUNNING"
    assert rows[0]["values"]["lr"] == 1e-5


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (("--sort", "score"), "30124"),
        (("--sort", "-score"), "03124"),
        (("--sort", "-lr", "--limit", "2"), "43"),
        (("--where", "lr >= 0.2"), "234"),
        (("--where", "score < 1", "--sort", "-lr"), "30"),
        (("--limit", "0"), ""),
        (("--where", "lr > 5"), ""),
    ],
)
def test_trials_are_filtered_sorted_and_limited(
    invoke: Invoke, make_project: MakeProject, arguments: tuple[str, ...], ids: str
) -> None:
    """Missing scores come last either way."""
    result = invoke("trials", odd(make_project), "--format", "json", *arguments)
    assert "".join(row["trial_id"] for row in strict(result.stdout)) == ids
    assert ("of 5 trials" in result.stderr) is ("--where" in arguments)


def test_trials_as_a_table_are_inert_and_whole(invoke: Invoke, make_project: MakeProject) -> None:
    """One line a trial, markup shown, escapes pictured."""
    result = invoke("trials", odd(make_project))
    lines = result.stdout.splitlines()
    assert len(lines) == 6
    assert "[bold]x" in lines[0]
    assert "a|b & c_d␛[31m␊" in lines[1]
    assert "interrupted" in lines[5] or "RUNNING" in lines[5]
    assert "\x1b" not in result.stdout


def test_trials_as_csv_are_read_back_by_a_csv_reader(invoke: Invoke, make_project: MakeProject) -> None:
    """Line breaks and commas stay inside their cells; the columns are those asked for."""
    result = invoke("trials", odd(make_project), "--format", "csv", "--columns", "trial_id,`[bold]x`, score")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows[0] == ["trial_id", "[bold]x", "score"]
    assert rows[1] == ["0", "a|b & c_d\x1b[31m\n", "0.5"]
    assert rows[3] == ["2", "", ""]
    assert len(rows) == 6


def test_trials_as_markdown_and_latex_escape_what_they_must(invoke: Invoke, make_project: MakeProject) -> None:
    """A bar would end the cell, an ampersand the column."""
    path = odd(make_project)
    markdown = invoke("trials", path, "--format", "markdown", "--columns", "trial_id,[bold]x").stdout.splitlines()
    assert markdown[1] == "| --- | --- |"
    assert markdown[2] == "| 0 | a\\|b & c_d␛\\[31m␊ |"
    latex = invoke("trials", path, "--format", "latex", "--columns", "trial_id,[bold]x").stdout
    assert r"0 & a|b \& c\_d␛[31m␊ \\" in latex
    assert latex.startswith(r"\begin{tabular}{ll}")


def test_show_holds_values_metrics_curves_and_the_best_epoch(invoke: Invoke) -> None:
    """The sample's TensorBoard curves, and the id without its zeros."""
    result = invoke("show", DIGITS / "random", "0", "--format", "json")
    content = strict(result.stdout)
    assert content["trial_id"] == "00"
    assert content["curve_source"] == "TensorBoard, logs/random"
    curve = content["curves"][0]
    assert set(curve) == {"metric", "split", "execution", "epochs", "values"}
    assert len(curve["epochs"]) == len(curve["values"]) > 0
    assert content["best_epoch"] == content["best_step"]
    table = invoke("show", DIGITS / "random", "00").stdout
    assert "accuracy validation:" in table
    assert "(inactive)" in table or "model_type" in table


def test_show_says_that_no_curve_was_recorded_and_keeps_a_traceback_inert(
    invoke: Invoke, make_project: MakeProject
) -> None:
    """A failed trial shows its message line by line."""
    result = invoke("show", odd(make_project), "2")
    assert "No curve was recorded" in result.stdout
    assert "  Traceback\n    ␛[2Jboom" in result.stdout
    assert "trial 2  FAILED  score none" in result.stdout


def test_best_gives_the_best_trials_first(invoke: Invoke, make_project: MakeProject) -> None:
    """As JSON in the contract of a trial."""
    path = odd(make_project)
    assert [row["trial_id"] for row in strict(invoke("best", path).stdout)] == ["3"]
    assert [row["trial_id"] for row in strict(invoke("best", path, "-n", "9").stdout)] == ["3", "0"]


def test_best_as_python_is_a_dictionary_without_bookkeeping(invoke: Invoke) -> None:
    """It can be pasted into code."""
    text = invoke("best", DIGITS / "hyperband", "--format", "python").stdout
    values = ast.literal_eval(text)
    assert values["lr"] > 0
    assert not any(name.startswith("tuner/") for name in values)


def test_best_as_yaml_writes_numbers_that_yaml_reads_as_numbers(invoke: Invoke, make_project: MakeProject) -> None:
    """A learning rate stays a number in PyYAML, whose floats need a point."""
    path = make_project([trial_file("0", {"lr": 1e-5}, 0.5)], SPACE)
    line = invoke("best", path, "--format", "yaml").stdout.splitlines()[1]
    number = line.split(": ")[1]
    assert re.fullmatch(r"[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]+)?", number), line


def test_best_as_yaml_lists_every_value(invoke: Invoke, make_project: MakeProject) -> None:
    """Names and words are quoted, so that none is taken for something else."""
    path = make_project([trial_file("0", {"lr": 0.5, "on": "yes", "n": 3, "b": True}, 0.5)], SPACE)
    assert invoke("best", path, "--format", "yaml").stdout.splitlines() == [
        "# trial 0, score 0.5",
        '- "lr": 0.5',
        '  "on": "yes"',
        '  "n": 3',
        '  "b": true',
    ]


def test_a_value_of_a_million_characters_is_whole_and_widens_its_own_row_only(
    invoke: Invoke, make_project: MakeProject
) -> None:
    """A table padded to it would be a hundred times the project."""
    trials = [trial_file(str(n), {"lr": 0.1, "note": "x"}, n / 4) for n in range(100)]
    trials[50]["hyperparameters"]["values"]["note"] = "y" * 1_000_000
    out = invoke("trials", make_project(trials, SPACE)).stdout
    assert "y" * 1_000_000 in out
    assert len(out) < 1_100_000


def test_ls_lists_projects_and_rounds(invoke: Invoke) -> None:
    """The samples side by side; none is running."""
    rows = strict(invoke("ls", DIGITS, "--format", "json").stdout)
    assert [Path(row["path"]).name for row in rows] == ["bayesian", "hyperband", "killed", "random"]
    by_name = {Path(row["path"]).name: row for row in rows}
    assert by_name["bayesian"]["tuner"] == "BayesianOptimization"
    assert by_name["random"]["objective"] == "val_accuracy"
    assert by_name["killed"]["statuses"]["RUNNING"] == 1
    assert not any(row["running"] for row in rows)
    table = invoke("ls", DIGITS).stdout.splitlines()
    assert len(table) == 5
    assert "1 interrupted" in table[3]


def test_ls_says_what_a_round_changed_and_gained(invoke: Invoke, make_project: MakeProject) -> None:
    """Below the search that it comes from; the gain is that over the best of all rounds before."""
    change = {"name": "lr", "before": "0 … 1", "after": "0 … 0.5"}
    for name, scores, origin in (
        ("b", (0.5, 0.4), {}),
        ("b-2", (0.45,), {"parent": "b", "root": "b", "round": 2, "changes": [change]}),
        ("b-10", (0.125,), {"parent": "b-2", "root": "b", "round": 3, "changes": "damaged"}),
        ("a", (), {}),
        ("b-other", (0.1,), {"parent": "gone", "round": "x"}),
        ("c", (), {"parent": [{}], "root": {}, "round": 1e300}),
    ):
        path = make_project([trial_file(str(n), {"lr": 0.1}, score) for n, score in enumerate(scores)], SPACE, name)
        (path / ".tuitune").mkdir()
        (path / ".tuitune" / "origin.json").write_text(json.dumps(origin))
    rows = strict(invoke("ls", path.parent, "--format", "json").stdout)
    assert [Path(row["path"]).name for row in rows] == ["a", "b", "b-2", "b-10", "b-other", "c"]
    assert [row["gain"] for row in rows] == [None, None, pytest.approx(-0.05), pytest.approx(0.275), None, None]
    assert [row["changes"] for row in rows] == [[], [], ["lr: 0 … 1 → 0 … 0.5"], [], [], []]
    assert "lr: 0 … 1 → 0 … 0.5" in invoke("ls", path.parent).stdout


def test_trials_of_all_rounds_say_which_round_they_belong_to(invoke: Invoke, make_project: MakeProject) -> None:
    """From any round of the family, and the filter knows the round."""
    make_project([trial_file("0", {"lr": 0.1}, 0.5), trial_file("1", {"lr": 0.2}, 0.3)], SPACE, "search")
    second = make_project([trial_file("0", {"lr": 0.3}, 0.4)], SPACE, "search-2")
    (second / ".tuitune").mkdir()
    (second / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "search", "round": 2}))
    found = strict(invoke("trials", second, "--rounds", "--sort", "score", "--format", "json").stdout)
    assert [(row["round"], row["project"], row["trial_id"]) for row in found] == [
        (1, "search", "1"), (2, "search-2", "0"), (1, "search", "0"),
    ]  # fmt: skip
    text = invoke("trials", second, "--rounds", "--where", "round == 1", "--format", "csv").stdout
    assert [row["trial_id"] for row in csv.DictReader(io.StringIO(text))] == ["1/0", "1/1"]
    assert "round" not in strict(invoke("trials", second, "--format", "json").stdout)[0]


def test_runs_without_any_run_is_an_empty_list(invoke: Invoke) -> None:
    """And one sentence where a person looks."""
    assert strict(invoke("runs", "--format", "json").stdout) == []
    result = invoke("runs")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "No runs yet" in result.stderr
