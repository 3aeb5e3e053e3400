"""The words a person types: `telcard demo | setup | serve | cards | analyze | bench`."""

from telcard.cli.app import main

__all__ = ["main"]
