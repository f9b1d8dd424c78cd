"""What a view of a project is to its screen: it is told what changed, and asks for things by message.

A view declares its keys (`COMMANDS`), what it follows, and whether it shows trials. The screen owns the session and
the filter; the view reads `session.order`, which the filter leaves, and draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.message import Message

from tuitune.ui.commands import Command, bindings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tuitune.launch.events import RunStatus
    from tuitune.ui.feeds.project import Feed
    from tuitune.ui.screen_cache import SavedScreen
    from tuitune.ui.session import Session

# What a view can follow.
PROJECT, FAMILY, RUNS = "project", "family", "runs"


class View(Vertical):
    """One view of a project. While it is in front, it is told of what it follows.

    Class attributes that a view sets:
        COMMANDS: its keys; each is a method `action_<name>` of the view.
        follows: those of PROJECT, FAMILY and RUNS of whose new states it is told.
        shows_trials: whether the filter line, its keys and "n of m" belong to it; then it is told of each filter too.
        wants_family: whether the other rounds are to be read while it is in front.
    """

    COMMANDS: ClassVar[tuple[Command, ...]] = ()
    follows: ClassVar[frozenset[str]] = frozenset()
    shows_trials: ClassVar[bool] = False
    wants_family: ClassVar[bool] = False

    session: Session  # set by the screen, before the view is mounted or as soon as there is one
    feed: Feed | None = None  # what reads curves, once there is one

    def __init_subclass__(cls, **more: Any) -> None:
        if "COMMANDS" in cls.__dict__:
            cls.BINDINGS = bindings(cls.__name__.removesuffix("View").lower(), cls.COMMANDS)
        super().__init_subclass__(**more)

    class FilterChanged(Message):
        """The user wants another filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class SortChanged(Message):
        """The user wants to sort by `column`; `also`: within the present order."""

        def __init__(self, column: str, also: bool) -> None:
            super().__init__()
            self.column = column
            self.also = also

    class ProjectWanted(Message):
        """The user wants to open another project: another round, say."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class RunWanted(Message):
        """The user wants to open the project of a run."""

        def __init__(self, run: str) -> None:
            super().__init__()
            self.run = run

    # ------------------------------------------------------------------------------------- what a view must do

    def show(self, session: Session) -> None:
        """Draw the session as it stands. Called when the view comes to the front, and when filter or order change."""
        raise NotImplementedError

    def focus_main(self) -> None:
        """Put the focus where work begins."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------------- what a view may do

    def told(self, what: str) -> None:
        """`what`, one of those it follows, has a new state in the session."""
        self.show(self.session)

    def opened(self, afresh: bool) -> None:
        """It comes to the front, before it is shown. `afresh`: it was asked to begin again, from the present filter."""

    @property
    def watched_run(self) -> RunStatus | None:
        """The run whose log is to be read while it is in front."""
        return None

    @property
    def cell(self) -> tuple[str, object] | None:
        """The column and the value under the cursor, which `=` filters by; None where there are none."""
        return None

    @property
    def is_behind(self) -> bool:
        """Whether it still waits for something that it is going to show."""
        return False

    @property
    def is_drawn(self) -> bool:
        """Whether all that it is going to show of the present session is on the screen."""
        return not self.is_behind

    # ------------------------------------------------------------------------- what the first view does besides

    def recall(self, saved: SavedScreen) -> None:
        """Show what was there the last time, until there is a session."""

    def to_save(self, stamp: list[int], heading: Text, console: Console) -> bytes | None:
        """What is there, to be recalled the next time; None where it is not what a new screen would show."""
        return None
