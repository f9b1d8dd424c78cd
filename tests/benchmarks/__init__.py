"""Benchmarks: not tests. Each prints ratios of figures measured side by side in one run."""
