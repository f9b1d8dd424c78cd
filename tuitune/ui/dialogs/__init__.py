"""What opens over a screen, asks or tells something, and answers."""
