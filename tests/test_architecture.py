"""The shape of the package: what is loaded when, how long things are, one registry of commands."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path

import pytest
from textual.dom import DOMNode

from tests.samples import DIGITS, REPOSITORY
from tuitune.ui import commands
from tuitune.ui.app import TuituneApp
from tuitune.ui.commands import Command, bindings
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.screens.project_list import ProjectListScreen
from tuitune.ui.views.base import FAMILY, PROJECT, RUNS
from tuitune.ui.views.registry import VIEWS, Entry, view_class, view_commands

PACKAGE = REPOSITORY / "tuitune"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 350, 60
HEAVY = {"keras", "keras_tuner", "tensorflow", "pandas", "numpy", "pyarrow", "plotext", "sklearn", "scipy"}

FIRST_FRAME = """
import asyncio, sys
from textual.pilot import Pilot
from tuitune.ui.app import make_app

async def main():
    app = make_app(sys.argv[1])
    async with app.run_test(size=(120, 40)):
        text = "\\n".join(strip.text for strip in app.screen._compositor.render_strips())
        loaded = sorted({name.partition(".")[0] for name in sys.modules})
        assert sys.argv[2] in text, text
    print("LOADED", *loaded)

asyncio.run(main())
"""
# What a thread loads after the frame is not what the frame waits for: here nothing may be read before it.
WITHOUT_READING = """
import tuitune.ui.screens.project as project, tuitune.ui.screens.project_list as project_list
project.ProjectScreen._fill = lambda self: None
project_list.ProjectListScreen._read = lambda self: None
"""


def run_python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(statement: str) -> set[str]:
    """Names of all modules in a fresh interpreter after `statement`."""
    return set(run_python(f"{statement}\nimport sys\nprint(*sys.modules)").split())


def top(names: set[str]) -> set[str]:
    """Top-level packages of module names."""
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(("path", "shown"), [("random", "random   reading"), (".", "4 projects")])
def test_the_first_frame_waits_for_no_heavy_library(path: str, shown: str) -> None:
    """A project and the list of projects are painted without plotext, pandas or numpy; never with keras."""
    printed = run_python(WITHOUT_READING + FIRST_FRAME, str(DIGITS / path), shown)
    loaded = set(printed.split("LOADED", 1)[1].split())
    assert "textual" in loaded
    assert not loaded & HEAVY


def test_the_screen_with_rows_and_a_curve_never_loads_keras_or_pandas() -> None:
    """Once everything was read and drawn plotext is there, but still nothing that trains or analyses."""
    code = FIRST_FRAME.replace("        assert sys.argv[2] in text, text\n", "").replace(
        "run_test(size=(120, 40)):",
        """run_test(size=(120, 40)) as pilot:
        for _ in range(600):
            await pilot.pause(0.05)
            if "┌──" in "\\n".join(strip.text for strip in app.screen._compositor.render_strips()):
                break""",
    )
    loaded = set(run_python(code, str(DIGITS / "bayesian")).split("LOADED", 1)[1].split())
    assert "plotext" in loaded
    assert not loaded & (HEAVY - {"plotext"})


def test_import_tuitune_loads_no_library() -> None:
    """The worker and a notebook import it: it must cost nothing."""
    assert not top(loaded_by("import tuitune")) & (HEAVY | {"textual", "rich", "click", "msgspec", "platformdirs"})


@pytest.mark.parametrize("module", ["tuitune.launch.supervisor", "tuitune.launch.protocol", "tuitune.files"])
def test_what_runs_in_the_background_is_standard_library_only(module: str) -> None:
    """The supervisor lives for days beside the training: it loads the standard library and tuitune alone."""
    before = top(loaded_by("pass"))
    new = top(loaded_by(f"import {module}")) - before - {"tuitune"}
    assert not {name for name in new if name not in sys.stdlib_module_names}


def test_the_worker_loads_only_the_standard_library_before_the_script_runs() -> None:
    """Its modules are imported in the user's interpreter, where tuitune's libraries need not be."""
    before = top(loaded_by("pass"))
    new = top(loaded_by("import tuitune.worker.main, tuitune.worker.report")) - before - {"tuitune"}
    assert not {name for name in new if name not in sys.stdlib_module_names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    """A docstring, at most 350 lines, and no function of more than 60."""
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= LONGEST_FILE
    long = [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_printed_or_put_off(path: Path) -> None:
    """No print to stdout outside the worker, whose output is its log, and no note of something left to do."""
    text = path.read_text()
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and not any(keyword.arg == "file" for keyword in node.keywords)
    ]
    assert not calls or path.parent.name == "worker"
    notes = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string)
    ]
    assert not notes


def test_public_parts_of_the_screen_say_what_they_are() -> None:
    """Each class, function and method of the screen has a docstring."""
    bare = []
    for path in (PACKAGE / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not ast.get_docstring(node):
                bare.append(node.name)
            for part in node.body if isinstance(node, (ast.ClassDef, ast.Module)) else []:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and not part.name.startswith("_"):
                    bare += [] if ast.get_docstring(part) else [part.name]
    assert not bare


def places() -> dict[str, tuple[type[DOMNode], tuple[Command, ...]]]:
    """Every place that has keys: who carries them out, and the commands."""
    views = {entry.name: (view_class(entry), view_class(entry).COMMANDS) for entry in VIEWS}
    on_screen = (*view_commands(), *commands.SCREEN, *commands.TRIALS_SHOWN)
    return {"screen": (ProjectScreen, on_screen), "list": (ProjectListScreen, commands.PROJECT_LIST), **views}


PLACES = places()


@pytest.mark.parametrize(
    ("owner", "command"),
    [pytest.param(owner, c, id=f"{name}-{c.key}") for name, (owner, these) in PLACES.items() for c in these],
)
def test_every_command_can_be_carried_out_and_explained(owner: type, command: Command) -> None:
    """A method of its place does it, the help says what, and what the last line shows has a label."""
    if command.action.startswith("app."):
        owner = TuituneApp
    name = command.action.removeprefix("app.").partition("(")[0]
    assert callable(getattr(owner, f"action_{name}", None))
    assert command.help
    assert command.label or not command.footer


@pytest.mark.parametrize("place", PLACES)
def test_no_key_is_declared_twice_in_one_place(place: str) -> None:
    """One key, one meaning, in each place."""
    keys = Counter(key for command in PLACES[place][1] for key in command.key.split(","))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("entry", VIEWS, ids=lambda entry: entry.name)
def test_no_view_takes_a_key_of_the_screen(entry: Entry) -> None:
    """1 to 9, ?, esc and q mean the same in every view of a project, the filter's keys where trials are shown."""
    view = view_class(entry)
    shared = [*view_commands(), *commands.SCREEN, *(commands.TRIALS_SHOWN if view.shows_trials else ())]
    assert not {command.key for command in shared} & {command.key for command in view.COMMANDS}


@pytest.mark.parametrize("entry", VIEWS, ids=lambda entry: entry.name)
def test_a_view_follows_what_there_is_and_binds_what_it_declares(entry: Entry) -> None:
    """It names what it follows; its bindings are made of its commands, and of nothing beside them."""
    view = view_class(entry)
    assert view.follows <= {PROJECT, FAMILY, RUNS}
    assert bindings(entry.name, view.COMMANDS) == view.BINDINGS


def test_views_have_names_and_keys_of_their_own() -> None:
    """The registry holds each name and each key once, the digits in their order."""
    assert len({entry.name for entry in VIEWS}) == len({entry.key for entry in VIEWS}) == len(VIEWS)
    digits = [entry.key for entry in VIEWS if entry.key.isdigit()]
    assert digits == sorted(digits)
