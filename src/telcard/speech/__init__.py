"""What to say: recorded clips, and plans that put numbers, money and dates together from them.

    plan("your_balance_is", Money(1050, "USD"), ".", "goodbye")     # names of clips, nothing loaded
    ClipLibrary("en").segments("press", Digits("1"))                # A-law octets to play

Languages are data and one small module each; `python -m telcard.speech.render` makes the clips.
"""

from telcard.speech.language import LANGUAGES, SILENCES, plan
from telcard.speech.library import ClipLibrary, manifest
from telcard.speech.sayables import Date, Digits, Money, Number, Sayable

__all__ = [
    "LANGUAGES",
    "SILENCES",
    "ClipLibrary",
    "Date",
    "Digits",
    "Money",
    "Number",
    "Sayable",
    "manifest",
    "plan",
]
