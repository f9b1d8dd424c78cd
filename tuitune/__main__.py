"""`python -m tuitune` is `tuitune`."""

from tuitune.cli import main

main()
