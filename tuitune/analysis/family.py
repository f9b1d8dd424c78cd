"""A family of rounds: what each was made from and what it gained, the best so far over all, all trials in one table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, overload

from tuitune.analysis.columns import Column, TrialColumns, build_columns
from tuitune.analysis.text import counted
from tuitune.project.project import Project
from tuitune.project.rounds import family, parent_name, round_number
from tuitune.project.sources import open_source
from tuitune.project.trials import Objective, Trial

_MOST_SEEDS = 10**6


class RoundChange(NamedTuple):
    """One hyperparameter that a round has otherwise than its parent, and why, where that was written down."""

    name: str
    before: str
    after: str
    reason: str


class Round(NamedTuple):
    """One search of a family.

    `gain`: how much better its best is than the best of the rounds that it comes from, positive is better; None
    where there is nothing to compare.
    """

    number: int
    project: Project
    parent: str | None
    gain: float | None

    @property
    def algorithm(self) -> str:
        """The round's algorithm; of a first search the tuner."""
        stored = self.project.origin.get("algorithm")
        return stored if isinstance(stored, str) else self.project.tuner or ""

    @property
    def changes(self) -> list[RoundChange]:
        """What it has otherwise than its parent."""
        stored = self.project.origin.get("changes")
        return [
            RoundChange(*(str(item.get(name) or "") for name in RoundChange._fields))
            for item in (stored if isinstance(stored, list) else [])
            if isinstance(item, dict) and {"name", "before", "after"} <= item.keys()
        ]

    @property
    def basis(self) -> str:
        """To which trials of its parent it was narrowed, in words; "" for a first search."""
        origin = self.project.origin
        if self.parent is None:
            return ""
        where, top, chosen = (origin.get(name) for name in ("where", "top", "narrowed_to"))
        count = counted(len(chosen), "trial") if isinstance(chosen, list) and chosen else ""
        if not count:
            return "to a space that was given"
        if origin.get("rounds") is True:
            return f"to {count} of all rounds{f' with {where}' if where else ''}"
        if top:
            return f"to its best {top}{f' with {where}' if where else ''}: {count}"
        return f"to its {count} with {where}" if where else f"to its best {count}"

    @property
    def told(self) -> str:
        """What it was told of earlier trials, in words."""
        seen, seeds = (self.project.origin.get(name) for name in ("warm_start", "seeds"))
        parts = []
        if isinstance(seen, list) and seen:
            parts.append(f"its model had seen {counted(len(seen), 'trial')}")
        if isinstance(seeds, int) and not isinstance(seeds, bool) and 0 < seeds < _MOST_SEEDS:
            parts.append(f"{counted(seeds, 'old configuration')} came first")
        return ", ".join(parts) if parts or self.parent is None else "cold"


def read_family(project: Project) -> list[Round]:
    """The rounds of the family of `project`, which was read already; the others are read now."""
    own = project.path.resolve()
    return arrange([project if path == own else open_source(path, may_be_empty=True).read() for path in family(own)])


def arrange(projects: Sequence[Project]) -> list[Round]:
    """The rounds of a family, given in the order in which they were made. Each gets a number of its own."""
    rounds: list[Round] = []
    by_name = {project.path.resolve().name: project for project in projects}
    for project in projects:
        number = max(round_number(project.origin), rounds[-1].number + 1 if rounds else 1)
        parent = parent_name(project.origin)
        rounds.append(Round(number, project, parent, _gain(project, by_name)))
    return rounds


def ancestors(rounds: Sequence[Round], project: Project) -> list[Project]:
    """Those of `rounds` that `project` comes from, the latest first."""
    return _ancestors(project, {item.project.path.resolve().name: item.project for item in rounds})


def _ancestors(project: Project, by_name: dict[str, Project]) -> list[Project]:
    found: list[Project] = []
    seen = {project.path.resolve().name}
    name = parent_name(project.origin)
    while name is not None and name not in seen and name in by_name:
        seen.add(name)
        found.append(by_name[name])
        name = parent_name(by_name[name].origin)
    return found


def _gain(project: Project, by_name: dict[str, Project]) -> float | None:
    objective, best = project.objective, project.best
    earlier = [
        other.best.score or 0.0
        for other in _ancestors(project, by_name)
        if other.best is not None and is_same(other.objective, objective)
    ]
    if not earlier or best is None or objective is None:
        return None
    score = best.score or 0.0
    return score - max(earlier) if objective.direction == "max" else min(earlier) - score


def is_same(one: Objective | None, other: Objective | None) -> bool:
    """Whether scores of the two can be compared."""
    return one is not None and other is not None and (one.name, one.direction) == (other.name, other.direction)


def best_round(rounds: Sequence[Round], objective: Objective | None) -> Round | None:
    """The round with the best trial; the first of those that tie."""
    if objective is None:
        return None
    bests = [
        (objective.key(best.score or 0.0), item.number, item)
        for item in rounds
        if is_same(item.project.objective, objective) and (best := item.project.best) is not None
    ]
    return min(bests)[2] if bests else None


class Step(NamedTuple):
    """The best after so many finished trials of the family; `number`: of the round whose trial was the last."""

    trials: int
    best: float
    number: int


def best_so_far(rounds: Sequence[Round], objective: Objective) -> list[Step]:
    """The best so far after each finished trial, round after round; rounds of another objective are left out."""
    steps: list[Step] = []
    for item in rounds:
        if not is_same(item.project.objective, objective):
            continue
        for row in sorted(item.project.ranking):
            score = item.project.trials.columns.score[row]
            if score is not None:
                best = score if not steps else min(steps[-1].best, score, key=objective.key)
                steps.append(Step(len(steps) + 1, best, item.number))
    return steps


# ---------------------------------------------------------------------------------------- all trials in one table


def row_key(item: Round, trial_id: str) -> str:
    """What names a trial in the table of all rounds: `2/06`."""
    return f"{item.number}/{trial_id}"


def best_key(rounds: Sequence[Round], objective: Objective | None) -> str | None:
    """The best trial of all rounds, as it is named in their table."""
    found = best_round(rounds, objective)
    return None if found is None or found.project.best is None else row_key(found, found.project.best.trial_id)


class FamilyTrials(Sequence[Trial]):
    """The trials of all rounds, one after the other."""

    def __init__(self, parts: Sequence[Sequence[Trial]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        part, row = self.place(index)
        return self._parts[part][row]

    def __iter__(self) -> Iterator[Trial]:
        for part in self._parts:
            yield from part

    def place(self, index: int) -> tuple[int, int]:
        """Which part holds a row, and where."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        part = bisect_right(self._ends, index)
        return part, index - (self._ends[part - 1] if part else 0)


class FamilyColumns(TrialColumns):
    """The trials of all rounds as columns, with one for the round; `2/06` is trial 06 of round 2."""

    def __init__(self, rounds: Sequence[Round], trials: FamilyTrials, columns: dict[str, Column]) -> None:
        super().__init__(trials, columns)
        self.rounds = rounds
        self._places = trials

    def round_of(self, index: int) -> Round:
        """The round of a row."""
        return self.rounds[self._places.place(index)[0]]


def join_rounds(
    rounds: Sequence[Round], objective: Objective | None, *, with_unreadable: bool = False
) -> FamilyColumns:
    """One table of the trials of all rounds; a score counts only where it is one of `objective`."""
    tables = [build_columns(item.project, with_unreadable=with_unreadable) for item in rounds]
    roles: dict[str, str] = {}
    for table in tables:
        for column in table.columns.values():
            roles.setdefault(column.name, column.role)
    pairs = list(zip(rounds, tables, strict=True))
    numbers = [item.number for item, table in pairs for _ in table.keys]
    ids = [row_key(item, key) for item, table in pairs for key in table.keys]
    columns = {"trial_id": Column("trial_id", "fact", ids), "round": Column("round", "fact", numbers)}
    facts = [name for name, role in roles.items() if role == "fact"]
    others = [name for name, role in roles.items() if role != "fact"]
    late = ("epochs", "best_step", "duration", "started", "message")
    ordered = [name for name in facts if name not in late] + others + [name for name in facts if name in late]
    for name in ordered:
        if name == "trial_id":
            continue
        values: list[Any] = []
        for item, table in pairs:
            held = table.columns.get(name)
            foreign = name == "score" and objective is not None and not is_same(item.project.objective, objective)
            values += [None] * len(table) if held is None or foreign else list(held.values)
        shown = name if name != "round" else f"hp:{name}"
        columns[shown] = Column(shown, roles[name], values)
    return FamilyColumns(rounds, FamilyTrials([table.trials for table in tables]), columns)
