"""What was read is kept for the next time: where it lies, and how columns become bytes."""
