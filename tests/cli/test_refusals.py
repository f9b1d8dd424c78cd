"""Bad input: one clear sentence on stderr, the right exit status, nothing on stdout, nothing written."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.calls import Invoke
from tests.cli.test_narrow import tree
from tests.samples import MakeProject, trial_file

PROJECT_COMMANDS = ("info", "trials", "best", "narrow", "relaunch")


def refused(result: Result, status: int, *words: str) -> None:
    """The command ended with that status, said these words on stderr and printed nothing."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 4


@pytest.mark.parametrize("command", PROJECT_COMMANDS)
@pytest.mark.parametrize(
    ("name", "words"),
    [("none", "does not exist"), ("file", "is a file"), ("empty", "holds neither oracle.json nor a trial_")],
)
def test_a_path_that_is_no_project(invoke: Invoke, tmp_path: Path, command: str, name: str, words: str) -> None:
    """Every command says the same of it."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    before = tree(tmp_path)
    refused(invoke(command, tmp_path / name), 1, words, str(tmp_path / name))
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "words"), [("none", "does not exist"), ("file", "is a file"), ("empty", "no keras-tuner project")]
)
def test_ls_where_there_is_nothing(invoke: Invoke, tmp_path: Path, name: str, words: str) -> None:
    """A directory without projects is said to be one."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    refused(invoke("ls", tmp_path / name), 1, words)


@pytest.mark.parametrize("command", ["ls", "info"])
def test_a_path_too_long_for_the_system(invoke: Invoke, command: str) -> None:
    """It is refused like any other that is not there, and no traceback."""
    refused(invoke(command, "x" * 5_000), 1, "xxx")


def test_an_empty_project(invoke: Invoke, make_project: MakeProject) -> None:
    """It can be listed; there is no best trial and nothing to narrow from."""
    path = make_project()
    assert json.loads(invoke("trials", path, "--format", "json").stdout) == []
    assert invoke("trials", path).exit_code == 0
    refused(invoke("best", path), 1, "No best trial")
    refused(invoke("narrow", path), 1, "Nothing to narrow from")
    refused(invoke("relaunch", path, "--dry-run"), 1, "Nothing to narrow from")


def test_a_project_without_a_finished_trial(invoke: Invoke, make_project: MakeProject) -> None:
    """The reason is that there is no score, or that the objective is unknown."""
    path = make_project([trial_file("0", {"lr": 1}, status="FAILED")])
    refused(invoke("best", path), 1, "No best trial")
    refused(invoke("narrow", path), 1, "Nothing to narrow from")


def test_a_torn_oracle(invoke: Invoke, make_project: MakeProject) -> None:
    """Reading goes on and says so on stderr; a relaunch without a space is refused."""
    path = make_project([trial_file(str(n), {"lr": 1}, float(n)) for n in range(3)])
    (path / "oracle.json").write_text('{"ongoing')
    result = invoke("trials", path, "--format", "json")
    assert (result.exit_code, len(json.loads(result.stdout))) == (0, 3)
    assert "1 problem found" in result.stderr
    problems = json.loads(invoke("info", path, "--format", "json").stdout)["problems"]
    assert [problem["file"] for problem in problems] == ["oracle.json"]
    refused(invoke("relaunch", path, "--dry-run", "--script", __file__), 1, "no search space")


@pytest.mark.parametrize("trial", ["99", "abc", "", "²", "-0"])
def test_an_unknown_trial(invoke: Invoke, digits: Path, trial: str) -> None:
    """Some that there are stand beside it."""
    refused(invoke("show", digits / "random", "--", trial), 1, f"no trial {trial!r}", "It has 00, 01")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--where", "lr >"), ("Cannot read the filter",)),
        (("--where", "nope > 1"), ("'nope'", "in quotes")),
        (("--where", "__import__('os').system('true')"), ("not part of the language",)),
        (("--where", "x" * 5_000), ("5000 characters",)),
        (("--sort", "nope"), ("Cannot sort", "'nope'")),
        (("--columns", "lr,nope"), ("No such column", "'nope'")),
        (("--limit", "-1"), ("--limit",)),
        (("--limit", "many"), ("--limit",)),
        (("--format", "xml"), ("--format",)),
        (("--nope",), ("--nope",)),
    ],
)
def test_wrong_usage_of_trials(invoke: Invoke, digits: Path, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Status 2, and what was wrong by its name."""
    refused(invoke("trials", digits / "random", *options), 2, *words)


@pytest.mark.parametrize("command", ["narrow", "relaunch"])
@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--top", "0"), 2, "--top"),
        (("--top", "150%"), 2, "--top"),
        (("--top", "best"), 2, "neither a share (20%) nor a count (15)"),
        (("--where", "nope == 1"), 2, "'nope'"),
        (("--where", "score > 100"), 1, "leaves none of the 40"),
    ],
)
def test_a_bad_choice_of_trials(
    invoke: Invoke, digits: Path, command: str, options: tuple[str, ...], status: int, words: str
) -> None:
    """The same words for narrow and relaunch."""
    refused(invoke(command, digits / "random", *options), status, words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"{}", "not a list"),
        (b'{"space": []}', "no hyperparameter"),
        (b'[{"name": "nope", "type": "Fixed", "value": 1}]', "'nope'"),
        (b'[{"name": "lr", "type": "Float", "min_value": 1, "max_value": 0.1, "sampling": "log"}]', "greater"),
        (b'[{"name": "lr", "type": "Int", "min_value": 1, "max_value": 2}]', "may become Fixed"),
    ],
)
def test_a_space_file_that_cannot_be_used(invoke: Invoke, digits: Path, content: bytes, words: str) -> None:
    """Status 2, the file by name, and nothing is started."""
    path = digits / "space.json"
    path.write_bytes(content)
    before = tree(digits)
    refused(invoke("relaunch", digits / "random", "--space", path, "--dry-run"), 2, "Cannot use the space", words)
    assert tree(digits) == before


def test_a_space_file_that_cannot_be_read(invoke: Invoke, digits: Path) -> None:
    """Missing, a directory, no text."""
    (digits / "binary").write_bytes(b"\xff\xfe\x00")
    relaunch = ("relaunch", digits / "random", "--dry-run", "--space")
    refused(invoke(*relaunch, digits / "none.json"), 1, "no such file")
    refused(invoke(*relaunch, digits), 1, "is a directory")
    refused(invoke(*relaunch, digits / "binary"), 1, "not a text file")


def test_two_spaces_at_once(invoke: Invoke, digits: Path) -> None:
    """A given space and a proposed one exclude each other."""
    refused(invoke("relaunch", digits / "random", "--dry-run", "--space", "x", "--top", "5"), 2, "Two spaces")


def test_a_script_that_nobody_recorded(invoke: Invoke, digits: Path) -> None:
    """The hint names the likeliest one beside the project."""
    refused(
        invoke("relaunch", digits / "random", "--dry-run"),
        2,
        "not recorded which script",
        f"--script {digits / 'train.py'}",
    )


@pytest.mark.parametrize(("name", "words"), [("none.py", "does not exist"), (".", "is a directory")])
@pytest.mark.parametrize("command", ["relaunch", "run"])
def test_a_script_that_is_not_there(invoke: Invoke, digits: Path, command: str, name: str, words: str) -> None:
    """Said before anything is written."""
    before = tree(digits)
    script = digits / name
    arguments = (
        ("run", script) if command == "run" else ("relaunch", digits / "random", "--dry-run", "--script", script)
    )
    refused(invoke(*arguments), 1, "No such script", words)
    assert tree(digits) == before


def test_a_recorded_script_that_is_gone(invoke: Invoke, digits: Path) -> None:
    """The project remembers a file that somebody deleted."""
    (digits / "train.py").unlink()
    refused(invoke("relaunch", digits / "bayesian", "--dry-run"), 1, "No such script", str(digits / "train.py"))


def test_a_python_without_keras_tuner(invoke: Invoke, digits: Path) -> None:
    """Found out without importing anything, and before anything is written."""
    bare = digits / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "$@"\n')
    bare.chmod(0o755)
    before = tree(digits)
    for arguments in (
        ("relaunch", digits / "bayesian", "--yes", "--python", bare),
        ("run", "--python", bare, digits / "train.py"),
    ):
        refused(invoke(*arguments), 1, "No keras-tuner", str(bare), "--python")
    assert tree(digits) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exit 3", "does not answer as a Python"),
        ("echo hello", "does not answer"),
        ('echo \'{"version": [3, 7, 1], "found": []}\'', "is Python 3.7.1"),
    ],
)
def test_a_program_that_is_no_usable_python(invoke: Invoke, digits: Path, text: str, words: str) -> None:
    """Too old, or no Python at all."""
    program = digits / "python"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    refused(invoke("relaunch", digits / "bayesian", "--yes", "--python", program), 1, words)


def test_a_command_that_a_project_names_is_text(invoke: Invoke, digits: Path) -> None:
    """Escape sequences among its arguments reach neither the refusal nor what is said before a start."""
    facts = digits / "bayesian" / ".tuitune" / "facts.json"
    content = json.loads(facts.read_text())
    facts.write_text(json.dumps({**content, "argv": ["\x1b]52;c;cm0=\x07", "\u202eoverridden", "\x9b31m"]}))
    result = invoke("relaunch", digits / "bayesian")
    assert result.exit_code == 2
    assert "\u241b]52;c;cm0=" in result.stderr
    assert not set(result.stderr) & {"\x1b", "\x07", "\u202e", "\x9b"}


def test_a_python_that_is_not_there(invoke: Invoke, digits: Path) -> None:
    """No such program."""
    refused(invoke("relaunch", digits / "bayesian", "--dry-run", "--python", digits / "none"), 1, "No such Python")


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--max-trials", "0"), 2, "--max-trials must be at least 1"),
        (("--algorithm", "hyperband", "--factor", "1"), 2, "--factor must be at least 2"),
        (("--max-epochs", "3"), 2, "belong to Hyperband"),
        (("--algorithm", "genetic"), 2, "--algorithm"),
        (("--name", "a/b"), 2, "no name of a directory"),
        (("--name", ".."), 2, "no name of a directory"),
        (("--name", "random"), 1, "exists already"),
        (("--cwd", "/nowhere/at/all"), 1, "does not exist"),
    ],
)
def test_an_option_that_cannot_be(
    invoke: Invoke, digits: Path, options: tuple[str, ...], status: int, words: str
) -> None:
    """Each by its name."""
    refused(invoke("relaunch", digits / "bayesian", "--dry-run", *options), status, words)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_directory_that_cannot_be_written(invoke: Invoke, digits: Path) -> None:
    """The new project goes beside the old one."""
    digits.chmod(0o555)
    try:
        refused(invoke("relaunch", digits / "bayesian", "--dry-run"), 1, "cannot be written")
    finally:
        digits.chmod(0o755)


def test_a_directory_that_the_system_calls_read_only(
    invoke: Invoke, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where permissions bind nobody, as root sees it: the system's answer is replaced."""
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and real(path, mode))
    refused(invoke("relaunch", digits / "bayesian", "--dry-run"), 1, "cannot be written", str(digits))


def test_a_state_directory_that_is_a_file(invoke: Invoke, digits: Path, own_world: Path) -> None:
    """Runs cannot be listed there."""
    own_world.mkdir(parents=True)
    (own_world / "tuitune").write_text("in the way")
    refused(invoke("runs"), 1, "Cannot list runs")


@pytest.mark.parametrize("command", ["stop", "logs"])
def test_an_unknown_run(invoke: Invoke, command: str) -> None:
    """The hint says where they are listed."""
    refused(invoke(command, "nope"), 1, "No such run", "tuitune runs")
