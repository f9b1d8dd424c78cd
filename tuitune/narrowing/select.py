"""Which trials a proposal is made from: those that the filter leaves, or the best share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from tuitune.analysis.columns import build_columns, filter_rows
from tuitune.analysis.family import FamilyColumns, is_same, row_key
from tuitune.analysis.ranking import badness_by, best_of, comparable, epoch_gains, parse_top
from tuitune.analysis.sampling import fair_rows
from tuitune.errors import TuituneError
from tuitune.narrowing.p_values import ranks
from tuitune.narrowing.proposal import Proposal, keep
from tuitune.narrowing.propose import propose
from tuitune.project.compatible import part_inside
from tuitune.project.project import Project
from tuitune.project.trials import Trial

DEFAULT_TOP = "20%"
TITLE = "Nothing to narrow from"


class Selection(NamedTuple):
    """The good trials (best first), the others that ended, and how they were chosen, in words.

    `badness` of the good and then of the others, None for those that are no fair sample; the trials that a filter
    leaves are better than those that it hides.
    `gains`: what the rest of a whole training would change in a score, by epochs.
    `tie`: why nothing can be proposed from them, where all have the same score.
    """

    good: list[Trial]
    others: list[Trial]
    badness: list[float | None]
    description: str
    gains: Mapping[int, float | None]
    tie: str = ""


def select(project: Project, where: str = "", top: str = "", family: FamilyColumns | None = None) -> Selection:
    """Good trials and their contrast. Without `where` and `top`, the best 20 %, and what ties with the last of them.

    With `family`, the trials of all rounds: of the others those that lie in the space of `project`. Of a Hyperband
    ladder only the highest rung counts. Raises TuituneError where no trial is left.
    """
    if not project.can.narrow:
        raise TuituneError(TITLE, f"{project.path.name} holds results, and no search space that could be narrowed.")
    if project.objective is None and not project.counts().get("COMPLETED"):
        raise TuituneError(TITLE, f"{project.path.name}: no trial has finished with a score.")
    if project.objective is None:
        raise TuituneError(TITLE, f"{project.path.name}: which metric is the objective, and its direction, is unknown.")
    if family is None:
        everything = list(project.trials)  # made once: they are gone through many times
        trials, gains = comparable(everything), epoch_gains(everything)
        fair = {everything[row].trial_id for row in fair_rows(project)}
    else:
        (trials, fair), gains = _of_family(project, family), {}
    scored = [trial for trial in trials if trial.is_scored]
    if not scored:
        raise TuituneError(TITLE, f"{project.path.name} has no finished trial with a score.")
    candidates = scored
    if where.strip():
        table = build_columns(project) if family is None else family
        passing = {table.keys[index] for index in filter_rows(table, where)}
        candidates = [trial for trial in scored if trial.trial_id in passing]
        if not candidates:
            raise TuituneError(TITLE, f"the filter {where!r} leaves none of the {len(scored)} finished trials.")
    share = parse_top(top or ("100%" if where.strip() else DEFAULT_TOP))
    good = best_of(candidates, project.objective, share, gains, with_ties=True)
    chosen = {trial.trial_id for trial in good}
    others = [t for t in trials if t.trial_id not in chosen and t.status in ("COMPLETED", "FAILED", "INVALID")]
    badness = [*map(badness_by(project.objective, gains), good + others)]
    if where.strip():
        badness = [*ranks(badness[: len(good)]), *(len(good) + rank for rank in ranks(badness[len(good) :]))]
    is_tie = not where.strip() and len(good) == len(scored) > 1 and len({trial.score for trial in scored}) == 1
    tie = f"not enough evidence: all {len(scored)} trials have the same score" if is_tie and not others else ""
    words = _describe(len(good), len(scored), where, top) + ("" if family is None else " of all rounds")
    known = [bad if trial.trial_id in fair else None for trial, bad in zip(good + others, badness, strict=True)]
    return Selection(good, others, known, words, gains, tie)


def _of_family(project: Project, family: FamilyColumns) -> tuple[list[Trial], set[str]]:
    """The trials of all rounds that say something about the space of `project`, named as in the family's table, each
    with the score of a whole training; and the names of those that are a fair sample.
    """
    found: list[Trial] = []
    fair: set[str] = set()
    for item in family.rounds:
        if not is_same(item.project.objective, project.objective):
            continue
        everything = list(item.project.trials)
        fair |= {row_key(item, everything[row].trial_id) for row in fair_rows(item.project)}
        gains = epoch_gains(everything)
        is_own = item.project.path == project.path
        for trial in comparable(everything):
            gain = gains.get(trial.epochs or 0, 0.0)
            if gain is not None and (is_own or part_inside(project.space, trial.values) is not None):
                score = None if trial.score is None else trial.score + gain
                found.append(msgspec.structs.replace(trial, trial_id=row_key(item, trial.trial_id), score=score))
    return found, fair


def _describe(count: int, total: int, where: str, top: str) -> str:
    trials = f"{count} of {total} finished trials"
    if where.strip() and top:
        return f"the best {top} of those with {where.strip()}: {trials}"
    if where.strip():
        return f"those with {where.strip()}: {trials}"
    return f"the best {top or DEFAULT_TOP}: {trials}"


def propose_from(project: Project, selection: Selection) -> list[Proposal]:
    """The proposals for the project's space from a selection of its trials."""
    if selection.tie:
        return [keep(hp, selection.tie, len(selection.good)) for hp in project.space]
    return propose(project.space, selection.good, selection.others, selection.badness)
