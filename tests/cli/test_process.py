"""The program as a process: exit statuses, streams, text that no terminal may get, a reader that leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tuitune
from tests.cli.calls import Spawn
from tests.samples import DIGITS, MakeProject, trial_file


def test_data_goes_to_stdout_and_words_to_stderr(spawn: Spawn) -> None:
    """A pipe gets JSON and nothing else."""
    done = spawn("trials", DIGITS / "random", "--where", "score > 0.9", "--format", "json")
    assert done.returncode == 0
    assert all(row["score"] > 0.9 for row in json.loads(done.stdout))
    assert done.stderr.strip().endswith("of 40 trials")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("info", "/nowhere/at/all"), 1, "No such path"),
        (("trials", DIGITS / "random", "--where", "1 +"), 2, "Cannot read the filter"),
        (("trials",), 2, "PROJECT"),
        (("--nope",), 2, "--nope"),
        (("one", "two"), 2, "Wrong usage"),
        ((DIGITS,), 2, "needs a terminal"),
        ((), 2, "needs a terminal"),
    ],
)
def test_exit_statuses_and_sentences(spawn: Spawn, arguments: tuple[object, ...], status: int, words: str) -> None:
    """1 it could not be done, 2 wrong usage; never a traceback."""
    done = spawn(*arguments)
    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_and_version_are_there(spawn: Spawn) -> None:
    """On stdout, status 0."""
    assert spawn("--version").stdout == f"tuitune {tuitune.__version__}\n"
    shown = spawn("--help").stdout
    assert all(name in shown for name in ("trials", "narrow", "relaunch", "runs", "logs"))


def test_reading_loads_neither_keras_nor_the_screen(tmp_path: Path) -> None:
    """A listing is there before TensorFlow could have been imported."""
    code = (
        "import sys; sys.argv = ['tuitune', 'trials', sys.argv[1]]\n"
        "from tuitune.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DIGITS / "random")], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "tuitune" in loaded
    assert not loaded & {"keras", "keras_tuner", "tensorflow", "textual", "pandas"}


def test_a_reader_that_leaves_early_is_no_error_on_stderr() -> None:
    """`tuitune trials P | head -1` shows one line and no traceback."""
    command = [sys.executable, "-m", "tuitune", "trials", str(DIGITS / "random"), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_nothing_that_steers_a_terminal_is_printed(spawn: Spawn, make_project: MakeProject) -> None:
    """Names, values, messages and the path of the origin are shown, not obeyed."""
    evil = "\x1b]0;x\x07\x1b[2J\x9b31m\u202e"
    path = make_project([trial_file("0", {evil: evil}, 0.5, message=evil, metrics={evil: 1.0})], name="p")
    for arguments in (
        ("trials", path),
        ("info", path),
        ("show", path, "0"),
        ("ls", path),
        ("best", path, "--format", "yaml"),
    ):
        done = spawn(*arguments)
        assert done.returncode == 0
        assert not set(done.stdout) & set("\x1b\x07\x9b\u202e"), arguments


def test_the_origin_of_a_round_is_inert(spawn: Spawn, make_project: MakeProject) -> None:
    """origin.json is a file like the others."""
    path = make_project([trial_file("0", {}, 0.5)])
    (path / ".tuitune").mkdir()
    (path / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "\x07\u202e", "algorithm": "x", "round": 2}))
    done = spawn("info", path)
    assert done.returncode == 0
    assert not set(done.stdout) & set("\x07\u202e")


@pytest.mark.parametrize("changes", [5, ["text"], [{"name": "lr"}], [None]])
def test_an_origin_of_another_form_is_no_crash(spawn: Spawn, make_project: MakeProject, changes: object) -> None:
    """A file that another version wrote costs its own lines."""
    path = make_project([trial_file("0", {}, 0.5)])
    (path / ".tuitune").mkdir()
    (path / ".tuitune" / "origin.json").write_text(json.dumps({"parent": "p", "changes": changes}))
    done = spawn("info", path)
    assert done.returncode == 0, done.stderr[-300:]


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_message_with_a_name_that_is_no_utf8_is_shown(spawn: Spawn, make_project: MakeProject, form: str) -> None:
    """A traceback may name a file whose bytes are no text; JSON stores that as a lone surrogate."""
    path = make_project([trial_file("0", {}, status="FAILED", message="open('a\udc80b')")])
    done = spawn("show", path, "0", "--format", form)
    assert done.returncode == 0, done.stderr[-300:]
    assert "open(" in done.stdout
