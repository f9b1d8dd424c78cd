"""Kills many searches, of a first run and of all four algorithms, and looks whether each is whole at its end.

    python -m tests.tools.kill_rounds [KILLS] [SEED]

The long form of tests/contract/test_kills.py. Prints a line a search; ends with an assertion where something is lost,
and then leaves the search where it is.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.contract.killing import BLACK_BOX, check, kill_and_go_on
from tests.contract.world import World

_KINDS = ("run", "random", "bayesian", "hyperband", "grid")
_TRIALS = 20
_KILLS_EACH = 5


def main() -> None:
    """KILLS kills in all, 100 unless said otherwise."""
    wanted, seed = [*map(int, sys.argv[1:]), 100, 1][:2] if len(sys.argv) < 3 else map(int, sys.argv[1:3])
    rng = random.Random(seed)
    killed = number = 0
    place = tempfile.mkdtemp(prefix="kill-rounds-")
    print(place)
    while killed < wanted:
        kind = _KINDS[number % len(_KINDS)]
        whoms = [rng.choice(["worker", "supervisor"]) for _ in range(_KILLS_EACH)]
        began = time.monotonic()
        count = _one(Path(place) / str(number), kind, whoms)
        killed, number = killed + count, number + 1
        print(
            f"{kind:<10}{count} kills, whole after {time.monotonic() - began:.0f} s; {killed} of {wanted}",
            flush=True,
        )
    shutil.rmtree(place)
    print(f"{number} searches killed {killed} times: nothing lost, nothing twice, nothing left behind.")


def _one(place: Path, kind: str, whoms: list[str]) -> int:
    """One search that is killed; returns how often it was."""
    place.mkdir()
    world = World(place)
    world.write("search.py", BLACK_BOX)
    parent = world.root / "out" / "p"
    if kind == "run":
        run, project = world.begin("run", "search.py", str(_TRIALS)), parent
    else:
        assert world.search("run", "search.py", "6").status == 0
        budget = ["--max-epochs", "8", "--factor", "2"] if kind == "hyperband" else ["--max-trials", str(_TRIALS)]
        options = ["--algorithm", kind, *budget, "--name", kind, "--top", "100%"]
        run, project = world.begin("relaunch", parent, *options), parent.parent / kind
    count = kill_and_go_on(world, run, project, whoms=whoms, seed=str(place.name))
    check(world, project, "random" if kind == "run" else kind, None if kind == "hyperband" else _TRIALS)
    assert not [status for status in world.runs() if status["state"] == "running"]
    return count


if __name__ == "__main__":
    main()
