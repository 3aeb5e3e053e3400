"""The frames of T.30 (clause 5.3) and of error correction (T.4 Annex A): read, write, explain.

    decode(octets)            a `Frame`, or `Damaged` with one sentence that says what is wrong
    Frame(Fcf.MCF).encode()   octets without flags and check sequence, as `phases` has them
    frame.text()              "DCS: V.17 at 14400 bit/s, A4, any length, receives, fine, MMR ..."

Octets come and go with their least significant bit first on the line, so that the control octet
of a final frame, printed 1100 1000 in the Recommendation, is 13 hex here.  What the Recommendation
prints of facsimile control fields (FCF) is written down as it prints them, and turned round once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from telcard.fax.fields import LEAST_OCTETS, LENGTH, RATE, SCAN_TIME, WIDTH, Fields
from telcard.fax.makers import REVERSED, maker
from telcard.fax.phases import BY_CODE

ADDRESS = 0xFF
CONTROL = 0x03
"""Of a frame that others follow (5.3.4: 1100 0000) ..."""
FINAL = 0x10
"""... and this bit in the last one (1100 1000)."""

FRAMES_A_BLOCK = 256
"""Frames of a partial page at most (T.4 A.3.6)."""

RCP_COUNT = 3
"""Frames that end a partial page (T.4 A.3.6.2)."""


class Fcf(Enum):
    """Facsimile control fields, as printed; those with an X begin with 0 here (5.3.6.1).

    X is 1 from the station that has received a DIS.  The second value says what the frame means.
    """

    DIS = (0x01, "digital identification signal")
    CSI = (0x02, "called subscriber identification")
    NSF = (0x04, "non-standard facilities")
    DES = (0x05, "digital extended signal")
    DTC = (0x81, "digital transmit command")
    CIG = (0x82, "calling subscriber identification")
    PWD = (0x83, "password")
    NSC = (0x84, "non-standard facilities command")
    SEP = (0x85, "selective polling")
    PSA = (0x86, "polled sub-address")
    CIA = (0x87, "calling subscriber internet address")
    ISP = (0x88, "internet selective polling address")
    DCS = (0x41, "digital command signal")
    TSI = (0x42, "transmitting subscriber identification")
    SUB = (0x43, "sub-address")
    NSS = (0x44, "non-standard set-up")
    SID = (0x45, "sender identification")
    TSA = (0x46, "transmitting subscriber internet address")
    IRA = (0x47, "internet routing address")
    CTC = (0x48, "continue to correct")
    CFR = (0x21, "confirmation to receive")
    FTT = (0x22, "failure to train")
    CTR = (0x23, "response to continue to correct")
    CSA = (0x24, "called subscriber internet address")
    EOM = (0x71, "end of message")
    MPS = (0x72, "multi-page signal")
    EOR = (0x73, "end of retransmission")
    EOP = (0x74, "end of procedure")
    RR = (0x76, "receive ready")
    EOS = (0x78, "end of selection")
    PRI_EOM = (0x79, "procedure interrupt, end of message")
    PRI_MPS = (0x7A, "procedure interrupt, multi-page signal")
    PRI_EOP = (0x7C, "procedure interrupt, end of procedure")
    PPS = (0x7D, "partial page signal")
    MCF = (0x31, "message confirmation")
    RTN = (0x32, "retrain negative")
    RTP = (0x33, "retrain positive")
    PIN = (0x34, "procedure interrupt negative")
    PIP = (0x35, "procedure interrupt positive")
    PID = (0x36, "procedure interrupt disconnect")
    RNR = (0x37, "receive not ready")
    ERR = (0x38, "response to end of retransmission")
    PPR = (0x3D, "partial page request")
    FDM = (0x3F, "file diagnostics message")
    FNV = (0x53, "field not valid")
    TR = (0x56, "transmit ready")
    TNR = (0x57, "transmit not ready")
    CRP = (0x58, "command repeat")
    DNK = (0x59, "digital not acknowledge")
    DCN = (0x5F, "disconnect")
    FCD = (0x60, "facsimile coded data")
    RCP = (0x61, "return to control for partial page")
    CCD = (0x68, "character coded data")

    def __init__(self, printed: int, meaning: str) -> None:
        self.printed = printed
        self.meaning = meaning

    @property
    def has_x(self) -> bool:
        """Whether the first bit says which station sends; the DIS and DTC families have none."""
        return bool(self.printed & 0x70) and not 0x60 <= self.printed < 0x70

    def __str__(self) -> str:
        return self.name.replace("_", "-")


_BY_PRINTED = {fcf.printed: fcf for fcf in Fcf}

IDENTITIES = frozenset({Fcf.CSI, Fcf.CIG, Fcf.TSI})
"""Numbers of stations, 20 characters (5.3.6.2.4)."""

TEXTS = IDENTITIES | {Fcf.SUB, Fcf.SEP, Fcf.PWD, Fcf.SID, Fcf.PSA}
"""What is written like them (5.3.6.2.8 to .12)."""

NON_STANDARD = frozenset({Fcf.NSF, Fcf.NSC, Fcf.NSS})

CAPABILITIES = frozenset({Fcf.DIS, Fcf.DTC, Fcf.DCS})

ENDS_OF_PAGE = frozenset({Fcf.EOM, Fcf.MPS, Fcf.EOP, Fcf.PRI_EOM, Fcf.PRI_MPS, Fcf.PRI_EOP})
"""What comes after a page (5.3.6.1.6), alone or behind PPS and EOR."""

UNINTERRUPTED = {Fcf.PRI_EOM: Fcf.EOM, Fcf.PRI_MPS: Fcf.MPS, Fcf.PRI_EOP: Fcf.EOP}
"""The same without the wish to interrupt."""

TEXT_LENGTH = 20

FNV_REASONS = (
    "password",
    "selective polling",
    "sub-address",
    "sender identification",
    "secure fax",
    "transmitting subscriber identification",
    "polled sub-address",
)
"""Bits of the first octet of FNV, from the first on the line (T.30 Table 3, from memory of it)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its control field, what stands in it, and whether others follow."""

    fcf: Fcf
    fif: bytes = b""
    """Facsimile information field."""
    final: bool = True
    x: bool = False
    """Sent by the station that has received a DIS."""

    def encode(self) -> bytes:
        """Address, control, FCF and FIF."""
        printed = self.fcf.printed | (0x80 if self.x and self.fcf.has_x else 0)
        control = CONTROL | (FINAL if self.final else 0)
        return bytes((ADDRESS, control, REVERSED[printed])) + self.fif

    @property
    def fields(self) -> Fields:
        """The bits of DIS, DTC, DCS and CTC."""
        return Fields.read(self.fif)

    @property
    def characters(self) -> str:
        """What an identification, a sub-address or a password says, without padding."""
        return read_text(self.fif)

    @property
    def page_end(self) -> PageEnd:
        """What PPS and EOR say."""
        return PageEnd.read(self.fif)

    def text(self) -> str:
        """The frame in words, for transcripts."""
        said = _explained(self)
        return f"{self.fcf}: {said}" if said else f"{self.fcf}, {self.fcf.meaning}"

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Damaged:
    """Octets that are no frame; `fault` says in one sentence why."""

    octets: bytes
    fault: str

    def text(self) -> str:
        """The same, for transcripts."""
        return self.fault


@dataclass(frozen=True, slots=True)
class PageEnd:
    """What stands in PPS: what follows this partial page, and its place in the document.

    `command` is None where the page goes on (PPS-NULL), and `page`, `block` and `frames` are 0, 0
    and 1 in an EOR, which has no counters.
    """

    command: Fcf | None
    page: int = 0
    """Number of the page, modulo 256."""
    block: int = 0
    """Number of the partial page within it."""
    frames: int = 1
    """How many frames were sent this time, 1 to 256."""

    def octets(self, counters: bool = True, x: bool = False) -> bytes:
        """The information field: FCF2, and the three counters of PPS."""
        printed = 0 if self.command is None else self.command.printed | (0x80 if x else 0)
        first = bytes((REVERSED[printed],))
        return first + bytes((self.page % 256, self.block, self.frames - 1)) if counters else first

    @classmethod
    def read(cls, fif: bytes) -> PageEnd:
        """Read the information field of a PPS or EOR that `decode` has found in order."""
        command = _fcf2(fif[0])
        if len(fif) < 4:
            return cls(command)
        return cls(command, fif[1], fif[2], fif[3] + 1)

    def text(self) -> str:
        """In words."""
        return "NULL" if self.command is None else str(self.command)


def _fcf2(octet: int) -> Fcf | None:
    printed = REVERSED[octet]
    return _BY_PRINTED[printed & 0x7F] if printed & 0x7F else None


# --- reading --------------------------------------------------------------------------------------


def decode(octets: bytes) -> Frame | Damaged:
    """Read a frame; never raises, whatever came."""
    if len(octets) < 3:
        return Damaged(octets, f"frame: want at least 3 octets, got {len(octets)}")
    if octets[0] != ADDRESS:
        return Damaged(octets, f"frame: want address FF, got {octets[0]:02X}")
    if octets[1] & ~FINAL != CONTROL:
        return Damaged(octets, f"frame: want control 03 or 13, got {octets[1]:02X}")
    printed = REVERSED[octets[2]]
    fcf = _BY_PRINTED.get(printed)
    x = False
    if fcf is None:
        fcf = _BY_PRINTED.get(printed & 0x7F)
        x = bool(printed & 0x80)
        if fcf is None or not fcf.has_x:
            return Damaged(octets, f"frame: control field {octets[2]:02X} is not one of T.30")
    frame = Frame(fcf, octets[3:], bool(octets[1] & FINAL), x)
    fault = _fault(frame)
    return Damaged(octets, fault) if fault else frame


def _fault(frame: Frame) -> str:
    """What is wrong with a frame's information field, or nothing."""
    length = len(frame.fif)
    if frame.fcf is Fcf.FCD:  # first, being most frames of a call
        return "" if length else "FCD: want a frame number, got none"
    if frame.fcf in CAPABILITIES and length < LEAST_OCTETS:
        return f"{frame.fcf}: want at least {LEAST_OCTETS} octets of fields, got {length}"
    if frame.fcf is Fcf.DCS and frame.fields.get(RATE) not in BY_CODE:
        return f"DCS: rate {frame.fields.get(RATE):04b} (bits 14 to 11) is not one of T.30"
    if frame.fcf is Fcf.CTC and length < 2:
        return f"CTC: want 2 octets of fields, got {length}"
    if frame.fcf is Fcf.CTC and frame.fields.get(RATE) not in BY_CODE:
        return f"CTC: rate {frame.fields.get(RATE):04b} (bits 14 to 11) is not one of T.30"
    if frame.fcf is Fcf.PPR and length < FRAMES_A_BLOCK // 8:
        return f"PPR: want {FRAMES_A_BLOCK // 8} octets of requests, got {length}"
    if frame.fcf in (Fcf.PPS, Fcf.EOR):
        wanted = 4 if frame.fcf is Fcf.PPS else 1
        if length < wanted:
            return f"{frame.fcf}: want {wanted} octets, got {length}"
        second = REVERSED[frame.fif[0]] & 0x7F
        if second and _BY_PRINTED.get(second) not in ENDS_OF_PAGE:
            return f"{frame.fcf}: second control field {frame.fif[0]:02X} does not end a page"
    return ""


def requested(ppr: bytes) -> frozenset[int]:
    """Numbers of the frames that the information field of a PPR asks for."""
    return frozenset(n for n in range(FRAMES_A_BLOCK) if ppr[n // 8] >> n % 8 & 1)


def read_text(fif: bytes) -> str:
    """Characters of an identification: the last one is the first on the line (5.3.6.2.4).

    Stations were seen that pad on the wrong side, or with zeros; what is not printable is a "?".
    """
    characters = "".join(chr(o) if 32 <= o < 127 else "?" for o in reversed(fif) if o)
    return characters.strip(" ")


# --- writing --------------------------------------------------------------------------------------


def write_text(text: str) -> bytes:
    """The information field of an identification, a sub-address or a password.

    Raises `ValueError` where it does not fit.
    """
    if len(text) > TEXT_LENGTH or not text.isascii() or not text.isprintable():
        raise ValueError(f"want at most {TEXT_LENGTH} printable ASCII characters, got {text!r}")
    return text.rjust(TEXT_LENGTH).encode("ascii")[::-1]


def write_requests(numbers: Iterable[int]) -> bytes:
    """The information field of a PPR that asks for these frames."""
    octets = bytearray(FRAMES_A_BLOCK // 8)
    for number in numbers:
        octets[number // 8] |= 1 << number % 8
    return bytes(octets)


# --- explaining -----------------------------------------------------------------------------------

_WIDTHS = ("A4", "B4", "A3", "invalid width")
_LENGTHS = ("A4 long", "B4 long", "any length", "invalid length")
_MODEMS = {
    0b0000: "V.27ter at 2400 bit/s only",
    0b0010: "V.27ter",
    0b0001: "V.29",
    0b0011: "V.27ter, V.29",
    0b1011: "V.27ter, V.29, V.17",
    0b0111: "V.27ter, V.29, V.33",
}
"""Bits 11 to 14 of a DIS (Table 2; V.33 until 1993), bit 11 the least significant."""

_TIMES = ("20 ms", "5 ms", "10 ms", "20/10 ms", "40 ms", "40/20 ms", "10/5 ms", "0 ms")
"""Bits 21 to 23, bit 21 the least significant: time of a row, of a fine one."""


def _explained(frame: Frame) -> str:
    """What stands in a frame, in words; nothing where its name says all."""
    fcf, fif = frame.fcf, frame.fif
    if fcf in CAPABILITIES:
        fields = frame.fields
        words = [_WIDTHS[fields.get(WIDTH)], _LENGTHS[fields.get(LENGTH)], *fields.words()]
        if fcf is Fcf.DCS:
            words.insert(0, str(BY_CODE[fields.get(RATE)]))
        else:
            words.insert(0, _MODEMS.get(fields.get(RATE), "reserved modems"))
        return ", ".join([*words, f"rows of {_TIMES[fields.get(SCAN_TIME)]}"])
    if fcf is Fcf.CTC:
        return str(BY_CODE[frame.fields.get(RATE)])
    if fcf in TEXTS:
        return repr(frame.characters)
    if fcf in NON_STANDARD:
        return f"{maker(fif)}, {len(fif)} octets"
    if fcf is Fcf.PPS:
        end = frame.page_end
        count = f"{end.frames} frame{'' if end.frames == 1 else 's'}"
        where = f"page {end.page}, block {end.block}, {count}"
        return f"{end.text()}, {where}"
    if fcf is Fcf.EOR:
        return frame.page_end.text()
    if fcf is Fcf.PPR:
        return f"frames {spans(requested(fif))}"
    if fcf is Fcf.FCD:
        return f"frame {fif[0]}, {len(fif) - 1} octets"
    if fcf is Fcf.FNV and fif:
        wrong = [text for place, text in enumerate(FNV_REASONS) if fif[0] >> place & 1]
        return ", ".join(wrong)
    return ""


def spans(numbers: Iterable[int]) -> str:
    """Numbers in a short form: "0-3, 7"; "none" where there are none."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][-1:] = [number] if len(runs[-1]) > 1 else [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs) or "none"
