"""What a T.30 terminal tells: who the far end is, each page, each frame, and why it all ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from telcard.fax.frames import Damaged, Frame
from telcard.fax.makers import Maker
from telcard.fax.negotiation import Agreement, Capabilities
from telcard.fax.pages import Judgement
from telcard.fax.phases import Greeted, Quality, Rate, TrainingChecked


class Reason(Enum):
    """Why a call ended: in T.30's words, and in plain ones."""

    DONE = ("DCN after the last page", "all pages went over")
    NO_FAX = ("T1 expired: no DIS", "no fax machine has answered")
    NO_SIGNAL = ("T0 expired: no answering signal", "nobody has answered")
    NO_COMMAND = ("T1 expired: no command after DIS", "whoever called is no fax machine")
    NO_SECOND_DIS = (
        "T1 expired: no DIS after EOM",
        "the far end has fallen silent between two documents",
    )
    COMMAND_LOST = ("T2 expired: no command", "the far end has fallen silent")
    NO_PAGE = ("T2 expired: no page", "the page that was announced did not come")
    NO_RESPONSE_TO_DCS = ("no response to DCS (T4)", "the far end does not answer our training")
    NO_RESPONSE_TO_DTC = ("no response to DTC (T4)", "the far end does not send what we asked for")
    NO_RESPONSE_TO_PAGE = (
        "no response to the post-message command (T4)",
        "the far end does not say whether it has got the page",
    )
    NO_RESPONSE_TO_CORRECTION = (
        "no response to CTC, EOR or RR (T4)",
        "the far end has fallen silent while a page was being mended",
    )
    CANNOT_TRAIN = ("FTT at the lowest rate", "the line is too bad for any of the modems")
    CANNOT_CORRECT = ("PPR at the lowest rate: EOR", "the line is too bad to get the page over")
    PAGE_REFUSED = ("RTN too often", "the far end could not read a page, however often it came")
    NOT_READY = ("T5 expired: RNR", "the far end was busy for too long")
    INVALID_RESPONSE = ("invalid response", "the far end has answered something senseless")
    INVALID_COMMAND = ("invalid command", "the far end has asked for something not offered")
    DISCONNECTED_BEFORE = ("DCN in phase B", "the far end has hung up before any page")
    DISCONNECTED_DURING = (
        "DCN in phase C or D",
        "the far end has hung up without saying whether it has got the page",
    )
    CANNOT_RECEIVE = ("DIS without bit 10", "the far end cannot receive pages now")
    NOTHING_TO_POLL = ("DIS without bit 9", "the far end has no document for us")
    POLL_REFUSED = ("DTC without the right password", "the far end does not know the password")
    NOT_ALLOWED = ("FNV", "the far end does not accept our password or sub-address")
    NOTHING_TO_SEND = ("DTC, but no document", "the far end wants a document that we do not have")
    NOTHING_TO_DO = ("nothing to send, receive or poll", "we have no pages to send")
    INCOMPATIBLE = ("no common format", "the far end cannot print the page")
    NO_COMMON_MODEM = ("no common signalling rate", "the far end has other modems than we")
    INTERRUPTED = ("procedure interrupt", "an operator has taken the call over")
    OPERATOR_MISSED = ("T3 expired", "no operator has come")
    STOPPED = ("stopped by the user", "the fax was stopped here")
    HUNG_UP = ("carrier of the call lost", "the call was cut off")
    FAULT = ("fault of line or card", "the line or a card of ours has failed")
    PAGE_TOO_LONG = ("page longer than its limit", "a page went on and on")
    NOISE = ("no usable carrier", "there was noise and no end of it")
    NO_PROGRESS = ("too many repeats", "both kept talking without getting anywhere")

    def __init__(self, words: str, plain: str) -> None:
        self.words = words
        self.plain = plain


@dataclass(frozen=True, slots=True)
class Identified:
    """What the far end says of itself, with its DIS, DTC or DCS."""

    ident: str = ""
    """CSI, CIG or TSI."""
    maker: Maker | None = None
    """From its non-standard facilities."""
    subaddress: str = ""
    """SUB, or PSA when it polls."""
    sender: str = ""
    """SID."""
    password: str = ""
    """PWD."""
    selection: str = ""
    """SEP."""
    capabilities: Capabilities | None = None
    """Of a DIS or DTC."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A training has ended; on the sending side `checked` is None."""

    rate: Rate
    good: bool
    checked: TrainingChecked | None = None


@dataclass(frozen=True, slots=True)
class PageReport:
    """Evidence of one page, sent or received."""

    number: int
    """From 1."""
    sent: bool
    accepted: bool
    """Confirmed by the far end, or taken here."""
    agreement: Agreement
    rows: int = 0
    bad_rows: int = 0
    longest_bad: int = 0
    lost_rows: int = 0
    """Rows that did not come at all, as far as can be told."""
    octets: int = 0
    """As coded."""
    requests: int = 0
    """How many PPR it took."""
    repeats: int = 0
    """How often it was sent anew (RTN)."""
    seconds: float = 0.0
    """From the beginning of its signal to its confirmation."""
    quality: Quality = field(default_factory=Quality)
    """Of its carrier, as received."""

    @property
    def judgement(self) -> Judgement:
        """Its rows alone."""
        return Judgement(self.rows, self.bad_rows, self.longest_bad, self.lost_rows)


@dataclass(frozen=True, slots=True)
class Traced:
    """A frame went by, heard or said to its end; or the far end's greeting was heard."""

    sample: int
    sent: bool
    frame: Frame | Damaged | Greeted
    note: str = ""
    """What became of it, where it was not as usual: "echo of our own", "check sequence wrong"."""

    def text(self) -> str:
        """A line of a transcript."""
        arrow = "->" if self.sent else "<-"
        note = f" ({self.note})" if self.note else ""
        return f"{self.sample / 8000:9.3f} {arrow} {self.frame.text()}{note}"


@dataclass(frozen=True, slots=True)
class OperatorWanted:
    """The far end, or we, want people to talk: `fire("connect")` gives them the line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; hang up."""

    reason: Reason
    detail: str = ""
    phase: str = "E"
    """T.30's phase in which it was decided: A to E."""
    pages_sent: int = 0
    pages_received: int = 0

    @property
    def good(self) -> bool:
        """Whether all went as it was meant to."""
        return self.reason is Reason.DONE

    def text(self) -> str:
        """One line for people."""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.reason.plain} ({self.reason.words}{detail}; phase {self.phase})"


Event = Identified | Trained | PageReport | Traced | OperatorWanted | Ended
"""All that a terminal reports."""
