"""What the reading threads tell the screen. Threads only post these; the screen alone changes state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tuitune.analysis.columns import TrialColumns
    from tuitune.analysis.family import FamilyColumns, Round
    from tuitune.launch.events import RunStatus
    from tuitune.launch.plan import Plan
    from tuitune.project.curves import Curves
    from tuitune.project.project import Project


class ProjectRead(Message):
    """The project has changed on disk and was read."""

    def __init__(self, project: Project, table: TrialColumns) -> None:
        super().__init__()
        self.project = project
        self.table = table


class AtRest(Message):
    """The project was read whole, and did not change since; `stamp` is its state before the last look at it."""

    def __init__(self, stamp: list[int]) -> None:
        super().__init__()
        self.stamp = stamp


class FamilyRead(Message):
    """The rounds of the project's family were read, and their trials joined in one table."""

    def __init__(self, rounds: Sequence[Round], table: FamilyColumns) -> None:
        super().__init__()
        self.rounds = rounds
        self.table = table


class RunsRead(Message):
    """The runs of this machine as they stand now, and the end of one run's log."""

    def __init__(self, runs: Sequence[RunStatus], log_of: str | None, log: list[str]) -> None:
        super().__init__()
        self.runs = runs
        self.log_of = log_of
        self.log = log


class ReadFailed(Message):
    """Something could not be read; the screen goes on with what it has."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem


class CurvesRead(Message):
    """The curves of one trial of a project were read."""

    def __init__(self, project: Project, trial_id: str, curves: Curves) -> None:
        super().__init__()
        self.project = project
        self.trial_id = trial_id
        self.curves = curves


class Planned(Message):
    """A relaunch was thought through: a plan, or the sentence why not. `request` numbers the question."""

    def __init__(self, request: int, plan: Plan | None, problem: str) -> None:
        super().__init__()
        self.request = request
        self.plan = plan
        self.problem = problem


class Started(Message):
    """A search was started, or the sentence why not."""

    def __init__(self, run: str | None, problem: str) -> None:
        super().__init__()
        self.run = run
        self.problem = problem
