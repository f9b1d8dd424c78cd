"""Entry point of the training process, in the user's own Python: `main.py RUN_DIR LIFELINE_FD WORKER [TUNER]`.

TUNER: the number of the tuner to play, where the script was played to its end to find that out.

tuitune itself need not be installed there, and its environment must not leak in: the package is loaded from
beside this file, without putting its parent directory on the path.
"""

import importlib.util
import sys
from pathlib import Path


def _load_tuitune() -> None:
    package = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(
        "tuitune", package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tuitune"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # the package may belong to somebody else
    _load_tuitune()
    from tuitune.worker.play import play

    sys.dont_write_bytecode = False
    sys.exit(play(Path(sys.argv[1]), *map(int, sys.argv[2:])))
