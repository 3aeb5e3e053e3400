"""What the listener of a play may do by himself: digits that pause, skip, turn volume or speed."""

from __future__ import annotations

from dataclasses import dataclass

from telcard._native import engine as native
from telcard.engine.gain import GAIN_MAX_DB, tenths_of_db
from telcard.units import seconds_to_samples

ACTIONS = (
    *("pause", "back", "forward", "louder", "softer", "normal"),
    *("faster", "slower", "normal_speed"),
)
"""In the order of the native side's TC_CONTROL_*."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Digits by what they do to a play; as `dx_setsvcond` conditions of the R4 API.

    Each text is a set of digits ("" is none): `pause` pauses and goes on again, `back` and
    `forward` skip `skip_s` seconds; `louder` and `softer` change the lane's volume by `step_db`,
    `normal` sets it to 0 dB; `faster` and `slower` change its speed by `speed_step`, down to 0.5
    and up to 1.5, `normal_speed` sets it to 1.  The tick obeys them itself, so it does not matter
    how late the loop is.  A digit that controls neither ends the play nor stays in the type-ahead
    buffer; it is still reported.  In a secret step all digits belong to the secret.

        Controls(back="7", pause="8", forward="9")
    """

    pause: str = ""
    back: str = ""
    forward: str = ""
    louder: str = ""
    softer: str = ""
    normal: str = ""
    faster: str = ""
    slower: str = ""
    normal_speed: str = ""
    skip_s: float = 5.0
    step_db: float = 3.0
    speed_step: float = 0.1

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for action in ACTIONS:
            digits: str = getattr(self, action)
            if native.digit_mask(digits) is None:
                raise ValueError(f"controls: want digits for {action}, got {digits!r}")
            for digit in digits:
                if seen.setdefault(digit, action) != action:
                    raise ValueError(
                        f"controls: want one meaning a digit, got {digit} for {seen[digit]}"
                        f" and {action}"
                    )
        if not 0 < self.skip_s <= 3600:
            raise ValueError(f"controls: want skip_s more than 0, at most 3600, got {self.skip_s}")
        if not 0.1 <= self.step_db <= GAIN_MAX_DB:
            raise ValueError(f"controls: want step_db 0.1 to {GAIN_MAX_DB:g}, got {self.step_db}")

        if not 0.01 <= self.speed_step <= 1:
            raise ValueError(f"controls: want speed_step 0.01 to 1, got {self.speed_step}")

    @property
    def digits(self) -> str:
        """All digits that do something."""
        return "".join(getattr(self, action) for action in ACTIONS)

    def as_native(self) -> native.Controls:
        """The same as masks, samples, tenths of a dB and percent."""
        masks = [native.digit_mask(getattr(self, action)) or 0 for action in ACTIONS]
        step = tenths_of_db("step_db", self.step_db)
        speed_step = round(self.speed_step * 100)
        return native.Controls(masks, step, seconds_to_samples(self.skip_s), speed_step)


NO_CONTROLS = Controls()
"""Every digit means what it means without controls."""
