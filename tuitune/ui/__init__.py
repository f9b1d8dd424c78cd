"""The screen: one app, one file a screen, one file a widget, one registry of commands."""
