"""The terminal: a driver that writes only the cells that changed. Knows Textual, and nothing of tuitune."""
