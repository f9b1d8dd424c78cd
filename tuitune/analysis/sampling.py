"""Which trials of a search are a fair sample of its space: drawn without regard to the scores of earlier ones."""

from __future__ import annotations

from tuitune.project.project import Project


def fair_rows(project: Project) -> range:
    """Rows of the trials, in the order in which they started, that were drawn without regard to scores.

    A Bayesian search draws its first ones so: as many as oracle.json tells, else three for each hyperparameter, as
    keras-tuner does; none where its model had seen earlier trials. What a round was told to try first is no such draw.
    """
    count = len(project.trials)
    told, seeds = (project.origin.get(name) for name in ("warm_start", "seeds"))
    first = seeds if isinstance(seeds, int) and 0 < seeds <= count else 0
    if project.tuner != "BayesianOptimization":
        return range(first, count)
    drawn = project.initial_points or max(3, 3 * len(project.space))
    return range(first, 0 if told else min(count, drawn))
