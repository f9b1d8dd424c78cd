"""A project with evidence, and what stands where in the form of the Space view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.samples import MakeProject, trial_file
from tests.ui.keys import key_of, press
from tests.ui.samples import boolean_hp, choice_hp, float_hp, int_hp
from tests.ui.screen import AnyPilot, text_of, wait_for, wait_text
from tuitune.ui.widgets.field import HyperparameterField
from tuitune.ui.widgets.number_input import NumberInput


def fixed_hp(name: str, value: Any) -> dict[str, Any]:
    """A Fixed as oracle.json stores it."""
    return {"class_name": "Fixed", "config": {"name": name, "conditions": [], "value": value}}


SPACE = [
    float_hp("lr", 0.0, 1.0),
    int_hp("units", 8, 64, step=8),
    choice_hp("act", "relu", "tanh", "elu"),
    boolean_hp("norm"),
]


SAME = "The same space as the parent's."


def tuned(make_project: MakeProject, space: list[dict[str, object]] | None = None) -> Path:
    """Forty trials; the good ones have a small learning rate and relu."""
    trials = [
        trial_file(
            f"{n:02}",
            {"lr": n / 40, "units": 8 * (n % 8 + 1), "act": "relu" if n < 20 else "tanh", "norm": n % 2 == 0},
            n / 40,
        )
        for n in range(40)
    ]
    project = make_project(trials, SPACE if space is None else space)
    (project.parent / "train.py").write_text("import keras_tuner\n")
    return project


def row(pilot: AnyPilot, name: str) -> str:
    """The two lines of one hyperparameter: its fields, and the sentence below them."""
    fields = (item for item in pilot.app.screen.query(HyperparameterField) if item.key[0] == name)
    widget = next(fields)
    values = " ".join(item.value for item in widget.query(NumberInput))
    return f"{' '.join(text_of(widget).split())} | {values}"


def values(pilot: AnyPilot, name: str) -> list[str]:
    """What stands in the number fields of one hyperparameter."""
    widget = next(item for item in pilot.app.screen.query(HyperparameterField) if item.key[0] == name)
    return [item.value for item in widget.query(NumberInput)]


def difference(pilot: AnyPilot) -> str:
    """The line at the foot of the view."""
    return " ".join(text_of(pilot.app.screen.query_one("#space-difference")).split())


async def in_space(pilot: AnyPilot) -> None:
    """Go to the Space view, the focus in its first field."""
    await press(pilot, key_of("space"))
    await wait_text(pilot, "Proposed from")
    await wait_for(pilot, lambda: pilot.app.focused is not None, "the focus in the form")
