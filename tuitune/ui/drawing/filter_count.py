"""What the filter leaves, in words: the right end of the filter line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from tuitune.ui.session import Session


def filter_count(session: Session, room: int) -> Text:
    """`38 of 40, 2 hidden`, or what is wrong with the filter; as wide at the next key, or each would need a new layout.

    `room`: for a sentence, in cells.
    """
    total = str(len(session.table))
    count = Text(f"{len(session.order):>{len(total)}} of {total}", style="bold")
    if session.filter_error:
        count.append(f"  {session.filter_error}", style="not bold red")
        count.truncate(room, overflow="ellipsis", pad=True)
    elif len(session.order) < len(session.table):
        hidden = f"{len(session.table) - len(session.order):>{len(total)}}"
        count.append(f", {hidden} hidden", style="not bold yellow")
    return count
