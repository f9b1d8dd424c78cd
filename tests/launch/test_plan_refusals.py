"""What stands in the way of a relaunch, said in one sentence before anything happens."""

from __future__ import annotations

import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.launch.projects import UNITS, finished, read, record
from tuitune.errors import TuituneError
from tuitune.launch.interpreter import require_python
from tuitune.launch.plan import plan_relaunch, plan_run
from tuitune.launch.request import Request
from tuitune.launch.start import begin
from tuitune.narrowing.draft import fixed

MakeProject = Callable[..., Path]


def refusal(path: Path, **request: Any) -> TuituneError:
    """What the plan of a relaunch says."""
    found = read(path)
    with pytest.raises(TuituneError) as caught:
        plan_relaunch(found, found.space, Request(**request))
    return caught.value


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"algorithm": "genetic"}, "'genetic' is none of bayesian, hyperband, random, grid."),
        ({"max_trials": 0}, "--max-trials must be at least 1, not 0."),
        ({"max_trials": -5}, "--max-trials must be at least 1, not -5."),
        ({"algorithm": "hyperband", "max_epochs": 0}, "--max-epochs must be at least 1, not 0."),
        ({"algorithm": "hyperband", "max_epochs": 9, "factor": 1}, "--factor must be at least 2, not 1."),
        ({"max_epochs": 9}, "--max-epochs and --factor belong to Hyperband."),
        ({"factor": 3}, "--max-epochs and --factor belong to Hyperband."),
        ({"algorithm": "hyperband"}, "the epochs of a full training are not known for this project."),
        ({"name": ""}, "--name '' is no name of a directory."),
        ({"name": ".."}, "--name '..' is no name of a directory."),
        ({"name": "a/b"}, "--name 'a/b' is no name of a directory."),
    ],
)
def test_wrong_usage_is_told_so(project: Path, request_: dict[str, Any], sentence: str) -> None:
    """What was asked wrongly has its sentence and exit status 2."""
    error = refusal(project, **request_)
    assert (error.title, error.message, error.exit_code) == ("Cannot relaunch", sentence, 2)


def test_a_tuner_without_epochs_takes_no_hyperband(project: Path) -> None:
    """What the last run found out about the tuner is said before the start."""
    record(project, no_hyperband="Search trains no Keras models by epochs (it is no keras_tuner.Tuner).")
    error = refusal(project, algorithm="hyperband", max_epochs=9)
    assert error.message == "Search trains no Keras models by epochs (it is no keras_tuner.Tuner)."


@pytest.mark.parametrize("algorithm", ["bayesian", "random"])
def test_a_space_of_which_all_was_tried_is_refused(make_project: MakeProject, algorithm: str) -> None:
    """Nothing would be left to try; to try it again takes a word."""
    path = make_project(finished(12), [UNITS])
    record(path)
    found = read(path)
    request = Request(algorithm=algorithm)
    with pytest.raises(TuituneError, match="each of the 4 configurations of this space was tried before"):
        plan_relaunch(found, found.space, request)
    assert plan_relaunch(found, found.space, Request(algorithm=algorithm, warm=False)).planned_trials == 4
    assert plan_relaunch(found, found.space, Request(algorithm=algorithm, seed_top=2)).planned_trials == 2


def test_a_name_that_is_taken_is_refused(project: Path) -> None:
    """Nothing is ever written into a directory that exists, not even an empty or a dangling one."""
    (project.parent / "taken").mkdir()
    (project.parent / "dangling").symlink_to("nowhere")
    for name in ("taken", "dangling", "search"):
        error = refusal(project, name=name)
        assert str(error) == f"Cannot relaunch: {project.parent / name} exists already.\nChoose another --name."


def test_a_project_without_a_recorded_script_needs_one(make_project: MakeProject) -> None:
    """The hint names a script nearby that could be it; exit status 2."""
    path = make_project(finished(2), [UNITS], "deep/inner/search")
    (path.parent / "tune.py").write_text("import keras_tuner as kt\nkt.Hyperband(project_name='search')\n")
    error = refusal(path)
    assert error.message == "it is not recorded which script made search."
    why = "a guess: it uses keras-tuner, builds a tuner, names this project"
    assert error.hint == f"Say which: --script {path.parent / 'tune.py'} -- ARGUMENTS ({why})"
    assert error.exit_code == 2


def test_a_project_without_a_space_cannot_be_relaunched(make_project: MakeProject) -> None:
    """A project whose oracle.json holds no space is refused."""
    path = make_project(finished(2), [])
    assert refusal(path).message == f"{path} has no search space to relaunch: oracle.json holds none."


def test_a_recorded_script_that_is_gone_is_named(project: Path) -> None:
    """The place where the script was is in the sentence."""
    (project.parent / "train.py").unlink()
    error = refusal(project)
    assert str(error).splitlines()[0] == f"No such script: {project.parent / 'train.py'} does not exist."


def test_a_notebook_is_no_script(project: Path) -> None:
    """Neither for a relaunch nor for a first search; how to make one of it is said, and nothing is begun."""
    notebook = project.parent / "my search.ipynb"
    notebook.write_text("{}")
    error = refusal(project, script=str(notebook))
    assert error.message == f"{notebook} is a notebook, and no script."
    assert error.hint == "jupyter nbconvert --to script 'my search.ipynb' makes one."
    assert error.exit_code == 2
    with pytest.raises(TuituneError, match="is a notebook"):
        plan_run(str(notebook), [], None)


def test_a_directory_is_no_script(project: Path) -> None:
    """--script of a directory says what it is."""
    assert refusal(project, script=str(project)).message == f"{project} is a directory."


def test_a_working_directory_that_is_gone_is_named(project: Path) -> None:
    """The recorded working directory may have vanished; another can be said."""
    record(project, cwd="../gone")
    error = refusal(project)
    assert error.message == f"the working directory {project.parent / 'gone'} does not exist."
    assert error.hint == "Say another: --cwd DIRECTORY"


def test_a_space_that_keras_tuner_would_refuse_is_refused(project: Path) -> None:
    """A range turned round is found here, not in the training process."""
    found = read(project)
    broken = type(found.space[0])(**{**_fields(found.space[0]), "minimum": 9})
    with pytest.raises(TuituneError) as caught:
        plan_relaunch(found, [broken, found.space[1]], Request())
    assert caught.value.message == "the space: units: the minimum 9 is greater than the maximum 4."


def _fields(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}


def test_a_space_of_fixed_values_leaves_nothing_to_search(project: Path) -> None:
    """keras-tuner's Bayesian oracle cannot work without a dimension."""
    found = read(project)
    space = [fixed(found.space[0], 2), fixed(found.space[1], 0.5)]
    with pytest.raises(TuituneError) as caught:
        plan_relaunch(found, space, Request())
    assert caught.value.message == "every hyperparameter is fixed, so that nothing is left to search."


def test_a_python_that_does_not_exist_is_refused(project: Path) -> None:
    """--python of nothing that can be started."""
    error = refusal(project, python="/no/such/python")
    assert str(error) == "No such Python: /no/such/python is no program that can be started.\nGive --python PATH."


def test_a_program_that_is_no_python_is_refused(project: Path, shell: Callable[[str], str]) -> None:
    """A program that answers nothing is no interpreter; the plan does not ask it, the start does."""
    python = shell("echo it ran > $0.ran")
    found = read(project)
    plan = plan_relaunch(found, found.space, Request(python=python))
    assert not Path(f"{python}.ran").exists()
    with pytest.raises(TuituneError) as caught:
        begin(plan, is_agreed=True)
    assert caught.value.message == f"{python} does not answer as a Python interpreter."
    assert not (project.parent / "search-2").exists()


@pytest.fixture
def shell(tmp_path: Path) -> Callable[[str], str]:
    """Writes a program that answers as it likes."""

    def make(text: str) -> str:
        path = tmp_path / "answers"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_a_python_that_is_too_old_is_refused(shell: Callable[[str], str]) -> None:
    """The worker needs Python 3.8."""
    python = shell("""echo '{"version": [3, 7, 16], "found": ["keras_tuner"]}'""")
    with pytest.raises(TuituneError) as caught:
        require_python(python, "random")
    assert caught.value.message == f"{python} is Python 3.7.16; 3.8 or later is needed."


def test_a_python_without_the_bayesian_libraries_searches_otherwise(shell: Callable[[str], str]) -> None:
    """scikit-learn and scipy are needed for Bayesian optimization alone."""
    python = shell("""echo hello; echo '{"version": [3, 9, 1], "found": ["keras_tuner", "scipy"]}'""")
    require_python(python, "random")
    with pytest.raises(TuituneError) as caught:
        require_python(python, "bayesian")
    assert caught.value.message == f"Bayesian optimization needs scikit-learn and scipy, which {python} lacks."


def test_a_python_without_keras_tuner_is_refused(tmp_path: Path) -> None:
    """An interpreter in which nobody can train is told before anything starts; that goes for first searches too."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    (tmp_path / "train.py").touch()
    with pytest.raises(TuituneError) as caught:
        begin(plan_run(str(tmp_path / "train.py"), [], str(python)))
    assert caught.value.title == "No keras-tuner"
    assert caught.value.message == f"{python} has no keras_tuner."
