"""Which view a name stands for. A view is loaded when it is wanted for the first time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App

from tuitune.ui.views.base import View

if TYPE_CHECKING:
    from tuitune.ui.session import Session


def make_view(name: str, session: Session) -> View:
    """The view that is opened by that name."""
    view: View
    if name == "space":
        from tuitune.ui.views.space import SpaceView

        view = SpaceView(id="space-view")
    elif name == "rounds":
        from tuitune.ui.views.rounds import RoundsView

        view = RoundsView(id="rounds-view")
    else:
        from tuitune.ui.views.runs import RunsView

        view = RunsView(id="runs-view")
    view.session = session
    return view


def load_style(app: App[Any], part: str) -> None:
    """Read `<part>.tcss` unless it was read already. Widgets mounted from now on follow it."""
    path = str(Path(__file__).parent / f"{part}.tcss")
    if not app.stylesheet.has_source(path):
        app.stylesheet.read(path)
