"""A single value as text: of a hyperparameter, a metric, a score."""

from __future__ import annotations

import math
from typing import Any


def format_scalar(value: Any, digits: int = 5) -> str:
    """A value of a hyperparameter or a metric, short and unambiguous; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return str(value)
    return f"{value:.{digits}g}"
