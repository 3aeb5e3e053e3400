"""What an agent sees of a caller, from the first ring on.

It travels with the call.  A PIN is never on it; of the account number it shows the tail, and the
whole only to an agent who has the right to see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from telcard.events import Value


@dataclass(frozen=True, slots=True)
class Screen:
    """What is known of a caller when he asks for a person."""

    caller: str = ""
    called: str = ""
    language: str = ""
    identified: bool = False
    """Whether he has proved who he is."""
    account: str = ""
    """The last digits of the account that it is about; "" when none was named that exists."""
    number: str = field(default="", repr=False)
    """The whole number of the account, for those who may see it."""
    entered: tuple[str, ...] = ()
    """The services that he has used before, in order."""

    def shown(self, waited_s: float, *, whole: bool = False) -> dict[str, Value]:
        """The screen as facts, for an agent who may see the whole account number or not."""
        return {
            "caller": self.caller,
            "called": self.called,
            "language": self.language,
            "identified": self.identified,
            "account": self.number if whole and self.number else self.account,
            "entered": " ".join(self.entered),
            "waited_s": round(waited_s, 1),
        }
