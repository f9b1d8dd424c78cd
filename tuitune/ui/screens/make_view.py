"""Which view a name stands for. A view is loaded when it is wanted for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuitune.ui.views import View

if TYPE_CHECKING:
    from tuitune.ui.session import Session


def make_view(name: str, session: Session) -> View:
    """The view that is opened by that name."""
    view: View
    if name == "space":
        from tuitune.ui.screens.space_view import SpaceView

        view = SpaceView(id="space-view")
    elif name == "rounds":
        from tuitune.ui.screens.rounds_view import RoundsView

        view = RoundsView(id="rounds-view")
    else:
        from tuitune.ui.screens.runs_view import RunsView

        view = RunsView(id="runs-view")
    view.session = session
    return view
