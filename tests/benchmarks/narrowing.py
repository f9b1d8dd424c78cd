"""Whether a narrowed and warmed round finds better values in fewer trials than a fresh search does.

    python tests/benchmarks/narrowing.py [--seeds 20] [--jobs 2] [--json FILE] [PROBLEM ...]

For each problem and seed: 40 random trials with keras-tuner, read and narrowed by tuitune as `tuitune relaunch`
does, then 20 more trials by each of four searches: keras-tuner's Bayesian search in the old space and in the proposed
one (cold), the same told of the old trials (warm), and a random one in the proposed space. Nothing is timed; seeded
runs repeat. Printed is the mean over the seeds of the loss, without noise, of the best trial so far.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.benchmarks.problems import PROBLEMS, Problem  # noqa: E402 - the path comes first
from tuitune.narrowing.draft import space_to_json  # noqa: E402
from tuitune.narrowing.proposal import volume_kept  # noqa: E402
from tuitune.narrowing.select import propose_from, select  # noqa: E402
from tuitune.narrowing.warm import warm_start  # noqa: E402
from tuitune.project.compatible import part_inside  # noqa: E402
from tuitune.project.keras_tuner.reader import ProjectReader  # noqa: E402

FIRST, MORE = 40, 20
CHECKPOINTS = (5, 10, 15, 20)
METHODS = ("cold, old space", "cold, proposed", "warm, proposed", "random, proposed")
METRIC = "val_loss"


def search(oracle: Any, problem: Problem, folder: str, random: Random) -> list[float]:
    """Run the oracle to its end; the loss without noise of the best trial so far, after each trial."""
    oracle._set_project_dir(folder, "project")
    oracle.verbose = 0
    found: list[tuple[float, float]] = []
    best: list[float] = []
    while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
        values = trial.hyperparameters.values
        seen = problem.observe(values, random)
        oracle.update_trial(trial.trial_id, {METRIC: seen})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
        found.append((seen, problem.loss(values)))
        best.append(min(found)[1])
    return best


def compare(name: str, seed: int) -> dict[str, Any]:
    """One seed of one problem: the curve of each method, and what became of the space."""
    import keras_tuner as kt

    from tuitune.worker.oracles import build_oracle

    problem, random = PROBLEMS[name], Random(seed)
    space = kt.HyperParameters()
    problem.declare(space)
    objective = kt.Objective(METRIC, "min")
    with tempfile.TemporaryDirectory() as folder:
        first = kt.oracles.RandomSearchOracle(
            objective=objective, max_trials=FIRST, hyperparameters=space.copy(), seed=seed + 1
        )
        before = search(first, problem, f"{folder}/first", random)
        project = ProjectReader(Path(folder) / "first" / "project").read()
        proposals = propose_from(project, select(project))
        proposed = tuple(proposal.proposed for proposal in proposals)
        curves = {}
        for number, (method, goal) in enumerate(
            zip(METHODS, (project.space, proposed, proposed, proposed), strict=True)
        ):
            algorithm = method.partition(",")[0].replace("cold", "bayesian").replace("warm", "bayesian")
            told = warm_start([project], goal, algorithm) if method.startswith("warm") else None
            spec = {
                "algorithm": algorithm,
                "space": space_to_json(goal)["space"],
                "seed": 1000 + seed,
                "max_trials": MORE,
                "warm": told.to_spec() if told else None,
            }
            oracle = build_oracle(kt, spec, first)
            curves[method] = search(oracle, problem, f"{folder}/{number}", Random(f"{seed} {number}"))
    optimum = problem.optimum
    return {
        "problem": name,
        "seed": seed,
        "before": before[-1],
        "curves": curves,
        "volume": volume_kept(proposals),
        "holds": None if optimum is None else part_inside(proposed, optimum) is not None,
        "proposals": [f"{p.action} {p.parent.name}: {p.reason}" for p in proposals],
    }


def at(curve: list[float], count: int) -> float:
    """The best after so many trials, or at the end of a search that had nothing left to try."""
    return curve[min(count, len(curve)) - 1]


def trials_to_reach(result: dict[str, Any], method: str) -> int:
    """Trials until `method` is where the search of the old space ends; one more than there are if never."""
    goal = at(result["curves"][METHODS[0]], MORE)
    return next((number for number, best in enumerate(result["curves"][method], 1) if best <= goal), MORE + 1)


def report(name: str, results: list[dict[str, Any]]) -> None:
    """The table of one problem."""
    print(f"\n{name}: {len(results)} seeds; the best of the first {FIRST} trials "
          f"{statistics.mean(r['before'] for r in results):.4f}")  # fmt: skip
    print(f"{'':<20}" + "".join(f"{f'after {count}':>11}" for count in CHECKPOINTS) + f"{'to reach':>11}")
    for method in METHODS:
        means = [statistics.mean(at(r["curves"][method], count) for r in results) for count in CHECKPOINTS]
        reach = statistics.median(trials_to_reach(r, method) for r in results)
        print(f"{method:<20}" + "".join(f"{mean:>11.4f}" for mean in means) + f"{reach:>11.1f}")
    volume = statistics.median(r["volume"] for r in results)
    known = [r["holds"] for r in results if r["holds"] is not None]
    holds = f", holds the optimum in {sum(known)} of {len(known)} seeds" if known else ""
    print(f"the proposed space keeps {100 * volume:.1f} % of the volume in the median{holds}")


def main() -> None:
    """Run what is asked for, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", default=list(PROBLEMS), metavar="PROBLEM")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=Path, help="where to write every curve")
    options = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in options.problems}
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = [(name, pool.submit(compare, name, seed)) for name in results for seed in range(options.seeds)]
        for name, job in jobs:
            results[name].append(job.result())
            if len(results[name]) == options.seeds:
                report(name, results[name])
                sys.stdout.flush()
    reach = [trials_to_reach(r, METHODS[2]) for found in results.values() for r in found]
    print(f"\nwarm reaches what the old space's search ends at after {statistics.median(reach)} of {MORE} trials "
          "(median over all problems and seeds)")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
