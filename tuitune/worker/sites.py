"""Where a script searches: the calls of `….search(…)`, found by reading it, each at the line that brings them about.

A search in a function counts where the function is named outside all functions, as often as it is named there.
"""

from __future__ import annotations

import ast
import sys
from typing import Any, Dict, List, NamedTuple, Set, Tuple

_MOST = 1000  # searches of one function; more is as good


class Sites(NamedTuple):
    """A line for each search, and whether one of them is in a loop."""

    lines: List[int]
    is_in_a_loop: bool

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.lines)

    def after(self, line: int) -> int:
        """How many come at or after a line."""
        return sum(site >= line for site in self.lines)


class _Body(NamedTuple):
    """What one function brings about, or what stands outside all: its searches, and the names that it loads.

    Each with its line, and whether it is in a loop.
    """

    searches: List[Tuple[int, bool]]
    names: List[Tuple[str, int, bool]]


def search_sites(script: str) -> Sites:
    """The searches of the file `script`; none where it cannot be read, which it says itself when it is played."""
    try:
        with open(script, "rb") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Sites([], False)
    functions: Dict[str, _Body] = {}
    main = _read(tree, functions)
    counts = _Counts(functions)
    lines, is_in_a_loop = counts.searches_of(main)
    for name, body in functions.items():
        if body.searches and name not in counts.reached:  # called in a way that cannot be read
            lines = lines + [line for line, _ in body.searches]
            is_in_a_loop = is_in_a_loop or any(looped for _, looped in body.searches)
    return Sites(sorted(lines), is_in_a_loop)


class _Counts:
    """How many searches each function brings about; one that calls itself counts once."""

    def __init__(self, functions: Dict[str, _Body]) -> None:
        self._functions = functions
        self._known: Dict[str, Tuple[int, bool]] = {}
        self.reached: Set[str] = set()

    def searches_of(self, body: _Body) -> Tuple[List[int], bool]:
        """The lines of `body` that bring searches about, as often as they do, and whether one is in a loop."""
        lines = [line for line, _ in body.searches]
        is_in_a_loop = any(looped for _, looped in body.searches)
        for name, line, looped in body.names:
            count, loops = self._of(name)
            lines += [line] * min(count, _MOST - len(lines))
            is_in_a_loop = is_in_a_loop or loops or (looped and count > 0)
        return lines, is_in_a_loop

    def _of(self, name: str) -> Tuple[int, bool]:
        if name not in self._functions:
            return 0, False
        if name not in self._known:
            self.reached.add(name)
            self._known[name] = (0, False)  # while it is looked at
            lines, is_in_a_loop = self.searches_of(self._functions[name])
            self._known[name] = (len(lines), is_in_a_loop)
        return self._known[name]


def _read(tree: ast.AST, functions: Dict[str, _Body]) -> _Body:
    """What stands in `tree` outside its functions; these are added to `functions`."""
    body = _Body([], [])
    stack: List[Any] = [(child, False) for child in ast.iter_child_nodes(tree)]
    while stack:
        node, looped = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions[node.name] = _read(node, functions)
            continue
        looped = looped or isinstance(node, (ast.For, ast.While, ast.AsyncFor, ast.ListComp))
        if isinstance(node, ast.Call) and _is_search(node.func):
            body.searches.append((node.lineno, looped))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            body.names.append((node.id, node.lineno, looped))
        elif isinstance(node, ast.Attribute) and node.attr != "search":  # a method
            body.names.append((node.attr, node.lineno, looped))
        stack += [(child, looped) for child in ast.iter_child_nodes(node)]
    return body


def _is_search(function: Any) -> bool:
    is_regex = isinstance(getattr(function, "value", None), ast.Name) and function.value.id in ("re", "regex")
    return isinstance(function, ast.Attribute) and function.attr == "search" and not is_regex


def line_of(script: str) -> int:
    """The line of the script itself, outside its functions, that is carried out now; 0 where it is none of it."""
    frame, line = sys._getframe(), 0
    while frame is not None:
        if frame.f_code.co_filename == script:
            line = frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return line
