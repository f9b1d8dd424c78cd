"""What is being narrowed: the draft of a space, the proposals for it, and the trials that they were made from.

The Space view owns one and edits its draft; the launch dialog reads it. What is shown beside it is the session.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuitune.analysis.rank_classes import Mark, RankedTrial, marks_of, rank_trials
from tuitune.errors import TuituneError
from tuitune.narrowing.draft import Draft, Key
from tuitune.narrowing.estimate import Estimator
from tuitune.narrowing.proposal import Proposal
from tuitune.narrowing.select import Selection, propose_from, select
from tuitune.project.project import Project
from tuitune.project.space import Hyperparameter
from tuitune.project.trials import Trial
from tuitune.ui.session import Session


class Narrowing:
    """The draft of a session's project. `propose` makes it; the Space view alone changes it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.draft: Draft | None = None
        self.proposals: list[Proposal] = []
        self.basis = ""  # the trials that they were made from, in words; or why there are none
        self.where = ""  # the filter that chose them
        self.is_family = False  # whether they were chosen among the trials of all rounds
        self._selection: Selection | None = None
        self._ranked: list[RankedTrial] | None = None
        self._marks: dict[Key, list[Mark]] = {}
        self._estimator: tuple[Sequence[Project], Estimator] | None = None

    @property
    def project(self) -> Project:
        """The project whose space is narrowed."""
        return self.session.project

    def propose(self) -> None:
        """A draft of the project's space, with proposals from what the filter leaves, or from the best.

        A draft that was changed stays: edits outlive a new proposal.
        """
        session, project = self.session, self.session.project
        if self.draft is None or not self.draft.changes() or self.draft.parent != project.space:
            self.draft = Draft(project.space) if project.space and project.can.narrow else None
        self.proposals, self._selection = [], None
        self._marks.clear()
        self._ranked = self._estimator = None
        where = "" if session.filter_error else session.where
        if not project.space:
            self.basis = f"{project.name} has no search space yet: oracle.json holds none."
            return
        try:
            family = session.joined if session.shows_family else None
            selection = select(project, where, family=family)
            self.proposals = propose_from(project, selection)
            self._selection = selection
            self.basis, self.where, self.is_family = selection.description, where, family is not None
        except TuituneError as error:
            self.basis, self.where = error.message, ""

    @property
    def good(self) -> list[Trial]:
        """The trials behind the proposals, best first."""
        return [] if self._selection is None else self._selection.good

    @property
    def chosen(self) -> list[str]:
        """Their ids."""
        return [trial.trial_id for trial in self.good]

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials that the proposals were made from; those of the project where there are none."""
        selection = self._selection
        return self.project.trials if selection is None else selection.good + selection.others

    def proposal(self, key: Key) -> Proposal | None:
        """The proposal for one hyperparameter."""
        return next((proposal for proposal in self.proposals if proposal.parent.key == key), None)

    def marks(self, hp: Hyperparameter) -> list[Mark]:
        """Where on the scale of `hp` trials were tried when the proposals were made, and how they rank."""
        objective = self.project.objective
        if self._ranked is None:
            gains = self._selection.gains if self._selection is not None else {}
            self._ranked = rank_trials(self.trials, objective, gains) if objective is not None else []
        if hp.key not in self._marks:
            self._marks[hp.key] = marks_of(hp, self._ranked)
        return self._marks[hp.key]

    @property
    def estimator(self) -> Estimator:
        """What says of the draft what it buys, by the trials that the proposals were made from."""
        earlier = self.session.earlier
        known = self._estimator
        # The draft's own project changes each second; only other earlier rounds are asked again.
        if known is None or list(map(id, known[0])) != list(map(id, earlier)):
            known = self._estimator = (earlier, Estimator(self.project, self.good, earlier))
        return known[1]
