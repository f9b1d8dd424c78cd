"""The format of keras-tuner: how its files are found, read, decoded, and read again when they change."""
