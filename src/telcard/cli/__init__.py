"""The words a person types: `telcard demo | serve | analyze | cards`."""

from telcard.cli.app import main

__all__ = ["main"]
