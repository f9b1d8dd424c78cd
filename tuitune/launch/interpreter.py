"""The Python in which to train: whether it is there, and whether it can search. It is asked only before a start."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tuitune.errors import TuituneError

_LOOK_AT_PYTHON = """
import importlib.util as u, json, sys
names = ("keras_tuner", "sklearn", "scipy")
print(json.dumps({"version": sys.version_info[:3], "found": [n for n in names if u.find_spec(n)]}))
"""


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
