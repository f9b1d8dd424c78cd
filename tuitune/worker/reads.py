"""Which hyperparameters the script's models ask for: what is varied and never asked for changes nothing."""

from __future__ import annotations

import functools
import re
from typing import Any, Dict, List, Set


class Reads:
    """Notes the names that are asked for of any `HyperParameters` from now on.

    `container`: the class. What keras-tuner does with a space of its own accord, `merge()`, is no asking.
    """

    def __init__(self, container: Any) -> None:
        self.names: Set[str] = set()
        self._is_merging = False
        retrieve, get, merge = container._retrieve, container.get, container.merge

        @functools.wraps(retrieve)
        def noted_retrieve(hps: Any, hp: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._is_merging:
                self.names.add(hp.name)
            return retrieve(hps, hp, *args, **kwargs)

        @functools.wraps(get)
        def noted_get(hps: Any, name: str) -> Any:
            self.names.add(hps._get_name(name))
            return get(hps, name)

        @functools.wraps(merge)
        def unnoted_merge(hps: Any, *args: Any, **kwargs: Any) -> Any:
            before, self._is_merging = self._is_merging, True
            try:
                return merge(hps, *args, **kwargs)
            finally:
                self._is_merging = before

        container._retrieve, container.get, container.merge = noted_retrieve, noted_get, unnoted_merge

    def never(self, space: List[Dict[str, Any]], script: str) -> List[str]:
        """The hyperparameters of `space`, as a spec has it, that vary, count in every trial, and were never asked for.

        None where the script, or all that was played, takes values in another way, which cannot be noted.
        """
        wanted = {entry["config"]["name"] for entry in space}
        if not wanted & self.names or _takes_values(script):
            return []
        return [
            entry["config"]["name"]
            for entry in space
            if entry["class_name"] != "Fixed"
            and not entry["config"].get("conditions")
            and entry["config"]["name"] not in self.names
        ]


def _takes_values(script: str) -> bool:
    """Whether it looks into the `values` of hyperparameters, in whose stead nothing can be noted."""
    try:
        with open(script, encoding="utf-8", errors="replace") as stream:
            return re.search(r"\.values\b(?!\s*\()", stream.read()) is not None
    except OSError:
        return True
