"""What a project's screen showed when it was last at rest: painted with the first frame, before anything is read.

A saved screen is text and styles, a few kilobytes whatever the size of the project. It is shown only where nothing of
the project has moved since (see `Kind.stamped`), and for the moment that it takes to load what was read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tuitune import files
from tuitune.project.cache.place import drop_cache, screen_place, write_cache
from tuitune.project.sources import stamped_names
from tuitune.ui.widgets.line import segments_of
from tuitune.ui.widgets.table_model import TableColumn, TableModel

_FORMAT = 2
_ROWS = 100  # more than a terminal shows
_WIDEST = 200  # cells of one text

Line = list[tuple[str, str]]  # texts with their styles


class SavedColumn(msgspec.Struct):
    """A column of the table: the texts of its first rows and their classes."""

    name: str
    title: str
    right: bool
    width: int
    cells: list[str]
    classes: list[str | None]


class SavedScreen(msgspec.Struct):
    """The first screen. `stamp` tells whether the project is still as it was, `total` how many rows the table has."""

    path: str
    stamp: list[int]
    heading: Line
    columns: list[SavedColumn]
    keys: list[str]
    row_classes: list[str | None]
    marks: dict[str, str]
    total: int
    count: Line
    detail: list[Line]
    detail_width: int
    format: int = _FORMAT

    def model(self) -> TableModel:
        """The table as it was; rows further down are blank."""
        classes = {column.name: column.classes for column in self.columns}
        return TableModel(
            columns=[
                TableColumn(column.name, column.title, _Cells(column.cells), column.right, str, column.width)
                for column in self.columns
            ],
            order=range(self.total),
            keys=self.keys,
            marks=self.marks,
            row_class=lambda index: self.row_classes[index] if index < len(self.row_classes) else None,
            cell_class=lambda index, name: classes[name][index] if index < len(classes[name]) else None,
        )

    def detail_lines(self) -> list[Text]:
        """The lines of the best trial."""
        return [as_text(line) for line in self.detail]


class _Cells(Sequence[str]):
    """The texts of a column, blank behind the last one that is known."""

    def __init__(self, cells: list[str]) -> None:
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._cells[index] if index < len(self._cells) else ""


def load_screen(path: Path) -> SavedScreen | None:
    """The saved screen of the project at `path`; None where there is none that still holds."""
    place = screen_place(path)
    try:
        saved = msgspec.json.decode(files.read_bytes(place, files.MOST_NOTE_BYTES), type=SavedScreen)
        rows = len(saved.keys)
        whole = all(len(column.cells) == len(column.classes) == rows for column in saved.columns)
        if saved.format == _FORMAT and whole and len(saved.row_classes) == rows <= saved.total:
            return saved if (saved.path, saved.stamp) == (os.path.realpath(path), stamp_of(path)) else None
    except OSError:
        return None
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    drop_cache(place)
    return None


def encode_screen(
    path: Path,
    stamp: list[int],
    model: TableModel,
    widths: Sequence[int],
    heading: Text,
    count: Text,
    detail: Iterable[Text],
    detail_width: int,
    console: Console,
) -> bytes | None:
    """What is on the screen, to be kept; None where it cannot be written down.

    Args:
        path: of the project.
        stamp: that of the project before it was read for the last time.
        model: the table.
        widths: of its columns, in cells.
        heading, count: the title, and what the filter leaves.
        detail: the lines of the trial under the cursor; none where they are not the best trial's.
        detail_width: the cells for which these lines were made.
        console: tells the colours of named styles.
    """
    rows = [model.order[place] for place in range(min(_ROWS, len(model.order)))]
    saved = SavedScreen(
        path=os.path.realpath(path),
        stamp=stamp,
        heading=as_line(heading, console),
        columns=[
            SavedColumn(
                name=column.name,
                title=column.title[:_WIDEST],
                right=column.right,
                width=width,
                cells=[column.show(column.values[row])[:_WIDEST] for row in rows],
                classes=[model.cell_class(row, column.name) for row in rows],
            )
            for column, width in zip(model.columns, widths, strict=True)
        ],
        keys=[model.keys[row] for row in rows],
        row_classes=[model.row_class(row) for row in rows],
        marks=dict(model.marks),
        total=len(model.order),
        count=as_line(count, console),
        detail=[as_line(text, console) for text in detail],
        detail_width=detail_width,
    )
    try:
        return msgspec.json.encode(saved)
    except (ValueError, TypeError, OverflowError):  # half a character in a name
        return None


def save_screen(path: Path, data: bytes) -> None:
    """Keep what `encode_screen` gave. Where that cannot be done, the next time takes longer, and no more."""
    write_cache(screen_place(path), data)


def as_line(text: Text, console: Console) -> Line:
    """`text` in parts of one style."""
    return [(part.text, str(part.style)) for part in segments_of(text, console, Style.null()) if part.text]


def as_text(line: Line) -> Text:
    """The inverse of `as_line`."""
    return Text.assemble(*line, no_wrap=True, overflow="ellipsis")


def stamp_of(path: Path) -> list[int]:
    """What moves when a search writes, or somebody says something about the project."""
    stamp = []
    for name in stamped_names(path):
        try:
            status = os.stat(path / name)
        except (OSError, ValueError):
            stamp.append(0)
        else:
            stamp += [status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size]
    return stamp
