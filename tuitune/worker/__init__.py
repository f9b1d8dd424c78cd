"""The other process: plays the user's script in the user's Python, with keras-tuner hooked.

Nobody imports this package; the supervisor starts `worker/main.py` by its path.
"""
