"""Which of the tuners that a script builds a relaunch plays.

The first project of the family names its directory; where the script searches that directory several times, what lies
there is from the last search. A directory may be named after the clock, and a project may have been moved, copied or
renamed: then the script's only tuner stands for it, or the last one whose space fits. Which is the last is known at
the end of the script only: it is then played once more, with that tuner.
"""

from __future__ import annotations

import os
from typing import Any, Collection, Dict, List, Optional, Set

from tuitune.worker.sites import Sites, line_of, search_sites

_OF_THE_FAMILY, _OF_ITS_NAME, _ANOTHER = 2, 1, 0


class Candidate:
    """A tuner that was passed over. `was_asked`: the script called its search()."""

    def __init__(self, number: int, kinship: int, known: int) -> None:
        self.number = number
        self.kinship = kinship
        self.known = known  # hyperparameters of the project that its model reads
        self.was_asked = False


class Choice:
    """Asked with each tuner that the script builds.

    `again`: the number of the tuner to play, counted from 1, where the script was played to its end already.
    """

    def __init__(self, spec: Dict[str, Any], family: Collection[str], again: Optional[int]) -> None:
        self.count = 0
        self._names = {entry["config"]["name"] for entry in spec.get("space", [])}
        self._called = {os.path.basename(path) for path in family}
        self._family = family
        self._recorded = spec.get("tuner_number")
        self._again = again
        self._sites: Optional[Sites] = None  # of a script that is played as it is nobody asks
        self._script = spec["script"]
        self._passed: List[Candidate] = []

    def is_it(self, own: str, reads: Any) -> bool:
        """Whether the tuner that is built now is to be played; else it is passed over.

        Args:
            own: the real path of its project.
            reads: called without arguments where that matters, tells the names of the hyperparameters that its model
                reads; None where that cannot be told.
        """
        self.count += 1
        if self._again is not None:
            return self.count == self._again
        kinship = _OF_THE_FAMILY if own in self._family else _ANOTHER
        if not kinship and os.path.basename(own) in self._called:
            kinship = _OF_ITS_NAME
        self._sites = sites = self._sites or search_sites(self._script)
        later = sites.after(line_of(self._script))
        is_alone = kinship == _OF_THE_FAMILY and later <= 1 and not self._passed
        if is_alone and not sites.is_in_a_loop and self._recorded in (None, self.count):
            return True
        names = reads()
        if is_alone and names in (None, self._names) and self._recorded is None:
            return True  # in a loop: each time round is taken to search a directory of its own
        if names is not None and self._names and not (names and names <= self._names):
            return False
        candidate = Candidate(self.count, kinship, len(self._names if names is None else names))
        if self.count == self._recorded or (self._recorded is None and self._is_surely_best(candidate, sites, later)):
            return True
        self._passed.append(candidate)
        return False

    def _is_surely_best(self, candidate: Candidate, sites: Sites, later: int) -> bool:
        """Whether nothing that the script may still build can be better."""
        is_only = sites.total <= 1 and not sites.is_in_a_loop
        is_last = later <= 1 if candidate.kinship == _OF_THE_FAMILY else is_only
        return is_last and all(_key(other) <= _key(candidate) for other in self._passed)

    @property
    def newest(self) -> Optional[Candidate]:
        """The tuner that was just passed over, where it fits."""
        return self._passed[-1] if self._passed and self._passed[-1].number == self.count else None

    def best(self) -> Optional[int]:
        """The number of the tuner to play, now that the script has ended; None where none fits that was to search."""
        asked = [candidate for candidate in self._passed if candidate.was_asked]
        return max(asked, key=_key).number if asked and self._again is None else None


def _key(candidate: Candidate) -> tuple[int, int, int]:
    return candidate.kinship, candidate.known, candidate.number


def names_read(kt: Any, hypermodel: Any) -> Optional[Set[str]]:
    """The hyperparameters that one call of the script's build() reads; None where there is none, or it fails.

    With the defaults of the script: those that only other values would bring in are not among them.
    """
    build = getattr(hypermodel, "build", hypermodel)
    hp = kt.HyperParameters()
    try:
        build(hp)
    except Exception:  # the user's code: whatever it raises will be raised again, where it counts
        return None
    return {item.name for item in hp.space} or None
