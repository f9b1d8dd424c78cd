"""The model of a warm Bayesian round: a Gaussian process, and what it proposes. Needs numpy and scipy."""
