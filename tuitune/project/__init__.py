"""What is on disk: the search space, the trials, curves, facts. Frozen values, no pandas, no screen."""
