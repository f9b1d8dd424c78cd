"""The looks of the parts that come after the first frame, one file a part, read when the part is first shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

_FOLDER = Path(__file__).parent


def load_style(app: App[Any], part: str) -> None:
    """Read `<part>.tcss` unless it was read already. Widgets mounted from now on follow it."""
    path = str(_FOLDER / f"{part}.tcss")
    if not app.stylesheet.has_source(path):
        app.stylesheet.read(path)
