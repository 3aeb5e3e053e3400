"""What a fax machine says and hears, between the machine of T.30 and what carries it out.

The machine knows no sound and no sample; a *carrier* (the fax lane over a telephone line, later
T.38 over packets) knows no T.30.  Down go **programs**: phases that are carried out one after the
other, each beginning in sample time where the last one ended.  Up comes **evidence** of what was
sent and heard, in order, each with the sample at which it was so.

    Program(7, (TrainingCheck(Rate.V29_9600), Listen()))
    Program(8, (Frames((cfr,)), Listen(Fast(Rate.V29_9600, False, Content.IMAGE))))

Everything that must not wait for Python stands in one program, so that a machine that sleeps for
two seconds costs a repeat at most: an answer is always followed by the `Listen` for what it calls
forth, a page by its post-message command, and `Listen.after_dcs` arms the receiver of the training
check in the very sample in which a DCS has been read.

**Rules for a carrier**, beside those at each phase:

* A new program takes the place of the one that runs, at once; a transmitter that is cut off so is
  turned off as its modem is.  An empty one is silence, and nothing is listened to.  Of evidence
  that waits when a timer has expired, the evidence is given to the machine first.
* Gaps are the carrier's: a phase that sends begins when the far end has been quiet for `GAP_MS`,
  and as long after the phase before it.  A far end that never becomes quiet is waited for
  `LONGEST_WAIT_MS`, then it is sent all the same.
* While something is sent nothing is heard, for that would be its echo; `Listen.calling_tone` alone
  sends and listens at once.
* Until the first good frame has come, it is told what the far end says before: CED, CNG, or that
  somebody else sounds.
* The last phase of a program goes on until the next program; one that ends (everything that sends)
  leaves silence.
* Octets of frames stand without flags, check sequence and stuffed bits, their least significant
  bit first on the line, from the address (FF hex) to the end of the information field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

GAP_MS = 75
"""Between any two signals (T.30 5.3.2.3 and 5.1: 75 +-20 ms)."""

LONGEST_WAIT_MS = 1000
"""For a far end that does not become quiet, or a line that noises as if it did not: own figure,
well within the 3 s for which a far end waits for an answer (T4)."""

PREAMBLE_MS = 1000
"""Flags before the first frame at 300 bit/s (T.30 5.3.1: 1 s +-15 %)."""

ECM_PREAMBLE_MS = 200
"""Flags before the first frame of a partial page (T.4 A.3.1: at least 200 ms)."""

TRAINING_CHECK_MS = 1500
"""Length of the training check (T.30 5.3.6.1.3: zeros for 1.5 s +-10 %)."""


class Modem(Enum):
    """A fast modem, by the Recommendation that describes it."""

    V27TER = "V.27ter"
    V29 = "V.29"
    V17 = "V.17"


class Rate(Enum):
    """A fast modem at one of its speeds; `code` is bits 11 to 14 of a DCS (T.30 Table 2).

    Bit 11 is the least significant.  Members stand from slow to fast within a modem, and their
    places are the numbers of the modes of the native modems.
    """

    V27TER_2400 = (Modem.V27TER, 2400, 0b0000)
    V27TER_4800 = (Modem.V27TER, 4800, 0b0010)
    V29_7200 = (Modem.V29, 7200, 0b0011)
    V29_9600 = (Modem.V29, 9600, 0b0001)
    V17_7200 = (Modem.V17, 7200, 0b1011)
    V17_9600 = (Modem.V17, 9600, 0b1001)
    V17_12000 = (Modem.V17, 12_000, 0b1010)
    V17_14400 = (Modem.V17, 14_400, 0b1000)

    def __init__(self, modem: Modem, bit_s: int, code: int) -> None:
        self.modem = modem
        self.bit_s = bit_s
        self.code = code

    def __str__(self) -> str:
        return f"{self.modem.value} at {self.bit_s} bit/s"

    @property
    def mode(self) -> int:
        """Number of the native modem's mode."""
        return list(Rate).index(self)

    @property
    def has_short_training(self) -> bool:
        """Whether a receiver that was trained once needs little to be trained again (V.17)."""
        return self.modem is Modem.V17

    @property
    def training_check_octets(self) -> int:
        """Zeros of a training check."""
        return self.bit_s * TRAINING_CHECK_MS // 8000


BY_CODE = {rate.code: rate for rate in Rate}
"""Bits 11 to 14 of a DCS, bit 11 the least significant, to what they mean; others are reserved."""


class Content(Enum):
    """What a fast carrier brings."""

    TRAINING_CHECK = "training check"
    """1.5 s of zeros, which are counted: `TrainingChecked`."""
    IMAGE = "image"
    """A page as it is coded: `ImageOctets`, until it ends."""
    ECM = "ECM"
    """A partial page as frames: `FrameReceived` for each good one, until it ends."""


# --- down: phases ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing, hear nothing."""

    ms: int


class Tone(Enum):
    """Send a tone; the calling tone is `Listen.calling_tone`."""

    CED = "CED"
    """What a called terminal says first: 2100 Hz for 2.6 to 4.0 s (T.30 4.3.3.3)."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Send frames at 300 bit/s (V.21 channel 2), behind the preamble; the last one is final."""

    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TrainingCheck:
    """Train the far end's receiver, at full length, and send zeros for 1.5 s."""

    rate: Rate


@dataclass(frozen=True, slots=True)
class Image:
    """Send a page without error correction: octets as they are coded, RTC included.

    The memory belongs to the carrier until the phase is done or replaced.
    """

    rate: Rate
    short: bool
    """Short training (V.17 only)."""
    octets: bytes


@dataclass(frozen=True, slots=True)
class EcmImage:
    """Send frames of a partial page fast, with `ECM_PREAMBLE_MS` of flags before them.

    `frames` are complete but for flags and check sequence, RCP frames included.
    """

    rate: Rate
    short: bool
    """Short training (V.17 only)."""
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fast:
    """The fast carrier that may come."""

    rate: Rate
    short: bool
    """Short training, with what the receiver learnt when it was last trained at length."""
    content: Content


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen for frames at 300 bit/s, and for a fast carrier if one is named.

    It is a race: both receivers run, and the first that is sure (good frame, or trained) shuts the
    other out until its carrier has gone.  Then the race begins again, so that one `Listen` hears
    a page and the command behind it, or a training check that is repeated.
    """

    fast: Fast | None = None
    after_dcs: frozenset[Rate] = frozenset()
    """When a good DCS frame names one of these rates, its training check is listened for as well,
    from that very sample on, instead of what `fast` says."""
    calling_tone: bool = False
    """Meanwhile say that a fax calls: 1100 Hz for 0.5 s, silence for 3 s (CNG, T.30 4.2), until
    flags at 300 bit/s are heard."""


Phase = Silence | Tone | Frames | TrainingCheck | Image | EcmImage | Listen

SENDING = (Tone, Frames, TrainingCheck, Image, EcmImage)
"""Kinds of phases for which the far end must be quiet."""


@dataclass(frozen=True, slots=True)
class Program:
    """Phases in their order; `number` grows from program to program."""

    number: int
    phases: tuple[Phase, ...]


# --- up: evidence ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a carrier was heard; None is what its receiver cannot tell."""

    snr_db: float | None = None
    """Distance of the points from where they should be, as signal to noise."""
    level_dbm0: float | None = None
    offset_hz: float | None = None
    """Of the carrier."""
    slips: int = 0
    """How often the receiver had to catch up with a jump in time."""


@dataclass(frozen=True, slots=True)
class PhaseDone:
    """A phase has ended by itself; one that was replaced is never done."""

    sample: int
    program: int
    index: int
    """Its place in the program, from 0."""


@dataclass(frozen=True, slots=True)
class CarrierUp:
    """Something is there: flags at 300 bit/s (`rate` None), or the fast carrier that may come.

    A signal that is there for longer than the training takes, and did not train the receiver, is
    told as well, with `trained` False: its end is worth waiting for.
    """

    sample: int
    rate: Rate | None
    trained: bool = True


@dataclass(frozen=True, slots=True)
class CarrierLost:
    """It has ended, or was lost; a fast one that never trained has `trained` False."""

    sample: int
    rate: Rate | None
    trained: bool = True
    good_frames: int = 0
    bad_frames: int = 0
    """Frames whose check sequence was wrong; frames that were cut off are none."""
    quality: Quality = Quality()


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A frame: from the fast carrier of this rate, or at 300 bit/s (None).

    Bad ones are told at 300 bit/s only: that there was something is worth knowing there.
    """

    sample: int
    octets: bytes
    good: bool = True
    """Whether the check sequence was right."""
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class TrainingChecked:
    """What came as training check, counted: told when its carrier has ended, before that is told.

    The ends, where the carrier came and went, are left out.
    """

    sample: int
    rate: Rate
    bits: int
    bad_bits: int
    """Ones among them."""
    longest_good: int
    """The longest run of zeros, in bits."""
    quality: Quality = Quality()
    second_good: int = 0
    """The run of zeros that comes next to it in length: both together are all but one burst of
    errors, where there is no other."""


@dataclass(frozen=True, slots=True)
class ImageOctets:
    """The next octets of a page without error correction."""

    sample: int
    octets: bytes


class Greeting(Enum):
    """What is heard before the first frame."""

    CED = "CED, a fax answers"
    """2100 Hz (T.30 4.3.3.3)."""
    CNG = "CNG, a fax calls"
    """1100 Hz (T.30 4.2)."""
    SOUND = "sound of somebody who is no fax"
    """For a second in all: a voice, music, a tone of the exchange."""


@dataclass(frozen=True, slots=True)
class Greeted:
    """The far end's greeting, each at most once, before its first good frame.

    CED is told after 300 ms, CNG when it is over; a caller that sends CNG does not hear it.
    """

    sample: int
    greeting: Greeting

    def text(self) -> str:
        """In words."""
        return self.greeting.value


Evidence = (
    PhaseDone | CarrierUp | CarrierLost | FrameReceived | TrainingChecked | ImageOctets | Greeted
)
