"""Threads that read for the screen: projects, families, lists, logs. No widget is touched here."""
