"""Searches in the background: the plan, the run directory, the protocol, the supervisor."""
