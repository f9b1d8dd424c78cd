"""The variables that decide how Keras trains: which there are, and how a run gets them.

Standard library only: the supervisor uses it too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tuitune.launch import protocol

# What Keras 3 reads (keras/src/backend/config.py, backend/torch/core.py), and what chooses Keras 2 in its place.
DECIDING = (
    "KERAS_BACKEND",
    "KERAS_HOME",
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_NNX_ENABLED",
    "KERAS_TORCH_DEVICE",
    "TF_USE_LEGACY_KERAS",
)
_MOST_DIGITS = 10
_DISTRIBUTED = "KERASTUNER_"  # with these keras-tuner is a worker of somebody's chief


def deciding(variables: Mapping[str, str]) -> dict[str, str]:
    """Those of `variables` that decide how Keras trains."""
    return {name: variables[name] for name in DECIDING if name in variables}


def as_recorded(stored: object) -> dict[str, str] | None:
    """What a file says of them; None where it says nothing, or nothing that could be right."""
    if not isinstance(stored, dict) or not all(map(protocol.is_system_text, stored.values())):
        return None
    return deciding(stored)


def cut_epochs(epochs: int, variables: Mapping[str, str]) -> int:
    """What Keras makes of so many epochs: these variables may end any training earlier."""
    text = variables.get("KERAS_MAX_EPOCHS", "").strip()
    most = int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else 0
    return min(epochs, most) if most else epochs


def dropped(variables: Mapping[str, str]) -> list[str]:
    """Names of those that a training process does not get: they would make it a part of another search."""
    return sorted(name for name in variables if name.startswith(_DISTRIBUTED))


def of_training(spec: Mapping[str, Any], variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """All variables of a training process: the present ones (`variables`), and over them what the run was told."""
    present = os.environ if variables is None else variables
    kept = {name: value for name, value in present.items() if not name.startswith(_DISTRIBUTED)}
    told = as_recorded(spec.get("environment"))
    if told is not None:
        kept = {**{name: value for name, value in kept.items() if name not in DECIDING}, **told}
    return {**kept, "PYTHONUNBUFFERED": "1"}
