"""Cards: what a model is, how a board comes to life, and what its lines and resources can do."""

from telcard.cards.spec import CardSpec, load, specs

__all__ = ["CardSpec", "load", "specs"]
