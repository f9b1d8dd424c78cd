"""tuitune: see, narrow and relaunch keras-tuner searches from the terminal.

Standard library only, and next to nothing at import: this file is also loaded by the worker, in the
user's training interpreter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tuitune.analysis.frame import Search

__version__ = "0.1.0"
__all__ = ["__version__", "read"]


def read(path: str | Path) -> Search:
    """Open the keras-tuner project at `path`; `.frame()` of the result is a pandas DataFrame."""
    from tuitune.analysis.frame import read

    return read(path)
