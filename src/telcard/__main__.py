"""`python -m telcard` is the `telcard` command."""

from telcard.cli import main

main()
