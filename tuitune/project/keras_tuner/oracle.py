"""oracle.json decoded: the order of the trials, their starts, the space, and the marks of the kind of search.

The file is written again at every start and end of a trial and grows with them, so only what is used is decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tuitune import files
from tuitune.project.table import EPOCH, seconds


class _Raw(msgspec.Struct, gc=False):
    trial_start: dict[str, str] = {}


class _OracleFile(msgspec.Struct):
    """The parts that nearly every oracle.json has in the form expected. A mark keeps its raw JSON."""

    hyperparameters: Any = None
    start_order: list[str] | None = None
    end_order: list[str] | None = None
    tried_so_far: list[Any] | None = None
    ongoing_trials: dict[str, str] = {}
    display: _Raw = msgspec.field(default_factory=_Raw)
    seed: int | None = None
    seed_state: int | msgspec.UnsetType = msgspec.UNSET
    brackets: msgspec.Raw = msgspec.Raw()
    initial_hps: msgspec.Raw = msgspec.Raw()
    num_initial_points: msgspec.Raw = msgspec.Raw()
    alpha: msgspec.Raw = msgspec.Raw()
    max_epochs: int | float | None = None
    factor: int | float | None = None
    hyperband_iterations: int | float | None = None


class OracleState(msgspec.Struct):
    """What oracle.json tells.

    `space` is the stored list of hyperparameters, unchecked. `starts`: trial id to what the file says, as text.
    `tried`: how many configurations it says were tried. `mark` is the kind of search that its own entries betray, None
    where they do not. `drawn`: whether its seed moved on since it began, None where that is not stored.
    `initial_points`: how many trials a Bayesian search draws before its model proposes any.
    """

    space: Any = None
    start_order: list[str] = []
    end_order: list[str] = []
    ongoing: list[str] = []
    tried: int = 0
    starts: dict[str, str] = {}
    mark: str | None = None
    drawn: bool | None = None
    hyperband: dict[str, int | float] = {}
    initial_points: int | None = None
    is_there: bool = False


_decode = msgspec.json.Decoder(_OracleFile).decode


def decode_oracle(data: bytes) -> OracleState:
    """The oracle in `data`, the bytes of an oracle.json. Raises files.UnreadableFile."""
    try:
        file = _decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _decode_patiently(files.parse_object(data))
    marks = {
        "Hyperband": bool(file.brackets),
        "BayesianOptimization": bool(file.num_initial_points) or bool(file.alpha),
        "AutoKeras": bool(file.initial_hps),
    }
    numbers = {name: getattr(file, name) for name in _HYPERBAND}
    return OracleState(
        space=file.hyperparameters.get("space") if isinstance(file.hyperparameters, dict) else None,
        start_order=file.start_order or [],
        end_order=file.end_order or [],
        tried=len(file.tried_so_far or ()),
        ongoing=list(file.ongoing_trials.values()),
        starts=file.display.trial_start,
        mark=next((kind for kind, there in marks.items() if there), None),
        drawn=None if isinstance(file.seed_state, msgspec.UnsetType) else file.seed_state != file.seed,
        hyperband={name: value for name, value in numbers.items() if value is not None},
        initial_points=_count(bytes(file.num_initial_points)),
        is_there=True,
    )


_HYPERBAND = ("max_epochs", "factor", "hyperband_iterations")


def _decode_patiently(content: Mapping[str, Any]) -> OracleState:
    """Any JSON object: a field of a wrong type costs itself."""
    hyperparameters, display = content.get("hyperparameters"), content.get("display")
    ongoing = content.get("ongoing_trials")
    starts = display.get("trial_start") if isinstance(display, dict) else None
    marks = {"Hyperband": "brackets", "BayesianOptimization": "num_initial_points", "AutoKeras": "initial_hps"}
    mark = next((kind for kind, name in marks.items() if name in content), None)
    return OracleState(
        space=hyperparameters.get("space") if isinstance(hyperparameters, dict) else None,
        start_order=_words(content.get("start_order")),
        end_order=_words(content.get("end_order")),
        tried=len(_words(content.get("tried_so_far"))),
        ongoing=_words(list(ongoing.values()) if isinstance(ongoing, dict) else None),
        starts={k: v for k, v in starts.items() if isinstance(v, str)} if isinstance(starts, dict) else {},
        mark="BayesianOptimization" if mark is None and "alpha" in content else mark,
        drawn=content["seed_state"] != content.get("seed") if "seed_state" in content else None,
        hyperband={name: content[name] for name in _HYPERBAND if _is_number(content.get(name))},
        initial_points=_count(str(content.get("num_initial_points")).encode("ascii", "replace")),
        is_there=bool(content),
    )


def _count(text: bytes) -> int | None:
    """A whole number of a sensible size; None for all else."""
    return int(text) if text.isdigit() and len(text) < 10 else None


def _words(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read_starts(texts: Iterable[str | None]) -> list[float | None]:
    """Starts of trials, as oracle.json notes them, in seconds on the clock of the searching machine."""
    texts = list(texts)
    try:  # nearly always all are there, and naive
        return [(time - EPOCH).total_seconds() for time in map(datetime.fromisoformat, texts)]  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return list(map(_read_start, texts))


def _read_start(text: str | None) -> float | None:
    if text is None:
        return None
    moment, dot, fraction = text.partition(".")
    if dot and fraction.isdecimal():  # Python 3.10 reads only fractions of three and of six digits
        text = f"{moment}.{fraction[:6]:0<6}"
    try:
        return seconds(datetime.fromisoformat(text))
    except ValueError:
        return None
