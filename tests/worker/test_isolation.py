"""The worker lives in the user's interpreter and leaves no trace of tuitune there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tuitune
from tests.worker.playing import Play

LOOK = """
import json
import sys

print("FOUND", json.dumps({
    "modules": sorted(sys.modules), "path": sys.path, "argv": sys.argv, "bytecode": sys.dont_write_bytecode,
    "name": __name__, "file": __file__, "version": list(sys.version_info[:2]),
}))
"""


def found(output: str) -> dict[str, Any]:
    """What the script above saw."""
    line = next(line for line in output.splitlines() if line.startswith("FOUND"))
    seen: dict[str, Any] = json.loads(line.removeprefix("FOUND"))
    return seen


def test_the_worker_loads_nothing_but_the_standard_library(play: Play) -> None:
    """Of tuitune's own dependencies none is loaded when the script begins, nor anything of the screen."""
    modules = found(play(LOOK).output)["modules"]
    packages = {name.partition(".")[0] for name in modules}
    assert "tuitune.worker.hooks" in modules
    assert not packages & {"textual", "rich", "plotext", "pandas", "numpy", "msgspec", "click", "platformdirs"}
    assert not packages & {"keras_tuner", "keras", "tensorflow"}
    ours = {".".join(name.split(".")[:2]) for name in modules if name.startswith("tuitune")}
    assert ours <= {"tuitune", "tuitune.worker", "tuitune.launch", "tuitune.project", "tuitune.files", "tuitune.errors"}


def test_the_worker_runs_where_tuitune_is_not_installed(play: Play, bare_python: Path) -> None:
    """Another interpreter, without tuitune and without its dependencies, plays the script."""
    check = subprocess.run([str(bare_python), "-c", "import tuitune"], capture_output=True, check=False, cwd="/")
    assert check.returncode != 0
    played = play(LOOK, python=str(bare_python))
    assert found(played.output)["argv"] == [found(played.output)["file"]]
    assert played.failure == "train.py ran to its end and built no keras-tuner tuner."


def test_tuitunes_surroundings_are_not_importable(play: Play, bare_python: Path, tmp_path: Path) -> None:
    """The directory that holds tuitune, with all else installed there, is not on the script's path."""
    place = tmp_path / "elsewhere"
    shutil.copytree(Path(tuitune.__file__).parent, place / "tuitune", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "neighbour.py").write_text("")
    script = LOOK + "import neighbour\n"
    played = play(script, python=str(bare_python), package=place / "tuitune")
    assert played.failure == "train.py line 9: ModuleNotFoundError: No module named 'neighbour'"
    assert not [entry for entry in found(played.output)["path"] if entry.startswith(str(place))]


def test_the_worker_writes_no_bytecode_into_tuitune(play: Play, bare_python: Path, tmp_path: Path) -> None:
    """tuitune may belong to somebody else; the script's own modules are compiled as ever."""
    place = tmp_path / "elsewhere" / "tuitune"
    shutil.copytree(Path(tuitune.__file__).parent, place, ignore=shutil.ignore_patterns("__pycache__"))
    played = play(LOOK, python=str(bare_python), package=place)
    assert found(played.output)["bytecode"] is False
    assert not list(place.rglob("__pycache__"))


def test_the_script_is_played_as_python_would(play: Play, tmp_path: Path) -> None:
    """`__main__`, its own arguments, its own directory first on the path, its neighbours importable."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "helper.py").write_text("")
    seen = found(play("import helper\n" + LOOK, argv=["-v", "two words"]).output)
    script = str(tmp_path / "code" / "train.py")
    assert seen["name"] == "__main__"
    assert seen["file"] == script
    assert seen["argv"] == [script, "-v", "two words"]
    assert seen["path"][0] == str(tmp_path / "code")


@pytest.mark.parametrize("module", ["worker.play", "worker.hooks", "worker.oracles", "worker.report"])
def test_a_worker_module_loads_no_dependency(module: str) -> None:
    """Each module of the worker, imported alone in a fresh interpreter, loads no third-party package."""
    code = (
        f"import sys; before = set(sys.modules); import tuitune.{module}; "
        "print(*sorted({n.partition('.')[0] for n in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["tuitune"]
