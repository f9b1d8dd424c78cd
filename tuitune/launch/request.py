"""What the user asks of a relaunch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuitune.narrowing.proposal import Proposal


@dataclass(frozen=True)
class Request:
    """None means: take the project's own, or tuitune's default."""

    algorithm: str = "bayesian"
    max_trials: int | None = None
    epochs: int | None = None  # of each trial, where the algorithm does not give them
    max_epochs: int | None = None
    factor: int | None = None
    name: str | None = None
    script: str | None = None
    guess: str = ""  # what speaks for `script`, where it was not said but guessed
    arguments: Sequence[str] | None = None
    cwd: str | None = None
    python: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  # over what is recorded; "" for none
    where: str = ""
    top: str = ""
    chosen: Sequence[str] = ()  # ids of the trials that the space was narrowed to
    by_rounds: bool = False  # whether these are named as in the table of all rounds
    proposals: Sequence[Proposal] = ()  # what was proposed, with reasons
    warm: bool = True  # whether the round is told what earlier ones found
    seed_top: int | None = None  # how many of the best old configurations are tried first
