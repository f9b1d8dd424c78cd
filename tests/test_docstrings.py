"""What docstrings owe their readers: whoever takes five arguments or more says what each of them is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.samples import REPOSITORY

PACKAGE = REPOSITORY / "tuitune"
MANY = 5
# Not called by anybody who would read it: click calls the commands, Textual what overrides its own.
COMMANDS, OVERRIDES = "cli/", {"notify", "render_bar"}


def many_arguments(path: Path) -> list[tuple[str, list[str], str]]:
    """(name, arguments, docstring) of every public function with that many arguments."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
            continue
        names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        names = [name for name in names if name not in ("self", "cls")]
        is_command = any("click" in ast.unparse(decorator) for decorator in node.decorator_list)
        if len(names) >= MANY and not is_command and node.name not in OVERRIDES:
            found.append((node.name, names, ast.get_docstring(node) or ""))
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_function_of_many_arguments_says_what_each_is(path: Path) -> None:
    """In the section `Args:`, by name."""
    for name, arguments, docstring in many_arguments(path):
        described = docstring.partition("Args:")[2]
        missing = [argument for argument in arguments if not re.search(rf"\b{argument}\b", described)]
        assert not missing, f"{name}: {missing}"
