"""The reader: order, torn files, what is running, refresh, and a project that says less than it should."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import MakeProject, trial_file
from tuitune.errors import TuituneError
from tuitune.project.keras_tuner.reader import ProjectReader
from tuitune.project.keras_tuner.recognize import is_project
from tuitune.project.project import Project
from tuitune.project.sources import open_source
from tuitune.project.trials import Objective

SPACE = [{"class_name": "Float", "config": {"name": "lr", "default": 0.1, "min_value": 0.1, "max_value": 1.0}}]


def read(path: Path) -> Project:
    """The project at `path`, read once."""
    return open_source(path).read()


def age(path: Path, seconds: float) -> None:
    """Make every file of the project that old."""
    then = time.time() - seconds
    for entry in [path, *path.rglob("*")]:
        os.utime(entry, (then, then))


def three(make_project: MakeProject, **oracle: Any) -> Path:
    """Three finished trials; 1 is the best."""
    trials = [trial_file(str(n), {"lr": n / 10}, score) for n, score in enumerate((0.5, 0.25, 0.75))]
    return make_project(trials, SPACE, **oracle)


def test_a_project_is_read_with_its_objective_and_best_trial(make_project: MakeProject) -> None:
    """The usual case: space, trials, statuses, the objective inferred, the best of it."""
    project = read(three(make_project))
    assert [hp.name for hp in project.space] == ["lr"]
    assert [trial.trial_id for trial in project.trials] == ["0", "1", "2"]
    assert project.objective == Objective("val_loss", "min", inferred=True)
    assert [trial.trial_id for trial in project.scored()] == ["1", "0", "2"]
    assert project.best == project.trials[1]
    assert project.counts() == {"COMPLETED": 3}
    assert project.problems == ()
    assert project.name == "project"


def test_recorded_facts_win_over_inference(make_project: MakeProject) -> None:
    """What a run of tuitune wrote down is no inference."""
    path = three(make_project)
    (path / ".tuitune").mkdir()
    facts = {"objective": {"name": "f1", "direction": "max"}, "tuner_kind": "Hyperband", "max_trials": 9}
    (path / ".tuitune" / "facts.json").write_text(json.dumps(facts))
    project = read(path)
    assert project.objective == Objective("f1", "max", inferred=False)
    assert (project.tuner, project.max_trials) == ("Hyperband", 9)


@pytest.mark.parametrize(
    "facts", ["", "[1]", '{"objective": 3, "tuner_kind": 4, "max_trials": true}', '{"objective": {}}']
)
def test_broken_facts_leave_what_can_be_inferred(make_project: MakeProject, facts: str) -> None:
    """Facts of a wrong form say nothing."""
    path = three(make_project)
    (path / ".tuitune").mkdir()
    (path / ".tuitune" / "facts.json").write_text(facts)
    project = read(path)
    assert project.objective == Objective("val_loss", "min", inferred=True)
    assert project.tuner == "RandomSearch"
    assert project.max_trials is None


# ---------------------------------------------------------------------------------------------------------- order


def test_trials_stand_in_the_order_in_which_they_started(make_project: MakeProject) -> None:
    """The oracle's list rules; ids that it lacks follow by number, whatever their width."""
    trials = [trial_file(trial_id, {}, 1.0) for trial_id in ("0", "1", "04", "0010", "2")]
    path = make_project(trials, start_order=["2", "0", "gone", "2"])
    assert [trial.trial_id for trial in read(path).trials] == ["2", "0", "1", "04", "0010"]


def test_random_ids_without_an_order_stand_by_the_times_of_their_files(make_project: MakeProject) -> None:
    """Releases up to 1.1.0 name trials at random and write no order."""
    path = make_project([trial_file(trial_id, {}, 1.0) for trial_id in ("c3", "a1", "b2")])
    state = json.loads((path / "oracle.json").read_text())
    del state["start_order"]
    (path / "oracle.json").write_text(json.dumps(state))
    for second, trial_id in enumerate(("b2", "c3", "a1")):
        os.utime(path / f"trial_{trial_id}" / "trial.json", (1_000 + second, 1_000 + second))
    assert [trial.trial_id for trial in read(path).trials] == ["b2", "c3", "a1"]


# ----------------------------------------------------------------------------------------------------- torn files


def test_a_torn_trial_costs_itself_and_is_named(make_project: MakeProject) -> None:
    """The others are read; the problem names the file."""
    path = three(make_project)
    (path / "trial_1" / "trial.json").write_text('{"trial_id": "1", "hyper')
    project = read(path)
    assert [trial.trial_id for trial in project.trials] == ["0", "2"]
    assert [problem.file for problem in project.problems] == ["trial_1/trial.json"]
    assert "not whole JSON" in project.problems[0].problem


@pytest.mark.parametrize("content", ["", '{"trial_id": "1"', "[]"])
def test_a_file_torn_while_it_is_rewritten_keeps_its_last_reading(make_project: MakeProject, content: str) -> None:
    """The trial stays as it was, the problem is named, and the next whole file clears it."""
    path = three(make_project)
    file = path / "trial_1" / "trial.json"
    whole = file.read_text()
    reader = open_source(path)
    before = reader.read()
    file.write_text(content)
    torn = reader.read()
    assert torn.trials[1].score == before.trials[1].score == 0.25
    assert [problem.file for problem in torn.problems] == ["trial_1/trial.json"]
    file.write_text(whole.replace('"score": 0.25', '"score": 0.125'))
    after = reader.read()
    assert after.trials[1].score == 0.125
    assert after.problems == ()


def test_a_torn_oracle_keeps_its_last_reading(make_project: MakeProject) -> None:
    """Space and kind of the tuner stay; what is wrong is said."""
    path = three(make_project)
    reader = open_source(path)
    before = reader.read()
    (path / "oracle.json").write_text("")
    torn = reader.read()
    assert (torn.space, torn.tuner) == (before.space, before.tuner)
    assert [problem.file for problem in torn.problems] == ["oracle.json"]


def test_a_torn_oracle_at_first_sight_leaves_the_trials(make_project: MakeProject) -> None:
    """The trials are there without space; the kind of the tuner is unknown and not guessed."""
    path = three(make_project)
    (path / "oracle.json").write_text('{"ongoing_')
    project = read(path)
    assert len(project.trials) == 3
    assert (project.space, project.tuner) == ((), None)


def test_a_file_that_cannot_be_looked_at_keeps_its_last_reading(make_project: MakeProject) -> None:
    """A trial whose file became unreachable is still what it was."""
    path = three(make_project)
    reader = open_source(path)
    reader.read()
    file = path / "trial_1" / "trial.json"
    file.unlink()
    file.symlink_to(file)  # looking at it fails, for root too
    project = reader.read()
    assert [problem.file for problem in project.problems] == ["trial_1/trial.json"]
    assert [trial.trial_id for trial in project.trials] == ["0", "1", "2"]


def test_a_trial_directory_without_its_file_is_no_problem(make_project: MakeProject) -> None:
    """keras-tuner makes the directory first."""
    path = three(make_project)
    (path / "trial_3").mkdir()
    project = read(path)
    assert (len(project.trials), project.problems) == (3, ())


def test_a_plain_file_whose_name_begins_like_a_trial_is_no_problem(make_project: MakeProject) -> None:
    """A table that somebody keeps beside the trials is no broken trial."""
    path = three(make_project)
    (path / "trial_scores.csv").write_text("a,b\n")
    assert read(path).problems == ()


def test_a_space_entry_that_cannot_be_read_is_named(make_project: MakeProject) -> None:
    """The rest of the space stays."""
    project = read(make_project([trial_file("0", {}, 1.0)], [*SPACE, {"class_name": "Int", "config": {}}]))
    assert [hp.name for hp in project.space] == ["lr"]
    assert "entry 1" in project.problems[0].problem


# ------------------------------------------------------------------------------------------------------- refresh


def test_a_refresh_says_none_while_nothing_changed(make_project: MakeProject) -> None:
    """Also with NaN in the files, which equals nothing."""
    path = make_project([trial_file("0", {}, math.nan), trial_file("1", {}, 0.5)])
    reader = open_source(path)
    assert reader.refresh() is not None
    assert reader.refresh() is None


def test_a_refresh_shows_new_changed_and_deleted_trials(make_project: MakeProject) -> None:
    """A live search is followed."""
    path = three(make_project)
    reader = open_source(path)
    reader.refresh()
    (path / "trial_3").mkdir()
    (path / "trial_3" / "trial.json").write_text(json.dumps(trial_file("3", {}, status="RUNNING")))
    shutil.rmtree(path / "trial_0")
    project = reader.refresh()
    assert project is not None
    assert [(trial.trial_id, trial.status) for trial in project.trials][-1] == ("3", "RUNNING")
    assert project.trial("0") is None


def test_a_project_that_vanishes_reads_as_its_last_oracle_without_trials(make_project: MakeProject) -> None:
    """Deleting the directory under the reader is no crash."""
    path = three(make_project)
    reader = open_source(path)
    reader.read()
    shutil.rmtree(path)
    assert len(reader.read().trials) == 0


# ------------------------------------------------------------------------------------------------ what is running


@pytest.mark.parametrize(
    ("old", "running", "shown"),
    [(True, False, "interrupted"), (False, False, "RUNNING"), (True, True, "RUNNING")],
)
def test_a_running_trial_needs_a_proof_of_life(digits: Path, old: bool, running: bool, shown: str) -> None:
    """The killed sample reads interrupted, unless its files move or a run holds its lock."""
    path = digits / "killed"
    age(path, 3_600)
    if not old:
        os.utime(path / "trial_05" / "trial.json")
    project = open_source(path, lambda: running).read()
    assert [trial.shown_status for trial in project.trials if trial.status == "RUNNING"] == [shown]
    assert all(trial.shown_status == trial.status for trial in project.trials if trial.status != "RUNNING")


def test_a_fresh_copy_is_not_running(digits: Path) -> None:
    """Where all files were written at one time, long after the trials began, that time is no sign of life."""
    path = digits / "killed"
    oracle = json.loads((path / "oracle.json").read_text())
    oracle["display"]["trial_start"]["05"] = oracle["display"]["trial_start"]["04"]
    (path / "oracle.json").write_text(json.dumps(oracle))
    age(path, 1)
    project = read(path)
    (killed,) = [trial for trial in project.trials if trial.status == "RUNNING"]
    assert killed.shown_status == "interrupted"
    assert killed.heard == killed.started
    (problem,) = project.problems
    assert f"last heard of {killed.started:%Y-%m-%d %H:%M:%S}" in problem.problem


def test_a_search_that_goes_on_in_a_copy_runs(digits: Path) -> None:
    """A trial that began after the copy was made, and one whose files move while one looks."""
    path = digits / "killed"
    age(path, 60)
    oracle = json.loads((path / "oracle.json").read_text())
    reader = open_source(path)
    assert [trial.shown_status for trial in reader.read().trials][-1] == "interrupted"
    os.utime(path / "trial_05" / "trial.json")
    assert [trial.shown_status for trial in reader.read().trials][-1] == "RUNNING"
    oracle["display"]["trial_start"]["05"] = datetime.now().isoformat()
    age(path, 60)
    (path / "oracle.json").write_text(json.dumps(oracle))
    assert [trial.shown_status for trial in read(path).trials][-1] == "RUNNING"


def test_a_trial_that_has_ended_for_the_oracle_alone_is_named(digits: Path) -> None:
    """Its trial.json was not written, or not copied."""
    path = digits / "killed"
    oracle = json.loads((path / "oracle.json").read_text())
    (path / "oracle.json").write_text(json.dumps({**oracle, "end_order": [*oracle["end_order"], "05"]}))
    age(path, 3_600)
    (problem,) = read(path).problems
    assert problem.file == "trial_05/trial.json"
    assert problem.problem.startswith("RUNNING, though oracle.json says that it has ended")


def test_a_trial_that_runs_has_no_duration(digits: Path) -> None:
    """What has not ended has not taken a time."""
    trials = read(digits / "killed").trials
    assert [trial.duration_s for trial in trials if trial.status == "RUNNING"] == [None]


# ----------------------------------------------------------------------------------------------------- durations


def started(make_project: MakeProject, count: int = 3) -> Path:
    """Trials that started a minute apart, noon first."""
    noon = datetime(2026, 1, 1, 12)
    starts = {str(n): (noon + timedelta(minutes=n)).isoformat() for n in range(count)}
    trials = [trial_file(str(n), {}, 1.0) for n in range(count)]
    return make_project(trials, display={"search_start": None, "trial_start": starts, "trial_number": {}})


def test_durations_come_from_the_times_of_the_files(make_project: MakeProject) -> None:
    """An untouched project gives the time of each trial."""
    path = started(make_project)
    for n in range(3):
        end = datetime(2026, 1, 1, 12, n, 40).timestamp()
        os.utime(path / f"trial_{n}" / "trial.json", (end, end))
    assert [trial.duration_s for trial in read(path).trials] == [40, 40, 40]


def test_durations_after_a_checkout_are_never_the_age_of_the_files(make_project: MakeProject) -> None:
    """Touched files give the distance to the next start, and nothing for the last trial."""
    path = started(make_project)
    age(path, 0)
    assert [trial.duration_s for trial in read(path).trials] == [60, 60, None]


# ------------------------------------------------------------------------------------------------- opening a path


def test_a_path_that_is_no_project_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Missing, a file, an empty directory: each says what it is."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, title in (("none", "No such path"), ("file", "Not a directory"), ("empty", "Not a keras-tuner project")):
        with pytest.raises(TuituneError) as caught:
            open_source(tmp_path / name)
        assert (caught.value.title, caught.value.exit_code) == (title, 1)
        assert str(tmp_path / name) in caught.value.message


def test_trials_without_an_oracle_are_a_project(make_project: MakeProject) -> None:
    """The oracle may be lost; the trials still say what they say."""
    path = three(make_project)
    (path / "oracle.json").unlink()
    assert is_project(path)
    project = read(path)
    assert (len(project.trials), project.space, project.tuner) == (3, (), None)
    (problem,) = project.problems
    assert problem.file == "oracle.json"
    assert "there is none: keras-tuner cannot reload this search" in problem.problem


def test_an_oracle_that_names_trials_of_which_none_is_there_says_so(make_project: MakeProject) -> None:
    """As it does where one of them is."""
    path = three(make_project)
    oracle = json.loads((path / "oracle.json").read_text())
    (path / "oracle.json").write_text(json.dumps({**oracle, "start_order": ["0", "1", "2"]}))
    for folder in path.glob("trial_*"):
        shutil.rmtree(folder)
    (problem,) = read(path).problems
    assert problem.problem.startswith("names 3 trials of which there is no trial.json (0, 1, 2): ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a pointer of Git LFS"),
        ('<<<<<<< HEAD\n{"a": 1}\n=======\n{"a": 2}\n>>>>>>> other\n', "Git left a merge conflict in it"),
        ('{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> other\n}\n', "Git left a merge conflict in it"),
    ],
)
def test_what_git_left_is_named_as_what_it_is(make_project: MakeProject, text: str, words: str) -> None:
    """It is no torn file, and will not be whole by waiting."""
    path = three(make_project)
    (path / "trial_1" / "trial.json").write_text(text)
    (problem,) = read(path).problems
    assert words in problem.problem


def test_a_round_that_waits_for_keras_tuner_is_a_project_that_does_not_exist_yet(tmp_path: Path) -> None:
    """A relaunch is shown before its search has written anything."""
    (tmp_path / "p-2" / ".tuitune").mkdir(parents=True)
    (tmp_path / "p-2" / ".tuitune" / "origin.json").write_text('{"parent": "p"}')
    project = read(tmp_path / "p-2")
    assert not project.exists
    assert project.origin == {"parent": "p"}


@pytest.mark.parametrize("name", ["мои [bold]dir[/bold] 実験", "pro ject ✨ #1 %41 [x]*?", "-n", "a\x1b[31mb\nc"])
def test_a_project_with_an_odd_name_is_read_whole(make_project: MakeProject, name: str) -> None:
    """Brackets, blanks and escapes in a name match nothing but themselves."""
    path = make_project([trial_file("0", {"[bold]x[/bold]": "[red]"}, 0.5)], SPACE, name=name)
    project = read(path)
    assert project.name == Path(name).name
    assert project.trials[0].values == {"[bold]x[/bold]": "[red]"}


# --------------------------------------------------------------------------------------------------- wrong types


@pytest.mark.parametrize("value", [[[]], [{"b": 2}], ["0", ["1"]]])
def test_an_order_of_trials_that_holds_lists_costs_only_the_order(make_project: MakeProject, value: Any) -> None:
    """The trials are all there, whatever stands in start_order."""
    project = read(three(make_project, start_order=value))
    assert sorted(trial.trial_id for trial in project.trials) == ["0", "1", "2"]


@pytest.mark.parametrize("key", ["start_order", "hyperparameters", "display", "seed", "brackets", "max_epochs"])
@pytest.mark.parametrize("value", [None, 5, "text", [1, None], {"a": [1]}, True, [0.5]])
def test_a_field_of_the_oracle_with_a_wrong_type_costs_only_itself(
    make_project: MakeProject, key: str, value: Any
) -> None:
    """The trials are all there, whatever stands in oracle.json."""
    project = read(three(make_project, **{key: value}))
    assert sorted(trial.trial_id for trial in project.trials) == ["0", "1", "2"]


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["space", "trial_start", "0", "name", "direction"]), st.text(max_size=4)),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
names = st.sampled_from(["hyperparameters", "display", "seed_state", "factor", "alpha", "objective", "script"])


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(names, json_values, max_size=4))
def test_any_oracle_any_facts_any_origin_are_read(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    """No JSON in the three files beside the trials makes the project unreadable."""
    path = tmp_path_factory.getbasetemp() / "any"
    (path / ".tuitune").mkdir(parents=True, exist_ok=True)
    (path / "trial_0").mkdir(exist_ok=True)
    (path / "trial_0" / "trial.json").write_text(json.dumps(trial_file("0", {"x": 1}, 0.5)))
    for name in ("oracle.json", "tuner0.json", ".tuitune/facts.json", ".tuitune/origin.json"):
        (path / name).write_text(json.dumps(content))
    assert [trial.trial_id for trial in ProjectReader(path).read().trials] == ["0"]


def test_the_reader_asks_whether_a_run_lives_only_where_a_trial_runs(make_project: MakeProject) -> None:
    """A finished project is shown without looking for runs."""
    asked: list[int] = []

    def is_running() -> bool:
        asked.append(1)
        return True

    look: Callable[[], bool] = is_running
    open_source(three(make_project), look).read()
    assert asked == []


def test_an_order_that_names_a_trial_twice_loses_none_of_the_others(make_project: MakeProject) -> None:
    """A damaged oracle.json decides about the order only."""
    path = three(make_project)
    (path / "oracle.json").write_text('{"start_order": ["2", "2", "2", "1"]}')
    assert [trial.trial_id for trial in read(path).trials] == ["2", "1", "0"]


@pytest.mark.parametrize("name", ["trial_7", "trial_1 (1)", "trial_1 copy"])
def test_a_copied_trial_directory_counts_once(make_project: MakeProject, name: str) -> None:
    """Two directories of one trial, as file managers make them: the copy is named, and counts nowhere."""
    path = three(make_project)
    shutil.copytree(path / "trial_1", path / name)
    project = read(path)
    assert [trial.trial_id for trial in project.trials] == ["0", "1", "2"]
    assert len(project.scored()) == 3
    (problem,) = [p.problem for p in project.problems if p.file == f"{name}/trial.json"]
    assert problem == "is a copy of trial 1, which is there too: left out"
    assert project.unreadable == ((name.removeprefix("trial_"), problem),)


def test_a_trial_that_was_renamed_is_a_trial(make_project: MakeProject) -> None:
    """Only the directory's name says that it is another one: it is not lost, and that is told."""
    path = three(make_project)
    (path / "trial_1").rename(path / "trial_7")
    project = read(path)
    assert [trial.trial_id for trial in project.trials] == ["0", "2", "7"]
    told = [p.problem for p in project.problems if p.file == "trial_7/trial.json"]
    assert any("it says that it is trial '1'" in text for text in told)


@pytest.mark.parametrize(("tried", "told"), [(3, False), (5, True)])
def test_an_oracle_without_an_order_tells_how_many_were_tried(
    make_project: MakeProject, tried: int, told: bool
) -> None:
    """Releases up to 1.1.3 kept no order, but what they had tried."""
    path = three(make_project)
    oracle = json.loads((path / "oracle.json").read_text())
    del oracle["start_order"]
    (path / "oracle.json").write_text(json.dumps({**oracle, "tried_so_far": [f"{n:032}" for n in range(tried)]}))
    age(path, 3_600)
    problems = [p.problem for p in read(path).problems if p.file == "oracle.json"]
    assert any(f"tells of {tried} configurations that were tried, and there are 3" in text for text in problems) == told


def test_a_field_of_a_wrong_type_is_named(make_project: MakeProject) -> None:
    """It costs itself, and the problem says what it held."""
    path = three(make_project)
    content = json.loads((path / "trial_1" / "trial.json").read_text())
    (path / "trial_1" / "trial.json").write_text(json.dumps({**content, "score": [0.25]}))
    project = read(path)
    assert [p.problem for p in project.problems] == ["score is a list, not a number, and was left out"]
    assert [trial.trial_id for trial in project.scored()] == ["0", "2"]
