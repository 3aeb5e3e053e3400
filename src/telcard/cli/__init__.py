"""The words a person types: `telcard demo`, `serve`, `analyze`; `telcard --help` has them all."""

from telcard.cli.app import main

__all__ = ["main"]
