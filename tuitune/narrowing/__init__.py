"""Changing the space: proposals with reasons, a draft with undo, keras-tuner's rules, the difference."""
