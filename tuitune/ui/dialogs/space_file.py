"""Asks for a file to keep the edited space in, or to take one from, and does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tuitune import files
from tuitune.analysis.text import printable_lines
from tuitune.errors import TuituneError, describe_os_error
from tuitune.narrowing.draft import Draft, Space, space_from_json, space_to_json
from tuitune.project.project import Project
from tuitune.ui.widgets.line import Lines

TITLE = "Cannot use the file"


class _AskFile(ModalScreen[Any]):
    """One field for a path. Enter does it; where that fails it says why, and asks again."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[Any]] = [("escape", "dismiss", "Leave it")]
    title_text = ""

    def __init__(self, project: Project, draft: Draft) -> None:
        super().__init__()
        self._project, self._draft = project, draft

    def compose(self) -> ComposeResult:
        """The field, and room for what is wrong."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = Text(self.title_text)
            box.border_subtitle = "enter does it, esc leaves it"
            yield Input(str(self._project.path.parent / f"{self._project.name}-space.json"), compact=True, id="path")
            yield Lines(id="path-problem", wraps=True)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        path = Path(message.value.strip()).expanduser()
        try:
            if not message.value.strip() or "\0" in message.value:
                raise TuituneError(TITLE, "no file is named.")
            self.dismiss(self.carry_out(path))
        except TuituneError as error:
            self._say(str(error))
        except OSError as error:
            self._say(f"{TITLE}: {path}: {describe_os_error(error)}.")

    def _say(self, problem: str) -> None:
        self.query_one("#path-problem", Lines).say(Text("\n".join(printable_lines(problem)), style="red"))

    def carry_out(self, path: Path) -> object:
        """Do it; what it returns is the answer. Raises TuituneError or OSError."""
        raise NotImplementedError


class WriteSpace(_AskFile):
    """Writes the space as `HyperParameters.from_config` and `relaunch --space` take it; answers the path."""

    title_text = "Write this space to a file"

    def __init__(self, project: Project, draft: Draft) -> None:
        super().__init__(project, draft)
        self._warned: Path | None = None

    def carry_out(self, path: Path) -> Path:
        """Write; a file that is there only when it was said once. Nothing in the project is written."""
        if self._project.path.resolve() in path.resolve().parents:
            raise TuituneError(TITLE, f"{path} lies in the project, which is left alone.")
        if path.is_dir():
            raise TuituneError(TITLE, f"{path} is a directory.")
        if path.exists() and path != self._warned:
            self._warned = path
            raise TuituneError("It is there already", f"enter again overwrites {path}.")
        files.write_atomic(path, space_to_json(self._draft.space))
        return path


class ReadSpace(_AskFile):
    """Reads a space; answers it, where the project can be searched with it."""

    title_text = "Take the space from a file"

    def carry_out(self, path: Path) -> Space:
        """Read and check."""
        try:
            text = files.read_bytes(path, files.MOST_NOTE_BYTES).decode()
        except UnicodeDecodeError:
            raise TuituneError(TITLE, f"{path} is not a text file.") from None
        return space_from_json(text, self._project.space, str(path))
