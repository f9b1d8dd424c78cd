"""The imports inside of functions, each with its reason. Everything else is imported at the top of its file.

An import is put off where the first frame would wait for it, or a command of the shell, or where only a rare path
needs it. Times are of a machine with two slow cores.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.samples import REPOSITORY

PACKAGE = REPOSITORY / "tuitune"

BEHIND_THE_FRAME = "loaded behind the first frame; with what it brings it takes some 90 ms"
RARE = "a rare path"

DEFERRED = {
    # what a notebook, a script or the shell asks for
    ("__init__.py", "tuitune.analysis.frame"): "the worker imports the package, and must load next to nothing",
    ("analysis/frame.py", "pandas"): "0.2 s; only for notebooks",
    ("analysis/vectors.py", "numpy"): "30 ms; only for tables of many rows, in a thread",
    ("cli/__init__.py", "tuitune.cli.commands"): "the screen opens without click and the commands",
    ("cli/__init__.py", "tuitune.cli.reading"): "only where --objective is given",
    ("cli/__init__.py", "tuitune.ui.app"): "a command of the shell opens without Textual; the TLS library is kept away",
    # before the first frame
    ("ui/app.py", "tuitune.ui.screens.project_list"): "a project opens without the list: 8 ms",
    ("ui/app.py", "tuitune.ui.terminal.driver"): "19 ms; not with --no-diff",
    ("ui/screens/project.py", "tuitune.ui.screen_cache"): "msgspec; only where a screen was saved",
    # behind the first frame
    ("ui/screens/project.py", "tuitune.ui.feeds.project"): BEHIND_THE_FRAME,
    ("ui/screens/project.py", "tuitune.ui.session"): BEHIND_THE_FRAME,
    ("ui/screens/project.py", "tuitune.ui.drawing.heading"): BEHIND_THE_FRAME,
    ("ui/views/trials.py", "tuitune.ui.drawing.trials_table"): BEHIND_THE_FRAME,
    ("ui/views/trials.py", "tuitune.ui.screen_cache"): BEHIND_THE_FRAME,
    ("ui/widgets/detail.py", "tuitune.ui.drawing.trial_text"): BEHIND_THE_FRAME,
    ("ui/drawing/chart.py", "plotext"): "13 ms; with the first plot",
    # dialogs, when they are opened
    ("ui/screens/project.py", "tuitune.ui.dialogs.small"): RARE,
    ("ui/screens/project.py", "tuitune.ui.dialogs.objective"): RARE,
    ("ui/screens/project_list.py", "tuitune.ui.dialogs.small"): RARE,
    ("ui/views/space.py", "tuitune.ui.dialogs.launch"): "14 ms; the launch with all that plans it",
    # rare paths
    ("cli/__init__.py", "tuitune.analysis.text"): RARE,
    ("ui/views/runs.py", "tuitune.launch.resume"): RARE,
    ("ui/views/runs.py", "tuitune.launch.start"): RARE,
    ("ui/terminal/driver.py", "curses"): "asks once what a terminal can do; not every Python has it",
    ("project/keras_tuner/scan.py", "concurrent.futures"): "threads, only where files are slow to answer",
    ("worker/main.py", "tuitune.worker.play"): "the package is loaded from beside the file first",
    ("worker/warm_oracles.py", "tuitune.worker.model.propose"): "numpy and scipy, only for a warm Bayesian round",
}


def deferred(path: Path) -> set[tuple[str, str]]:
    """(file, module) of every import of a file that does not stand at its top."""
    tree = ast.parse(path.read_text())
    inner = [
        node
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    ]
    inner += [node for part in tree.body if isinstance(part, ast.If) and is_main(part) for node in ast.walk(part)]
    found = set()
    for node in inner:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            files = {name for name in modules if (REPOSITORY / f"{name.replace('.', '/')}.py").is_file()}
            found |= files or {node.module}
    return {(str(path.relative_to(PACKAGE)), name) for name in found}


def is_main(part: ast.If) -> bool:
    """Whether it is the `if __name__ == "__main__"` of a file."""
    return "__main__" in ast.unparse(part.test)


def test_each_import_that_is_put_off_stands_in_the_list_with_its_reason() -> None:
    """None more and none less: whoever puts one off says why, whoever brings one back takes it off the list."""
    found = {item for path in PACKAGE.rglob("*.py") for item in deferred(path)}
    assert found - DEFERRED.keys() == set()
    assert DEFERRED.keys() - found == set()
