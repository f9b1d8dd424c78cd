"""What is on disk: the search space, the trials, curves, facts. Frozen values, no pandas, no screen.

The values know no file format. `sources.py` lists the kinds of input and what opens each; `keras_tuner/` is the format
of the one that matters most.
"""

TUITUNE_FOLDER = ".tuitune"  # beside a project's own files: what tuitune knows of it
