"""Which script may have made a project, where nothing recorded it: Python files near it, looked at and never run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tuitune import files

_LIBRARIES = ("keras_tuner", "kerastuner", "autokeras")
_TUNERS = frozenset(
    {"RandomSearch", "BayesianOptimization", "Hyperband", "GridSearch", "Sklearn", "SklearnTuner", "Tuner", "BaseTuner"}
)
_MOST_FILES = 50  # looked at in one directory
_MOST_BYTES = 1 << 20
_LEVELS_UP = 3


class Guess(NamedTuple):
    """A script that may be the one, and what speaks for it, in words."""

    script: Path
    reason: str
    weight: int  # how much speaks for it


def guess_scripts(project: Path) -> list[Guess]:
    """Scripts near the project that use keras-tuner, the likeliest first: those that name it, then the nearest."""
    found = [
        guess
        for folder in list(project.resolve().parents)[:_LEVELS_UP]
        for path in _python_files(folder)
        if (guess := _look_at(path, project.resolve())) is not None
    ]
    return sorted(found, key=lambda guess: -guess.weight)  # the nearest stay first among equals


def _python_files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".py"))
    except OSError:
        return []
    return [folder / name for name in names[:_MOST_FILES]]


def _look_at(path: Path, project: Path) -> Guess | None:
    """What speaks for the file; None where it does not import keras-tuner, or is no Python."""
    try:
        text = files.read_bytes(path, _MOST_BYTES)
        if not any(library.encode() in text for library in _LIBRARIES):
            return None
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    nodes = list(ast.walk(tree))
    if not any(name.split(".")[0] in _LIBRARIES for node in nodes for name in _imported(node)):
        return None
    builds = any(isinstance(node, ast.Name | ast.Attribute) and _last_name(node) in _TUNERS for node in nodes)
    names = any(isinstance(node, ast.Constant) and node.value == project.name for node in nodes)
    said = ["uses keras-tuner"]
    if builds:
        said.append("builds a tuner")
    if names:
        said.append("names this project")
    return Guess(path, ", ".join(said), 2 * names + builds)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


def _last_name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr
