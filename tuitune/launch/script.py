"""Which script made a project, and which Python plays it: as the user says, else as recorded.

Scripts are looked at, never run; the Python is asked what it has without importing any of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tuitune import files
from tuitune.errors import TuituneError
from tuitune.project.project import Project

TITLE = "Cannot relaunch"
_LOOK_AT_PYTHON = """
import importlib.util as u, json, sys
names = ("keras_tuner", "sklearn", "scipy")
print(json.dumps({"version": sys.version_info[:3], "found": [n for n in names if u.find_spec(n)]}))
"""


class Played(NamedTuple):
    """How a script is played: interpreter, script, its arguments, working directory."""

    python: str
    script: Path
    arguments: list[str]
    cwd: Path


def how_to_play(
    project: Project,
    script: str | None,
    arguments: Sequence[str] | None,
    cwd: str | None,
    python: str | None,
) -> Played:
    """What would be played, in which Python and where. Raises TuituneError.

    Args:
        project: what is None below is as recorded with it.
        script: a path, relative to the present directory.
        arguments: what the script is given, one word an entry.
        cwd: the directory in which it is played.
        python: the interpreter that trains.
    """
    known = recorded_script(project)
    if script is None and known is None:
        near = likely_scripts(project.path)
        hint = f"Say which: --script {near[0] if near else 'train.py'} -- ARGUMENTS"
        raise TuituneError(TITLE, f"it is not recorded which script made {project.name}.", hint, 2)
    path = existing_script(script if script is not None else str(known), Path.cwd())
    if script is not None:
        folder = _default_cwd(path, project.path)
    else:
        folder = resolve_fact(project, "cwd") or path.parent
        stored = project.facts.get("argv")
        recorded = [str(item) for item in stored] if isinstance(stored, list) else []
        arguments = recorded if arguments is None else arguments
    if cwd is not None:
        folder = Path(cwd)
    if not os.path.isdir(folder):
        raise TuituneError(TITLE, f"the working directory {folder} does not exist.", "Say another: --cwd DIRECTORY")
    stored_python = resolve_fact(project, "python")
    usable = stored_python if stored_python is not None and os.access(stored_python, os.X_OK) else None
    return Played(
        existing_python(python or str(usable or sys.executable)), path, list(arguments or ()), folder.resolve()
    )


def recorded_script(project: Project) -> Path | None:
    """The script that made the project, where tuitune ran it."""
    return resolve_fact(project, "script")


def resolve_fact(project: Project, name: str) -> Path | None:
    """A path among the project's facts; relative ones count from the project, so that both can move together."""
    stored = project.facts.get(name)
    if not isinstance(stored, str) or not stored:
        return None
    return Path(os.path.normpath(project.path.resolve() / stored))


def likely_scripts(project: Path) -> list[Path]:
    """Python files near the project that mention keras-tuner. They are only read.

    Those that also contain the project's name come first, then the nearest.
    """
    found: list[tuple[bool, Path]] = []
    name = project.resolve().name.encode()
    for folder in list(project.resolve().parents)[:3]:
        try:
            candidates = sorted(folder.glob("*.py"))[:50]
        except OSError:
            continue
        for path in candidates:
            try:
                text = files.read_bytes(path)
            except OSError:
                continue
            if b"keras_tuner" in text or b"kerastuner" in text:
                found.append((name not in text, path))
    return [path for _, path in sorted(found, key=lambda item: item[0])]


def _default_cwd(script: Path, project: Path) -> Path:
    """Where people start such a script: its own directory if the project lies under it, else here."""
    return script.parent if script.parent in project.resolve().parents else Path.cwd()


def existing_script(text: str, base: Path) -> Path:
    path = Path(os.path.normpath(base / text))
    if not os.path.isfile(path):
        kind = "is a directory" if os.path.isdir(path) else "does not exist"
        raise TuituneError("No such script", f"{path} {kind}.", "Give the Python file that runs the search.")
    if not os.access(path, os.R_OK):
        raise TuituneError("No such script", f"{path} cannot be read: permission denied.")
    return path


def existing_python(text: str) -> str:
    found = shutil.which(text)
    if found is None:
        raise TuituneError("No such Python", f"{text} is no program that can be started.", "Give --python PATH.")
    return str(Path(found).absolute())


def require_python(python: str, algorithm: str | None) -> None:
    """Whether the training Python can search at all. Imports nothing of it. Raises TuituneError."""
    try:
        done = subprocess.run(
            [python, "-c", _LOOK_AT_PYTHON], capture_output=True, text=True, timeout=60, check=True, cwd="/"
        )
        answer = json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        detail = f" ({error})" if isinstance(error, OSError) else ""
        message = f"{python} does not answer as a Python interpreter{detail}."
        raise TuituneError("Cannot use that Python", message, "Give --python PATH.") from None
    hint = "Give the Python in which you train: --python /path/to/venv/bin/python"
    if tuple(answer["version"]) < (3, 8):
        found = ".".join(map(str, answer["version"]))
        raise TuituneError("Cannot use that Python", f"{python} is Python {found}; 3.8 or later is needed.", hint)
    if "keras_tuner" not in answer["found"]:
        raise TuituneError("No keras-tuner", f"{python} has no keras_tuner.", hint)
    missing = {"sklearn", "scipy"} - set(answer["found"])
    if algorithm == "bayesian" and missing:
        message = f"Bayesian optimization needs scikit-learn and scipy, which {python} lacks."
        raise TuituneError("Cannot use that Python", message, "Install them there, or choose another algorithm.")
