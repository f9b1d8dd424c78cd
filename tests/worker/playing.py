"""What a played script leaves, and as much of keras-tuner as the worker touches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

# As much of keras-tuner as the worker touches before a tuner is built.
TINY_KERAS_TUNER = """
class BaseTuner:
    def __init__(self, oracle, hypermodel=None, directory=None, project_name=None, overwrite=False, **kwargs):
        self.overwrite = overwrite


class Tuner(BaseTuner):
    pass
"""


class Played(NamedTuple):
    """How the worker ended: exit status, output, and the events that it wrote."""

    code: int
    output: str
    events: list[dict[str, Any]]

    @property
    def failure(self) -> str:
        """The sentence about its failure."""
        return next((str(event["message"]) for event in self.events if event["event"] == "failed"), "")


Play = Callable[..., Played]
