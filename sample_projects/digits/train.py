"""Tune a small classifier of handwritten digits with keras-tuner.

    python train.py random 40          random search, 40 trials
    python train.py bayesian 24        Bayesian optimization, 24 trials
    python train.py hyperband          Hyperband, up to 9 epochs a trial
    python train.py killed 12          random search (the one that was killed on purpose)

The data come with scikit-learn: 1,797 images of 8x8 pixels. Each search writes its project beside
this script, under the name given.
"""

import sys
from pathlib import Path

import keras
import keras_tuner as kt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
EPOCHS = 9

digits = load_digits()
images = (digits.images / 16.0).astype("float32")[..., None]
x_train, x_val, y_train, y_val = train_test_split(
    images, digits.target, test_size=0.25, random_state=7, stratify=digits.target
)


def build_model(hp):
    model = keras.Sequential([keras.Input(shape=(8, 8, 1))])
    activation = hp.Choice("activation", ["relu", "tanh", "elu"])
    kind = hp.Choice("model_type", ["dense", "cnn"])

    with hp.conditional_scope("model_type", ["dense"]):
        if kind == "dense":
            model.add(keras.layers.Flatten())
            for i in range(hp.Int("layers", 1, 3)):
                model.add(keras.layers.Dense(hp.Int(f"units_{i}", 16, 128, step=16), activation))

    with hp.conditional_scope("model_type", ["cnn"]):
        if kind == "cnn":
            filters = hp.Int("filters", 4, 32, sampling="log")
            model.add(keras.layers.Conv2D(filters, 3, activation=activation, padding="same"))
            model.add(keras.layers.MaxPooling2D())
            model.add(keras.layers.Conv2D(2 * filters, 3, activation=activation, padding="same"))
            if hp.Choice("pooling", ["flatten", "average"]) == "average":
                model.add(keras.layers.GlobalAveragePooling2D())
            else:
                model.add(keras.layers.Flatten())

    if hp.Boolean("batch_norm"):
        model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dropout(hp.Float("dropout", 0.0, 0.6, step=0.1)))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Float("lr", 1e-5, 1e-1, sampling="log")),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def make_tuner(name, max_trials):
    shared = dict(
        objective="val_accuracy",
        executions_per_trial=2,
        directory=HERE,
        project_name=name,
        overwrite=True,
        seed=42,
    )
    if name == "hyperband":
        return kt.Hyperband(build_model, max_epochs=EPOCHS, factor=3, **shared)
    if name == "bayesian":
        return kt.BayesianOptimization(build_model, max_trials=max_trials, **shared)
    return kt.RandomSearch(build_model, max_trials=max_trials, **shared)


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "random"
    max_trials = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    tuner = make_tuner(name, max_trials)
    tuner.search_space_summary()
    tuner.search(
        x_train,
        y_train,
        epochs=EPOCHS,
        batch_size=64,
        validation_data=(x_val, y_val),
        callbacks=[
            keras.callbacks.EarlyStopping("val_accuracy", patience=3),
            keras.callbacks.TensorBoard(HERE / "logs" / name, write_graph=False),
        ],
        verbose=2,
    )
    tuner.results_summary(3)
    best = tuner.get_best_hyperparameters()[0]
    print("Best hyperparameters:", best.values)
