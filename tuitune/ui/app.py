"""The app: which screen a path opens. Loads nothing that the first frame does not need."""

from __future__ import annotations

from pathlib import Path

from textual.app import App
from textual.notifications import SeverityLevel

from tuitune.analysis.text import printable, printable_lines
from tuitune.errors import TuituneError
from tuitune.project.discover import find_projects
from tuitune.project.open import is_project
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.screens.project_list import ProjectListScreen
from tuitune.ui.screens.trials_view import WIDE


class TuituneApp(App[None]):
    """Opens one project, or the list of the projects found under `root`."""

    CSS_PATH = "tuitune.tcss"
    TITLE = "tuitune"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-medium"), (118, "-wide")]

    def __init__(self, root: Path, paths: list[Path]) -> None:
        super().__init__()
        self.animation_level = "none"  # nothing moves: each step would travel over the line
        self._root = root
        self._paths = paths

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Names from files come into notices too: they are text, without markup and without control characters."""
        text = "\n".join(printable_lines(message))
        super().notify(text, title=printable(title), severity=severity, timeout=timeout, markup=markup)

    def on_mount(self) -> None:
        """Open the one project, or the list."""
        if self._paths == [self._root]:
            self.push_screen(ProjectScreen(self._root))
        else:
            self.push_screen(ProjectListScreen(self._root, self._paths))


def make_app(path: str) -> TuituneApp:
    """The app for `path`. Raises TuituneError where there is nothing to open."""
    root = Path(path)
    if is_project(root):
        return TuituneApp(root, [root])
    paths = find_projects(root)
    if not paths:
        raise TuituneError(
            "Not a keras-tuner project",
            f"{root} holds neither oracle.json nor a trial_* directory, and no project lies under it.",
            "Give the directory that the tuner wrote: <directory>/<project_name>.",
        )
    return TuituneApp(root, paths)


def open_screen(path: str) -> int:
    """Run the screen on `path`; returns the exit status."""
    app = make_app(path)
    app.run()
    return app.return_code or 0
