"""The curves of a trial as values: metrics over the epochs of each execution, their source, the best epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over the epochs of one execution. `split` is "train" or "validation"."""

    metric: str
    split: str
    execution: int
    epochs: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """All curves of a trial, where they come from, and its best epoch (None: unknown). Epochs count from 0."""

    curves: tuple[Curve, ...] = ()
    source: str = ""
    best_epoch: int | None = None
    why_none: str = "No curve was recorded."  # said where there is none

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, without the `val_` of validation, in order of appearance."""
        return list(dict.fromkeys(curve.metric for curve in self.curves))

    @property
    def last_epoch(self) -> int | None:
        """The highest epoch that any curve reached."""
        return max((curve.epochs[-1] for curve in self.curves if curve.epochs), default=None)


class NoCurves:
    """The curves of a kind of input that has none."""

    def read(self, project: object, trial: object) -> Curves:
        """None."""
        return Curves()
