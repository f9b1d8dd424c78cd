"""Ends a script at its search(), also one that catches everything.

The end of a search comes as an exception through the script. A bare `except:` around `search()` would take it for a
failure and play the rest; at the first line of such a handler the process ends instead.
"""

from __future__ import annotations

import ast
import atexit
import os
import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple

_Ranges = List[Tuple[int, int]]


class StopRun(BaseException):
    """The user stops the run. Not an Exception: keras-tuner would take that for a failed trial."""


class SearchEnded(BaseException):
    """The search that the script was played for has ended; the rest of the script is not."""


def end_in_handlers(leave: Callable[[], None]) -> None:
    """From now on, call `leave` where a handler of the callers' own code catches what is raised next.

    Handlers that raise again, those of installed packages, and `finally` are let alone.
    """
    known: Dict[str, _Ranges] = {}

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if event == "line" and any(first <= frame.f_lineno <= last for first, last in known.get(name, ())):
            sys.settrace(None)
            leave()
        return trace

    frame = sys._getframe()
    while frame is not None:
        name = frame.f_code.co_filename
        if name not in known:
            known[name] = _catch_alls(name)
        if known[name]:
            frame.f_trace = trace
        frame = frame.f_back  # type: ignore[assignment]
    if any(known.values()):
        sys.settrace(lambda *_: None)


def stop_watching() -> None:
    """The exception came through: there is nothing to look for any more."""
    sys.settrace(None)


def leave_now(code: int) -> None:
    """End this process with what it does at its end, but without the rest of the script."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _catch_alls(name: str) -> _Ranges:
    """The lines of the handlers in a file that catch everything and do not raise again."""
    if os.sep + "site-packages" + os.sep in name or name.startswith((sys.prefix, sys.base_prefix, "<")):
        return []
    if name.startswith(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))):
        return []
    try:
        with open(name, "rb") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and _is_open(node)]
    return [(node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno) for node in handlers]


def _is_open(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    catches_all = any(kind is None or (isinstance(kind, ast.Name) and kind.id == "BaseException") for kind in kinds)
    return catches_all and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))
