"""What the views of a project screen have in common: they are shown a session, and ask for things by message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.message import Message

if TYPE_CHECKING:
    from tuitune.ui.session import Session


class View(Vertical):
    """One view of a project. `show` gives it the session whenever that has changed."""

    session: Session

    class FilterChanged(Message):
        """The user wrote another filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class SortChanged(Message):
        """The user wants to sort by `column`; `also`: within the present order."""

        def __init__(self, column: str, also: bool) -> None:
            super().__init__()
            self.column = column
            self.also = also

    class FamilyToggled(Message):
        """The user wants the trials of all rounds in one table, or of this one again."""

    class RoundWanted(Message):
        """The user wants to open another round."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class NarrowWanted(Message):
        """The user wants a proposal from what the filter leaves."""

    class LaunchWanted(Message):
        """The user wants to search the draft."""

    class ProjectWanted(Message):
        """The user wants to open the project of a run."""

        def __init__(self, run: str) -> None:
            super().__init__()
            self.run = run

    def show(self, session: Session) -> None:
        """Draw the session."""
        raise NotImplementedError

    def focus_main(self) -> None:
        """Put the focus where work begins."""
        raise NotImplementedError
