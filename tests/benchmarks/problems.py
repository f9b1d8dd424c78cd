"""Tuning problems whose trials take milliseconds: three with a known optimum, three on scikit-learn's data sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

Values = Mapping[str, Any]


class Problem(NamedTuple):
    """Something to minimize over the space that `declare` puts into a keras_tuner.HyperParameters.

    `loss` is without noise; a trial sees `noise` (a standard deviation) on top. `optimum` is where it is smallest,
    None where nobody knows.
    """

    name: str
    declare: Callable[[Any], None]
    loss: Callable[[Values], float]
    noise: float = 0.0
    optimum: Values | None = None

    def observe(self, values: Values, random: Random) -> float:
        """What a trial of `values` would report."""
        return self.loss(values) + random.gauss(0.0, self.noise)


# ------------------------------------------------------------------------------------------- known optimum


def _declare_smooth(hp: Any) -> None:
    hp.Float("lr", 1e-5, 1e-1, sampling="log")
    hp.Float("dropout", 0.0, 0.8)
    hp.Int("units", 16, 256, step=16)
    hp.Float("momentum", 0.0, 1.0)
    hp.Choice("activation", ["relu", "tanh", "gelu", "sigmoid"])


def _smooth(values: Values) -> float:
    lr = (math.log10(values["lr"]) + 2.7) / 2
    cost = {"relu": 0.05, "tanh": 0.2, "gelu": 0.0, "sigmoid": 0.4}[values["activation"]]
    units, dropout = (values["units"] - 176) / 200, values["dropout"] - 0.35
    momentum = values["momentum"] - 0.6
    return float(lr**2 + 2 * dropout**2 + units**2 + 0.3 * momentum**2 + cost + 0.5 * lr * dropout)


def _declare_conditional(hp: Any) -> None:
    hp.Choice("model", ["cnn", "dense", "linear"])
    hp.Float("lr", 1e-6, 1e-1, sampling="log")
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("filters", 4, 64)
        hp.Float("dropout", 0.0, 0.9)
    with hp.conditional_scope("model", ["dense"]):
        hp.Int("layers", 1, 8)
    hp.Boolean("augment")


def _conditional(values: Values) -> float:
    lr = (math.log10(values["lr"]) + 3.4) / 2.5
    loss = float(lr**2 + (0.0 if values["augment"] else 0.08))
    if values["model"] == "cnn":
        return loss + float(((values["filters"] - 24) / 40) ** 2 + (values["dropout"] - 0.25) ** 2)
    if values["model"] == "dense":
        return loss + 0.15 + float(((values["layers"] - 3) / 5) ** 2)
    return loss + 0.5


def _declare_edge(hp: Any) -> None:
    hp.Float("weight_decay", 1e-6, 1e-2, sampling="log")
    hp.Float("warmup", 0.0, 1.0)
    hp.Int("depth", 1, 12)
    hp.Choice("width", [32, 64, 128, 256, 512])
    hp.Float("smoothing", 0.0, 0.5)


def _edge(values: Values) -> float:
    decay = (math.log10(values["weight_decay"]) + 2.0) / 4  # best at the upper end
    depth, width = (12 - values["depth"]) / 11, (9 - math.log2(values["width"])) / 4  # both best at the upper end
    x = (values["warmup"] - 0.2, values["smoothing"] - 0.1)
    return float(decay**2 + depth**2 + 0.5 * width**2 + x[0] ** 2 + 2 * x[1] ** 2 + 0.3 * abs(depth * decay))


# --------------------------------------------------------------------------------------------- real data


@lru_cache
def _data(name: str, rows: int) -> Any:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    parts = train_test_split(x, y, train_size=rows, test_size=min(rows, len(y) - rows), random_state=0)
    scaler = StandardScaler().fit(parts[0])
    return scaler.transform(parts[0]), scaler.transform(parts[1]), parts[2], parts[3]


def _declare_svm(hp: Any) -> None:
    hp.Choice("kernel", ["rbf", "poly", "sigmoid"])
    hp.Float("C", 1e-3, 1e3, sampling="log")
    hp.Float("gamma", 1e-6, 1.0, sampling="log")
    with hp.conditional_scope("kernel", ["poly"]):
        hp.Int("degree", 2, 6)


def _svm(values: Values) -> float:
    from sklearn.svm import SVC

    x, x_test, y, y_test = _data("digits", 400)
    model = SVC(C=values["C"], gamma=values["gamma"], kernel=values["kernel"], degree=values.get("degree", 3))
    return 1.0 - float(model.fit(x, y).score(x_test, y_test))


def _declare_mlp(hp: Any) -> None:
    hp.Int("units", 2, 64, sampling="log")
    hp.Float("lr", 1e-5, 1e-1, sampling="log")
    hp.Float("alpha", 1e-6, 10.0, sampling="log")
    hp.Choice("activation", ["relu", "tanh", "logistic", "identity"])
    hp.Choice("batch", [16, 32, 64, 128])


def _mlp(values: Values) -> float:
    import warnings

    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    x, x_test, y, y_test = _data("digits", 300)
    model = MLPClassifier(
        (values["units"],), activation=values["activation"], alpha=values["alpha"], batch_size=values["batch"],
        learning_rate_init=values["lr"], max_iter=12, random_state=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # twelve epochs are not meant to converge
        model.fit(x, y)
    return float(log_loss(y_test, model.predict_proba(x_test), labels=range(10)))


def _declare_boosting(hp: Any) -> None:
    hp.Float("learning_rate", 1e-3, 1.0, sampling="log")
    hp.Int("trees", 5, 80)
    hp.Int("depth", 1, 8)
    hp.Float("subsample", 0.2, 1.0)
    hp.Int("leaf", 1, 40)


def _boosting(values: Values) -> float:
    from sklearn.ensemble import GradientBoostingRegressor

    x, x_test, y, y_test = _data("diabetes", 250)
    model = GradientBoostingRegressor(
        learning_rate=values["learning_rate"], n_estimators=values["trees"], max_depth=values["depth"],
        subsample=values["subsample"], min_samples_leaf=values["leaf"], random_state=0,
    )  # fmt: skip
    return 1.0 - float(model.fit(x, y).score(x_test, y_test))


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem(
            "smooth", _declare_smooth, _smooth, 0.01,
            {"lr": 10**-2.7, "dropout": 0.35, "units": 176, "momentum": 0.6, "activation": "gelu"},
        ),
        Problem(
            "conditional", _declare_conditional, _conditional, 0.02,
            {"model": "cnn", "lr": 10**-3.4, "filters": 24, "dropout": 0.25, "augment": True},
        ),
        Problem(
            "edge", _declare_edge, _edge, 0.01,
            {"weight_decay": 1e-2, "warmup": 0.2, "depth": 12, "width": 512, "smoothing": 0.1},
        ),
        Problem("svm on digits", _declare_svm, _svm),
        Problem("mlp on digits", _declare_mlp, _mlp),
        Problem("boosting on diabetes", _declare_boosting, _boosting),
    )
}  # fmt: skip
