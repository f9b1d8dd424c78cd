"""The list of the projects under a directory."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from tuitune.analysis.text import printable
from tuitune.errors import in_words
from tuitune.project.discover import Found
from tuitune.project.project import Project
from tuitune.ui.commands import PROJECT_LIST, bindings
from tuitune.ui.feeds.list import ListFeed
from tuitune.ui.messages import ReadFailed
from tuitune.ui.screens.project import ProjectScreen
from tuitune.ui.views.registry import all_commands
from tuitune.ui.widgets.keys_line import KeysLine
from tuitune.ui.widgets.line import Lines
from tuitune.ui.widgets.table import LineTable
from tuitune.ui.widgets.table_model import TableColumn, TableModel

READ_EVERY_S = 3.0


class ProjectListScreen(Screen[None]):
    """Projects and rounds under `root`, with what they found."""

    BINDINGS = bindings("projects", PROJECT_LIST)

    class Read(Message):
        """The projects were read."""

        def __init__(self, projects: list[tuple[Project, bool]]) -> None:
            super().__init__()
            self.projects = projects

    def __init__(self, root: Path, found: Found) -> None:
        super().__init__()
        self._root = root
        self._paths = found.paths
        self._feed = ListFeed(root, found)
        self._reading = False
        self._problem = ""  # the last that reading met

    def compose(self) -> ComposeResult:
        """Heading, table, keys."""
        yield Lines(id="heading")
        yield LineTable(id="projects")
        yield KeysLine(id="keys")

    def _heading(self, count: int) -> Text:
        heading = Text(f" {printable(str(self._root.resolve()))} ", style="bold reverse")
        return heading.append(f"  {count} projects", style="not reverse not bold")

    def on_mount(self) -> None:
        """Names first, then what is in them."""
        self.query_one("#heading", Lines).say(self._heading(len(self._paths)))
        names = [TableColumn("project", "project", [self._label(path) for path in self._paths])]
        table = self.query_one(LineTable)
        table.set_model(TableModel(names, list(range(len(self._paths))), [str(path) for path in self._paths]))
        table.focus()
        self.call_after_refresh(self._read)
        self.set_interval(READ_EVERY_S, self._read)

    def _label(self, path: Path) -> str:
        return str(path.relative_to(self._root)) if path != self._root else path.name

    def _read(self) -> None:
        if not self._reading and self.is_current:
            self._reading = True
            self._read_in_thread()

    @work(thread=True, group="read", exit_on_error=False)
    def _read_in_thread(self) -> None:
        try:
            self.post_message(self.Read(self._feed.projects()))
        except Exception as error:
            self.post_message(ReadFailed(in_words(error)))
        finally:
            self._reading = False

    @on(ReadFailed)
    def _read_failed(self, message: ReadFailed) -> None:
        """Say once what could not be read; the list stays as it was."""
        if message.problem != self._problem:
            self._problem = message.problem
            self.notify(message.problem, title="Could not read", severity="warning")

    @on(Read)
    def _read_done(self, message: Read) -> None:
        self._problem = ""
        projects = [project for project, _ in message.projects]
        running = [alive for _, alive in message.projects]
        self.query_one("#heading", Lines).say(self._heading(len(projects)))

        def status(index: int) -> str:
            counts = projects[index].shown_counts()
            return ", ".join(f"{count} {name.lower()}" for name, count in counts.items()) or "no trials yet"

        columns = [
            TableColumn("project", "project", [self._label(project.path) for project in projects]),
            TableColumn("tuner", "tuner", [project.tuner or "unknown" for project in projects]),
            TableColumn("best", "best", [p.best.score if p.best else None for p in projects], True),
            TableColumn("objective", "objective", [_objective(project) for project in projects]),
            TableColumn("trials", "trials", [status(index) for index in range(len(projects))]),
            TableColumn("running", "", ["▶ running" if alive else "" for alive in running]),
            TableColumn("origin", "narrowed from", [project.origin.get("parent") or "" for project in projects]),
            TableColumn("problems", "problems", [len(p.problems) or None for p in projects], True),
        ]
        order = list(range(len(projects)))
        keys = [str(project.path) for project in projects]
        self.query_one(LineTable).set_model(TableModel(columns, order, keys))

    @on(LineTable.RowClicked)
    def action_open(self) -> None:
        """Open the project under the cursor."""
        key = self.query_one(LineTable).highlighted_key
        if key is not None:
            self.app.push_screen(ProjectScreen(Path(key)))

    def action_help(self) -> None:
        """Every key."""
        from tuitune.ui.dialogs.small import Help

        self.app.push_screen(Help(all_commands()))


def _objective(project: Project) -> str:
    if project.objective is None:
        return "unknown"
    return f"{project.objective.name} {project.objective.direction}"
