"""How the worker says what became of a script, without keras-tuner ever being loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.worker.playing import Play
from tuitune.launch import protocol

HELPER = "def load(path):\n    raise FileNotFoundError(path)\n"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("x = 1\nx / 0\n", "train.py line 2: ZeroDivisionError: division by zero"),
        ("def f():\n    raise KeyError\n\nf()\n", "train.py line 2: KeyError"),
        ("raise ValueError('one\\ntwo')\n", "train.py line 1: ValueError: one"),
        ("import helper\nhelper.load('x.npz')\n", "train.py line 2: FileNotFoundError: x.npz"),
        ("import sys\nsys.exit(3)\n", "train.py left with status 3."),
        ("import sys\nsys.exit('no GPU')\n", "train.py left: no GPU."),
        ("import sys\nsys.exit()\n", "train.py ran to its end and built no keras-tuner tuner."),
        ("raise KeyboardInterrupt\n", "train.py line 1: KeyboardInterrupt"),
    ],
)
def test_a_script_that_ends_badly_is_one_sentence(play: Play, tmp_path: Path, script: str, sentence: str) -> None:
    """The deepest line of the script itself and the error, or how it left."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "helper.py").write_text(HELPER)
    played = play(script)
    assert played.code == protocol.WORKER_FAILED
    assert played.failure == sentence


def test_the_log_holds_the_traceback_of_the_script(play: Play) -> None:
    """What the script would have printed is in the log, without the frames of what plays it."""
    played = play("def f():\n    raise ValueError('bad')\n\nf()\n")
    assert "ValueError: bad" in played.output
    assert "in f" in played.output
    assert "runpy" not in played.output


def test_a_first_search_without_a_tuner_says_so(play: Play) -> None:
    """`tuitune run` of a script that searches nothing fails too."""
    played = play("print('hello')\n", kind="run")
    assert (played.code, played.failure) == (1, "train.py ran to its end and built no keras-tuner tuner.")


def test_a_python_without_keras_tuner_is_named(play: Play, bare_python: Path) -> None:
    """Where keras_tuner is missing after all, the script is not played."""
    library = next(bare_python.parent.parent.glob("lib/python*/site-packages/keras_tuner"))
    library.rename(library.with_name("away"))
    played = play("print('played')\n", python=str(bare_python))
    assert played.code == protocol.WORKER_FAILED
    assert played.failure == f"{bare_python} has no keras_tuner."
    assert "played" not in played.output.split()


def test_a_script_may_look_whether_keras_tuner_is_there(play: Play, bare_python: Path) -> None:
    """A script that asks importlib for keras_tuner first is hooked all the same: its overwrite deletes nothing."""
    played = play(
        "import importlib.util\n"
        "assert importlib.util.find_spec('keras_tuner')\n"
        "import keras_tuner\n"
        "keras_tuner.Tuner(None, directory='.', project_name='another', overwrite=True)\n",
        python=str(bare_python),
    )
    assert "built a tuner of" in played.failure


def test_everything_printed_is_in_order(play: Play) -> None:
    """Output of the script and what the worker says share one stream."""
    played = play("print('first')\nraise SystemExit(2)\n", python=sys.executable)
    assert played.output.splitlines() == ["first", "tuitune: The script ended early: train.py left with status 2."]
