"""What a fax machine can, and what two of them agree on (T.30 5.3.6.2 and Table 2).

    ours = Capabilities()                              V.17, all codings, error correction
    theirs = read_dis(frame.fields)
    agreement = choose(ours, theirs, Shape(Resolution.FINE, Width.A4))
    write_dcs(agreement)                               the fields of our DCS

A receiver reads a DCS with `read_dcs`, and asks `agreement.refused_by(ours)` whether it holds to
what was offered.  `LADDER` is the way down when training fails, through rates and modems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from telcard.fax.fields import LENGTH, RATE, SCAN_TIME, WIDTH, Bit, Fields
from telcard.fax.geometry import Resolution, Width
from telcard.fax.phases import BY_CODE, Modem, Rate

if TYPE_CHECKING:
    from telcard.fax.t4 import Coding

LADDER = (
    Rate.V17_14400,
    Rate.V17_12000,
    Rate.V17_9600,
    Rate.V29_9600,
    Rate.V17_7200,
    Rate.V29_7200,
    Rate.V27TER_4800,
    Rate.V27TER_2400,
)
"""From fast to slow.  Of two modems at one rate V.17 comes first: its code bears more noise."""

MODEMS = {"v27ter": Modem.V27TER, "v29": Modem.V29, "v17": Modem.V17}
"""Names for the fastest modem; each includes the slower ones."""

CODINGS: tuple[Coding, ...] = ("mmr", "mr", "mh")
"""The one that makes the shortest pages first; MMR needs error correction (T.6)."""


def rates_up_to(fastest: str) -> frozenset[Rate]:
    """All rates of a modem and of the slower ones; "v27ter", "v29" or "v17"."""
    if fastest not in tuple(MODEMS):
        raise ValueError(f"fax modem: want one of {', '.join(MODEMS)}, got {fastest!r}")
    modems = list(Modem)[: list(Modem).index(MODEMS[fastest]) + 1]
    return frozenset(rate for rate in Rate if rate.modem in modems)


class Length(Enum):
    """How long a page may be; the value is that of bits 19 and 20."""

    A4 = 0
    B4 = 1
    UNLIMITED = 2


_WIDTHS = {Width.A4: 0, Width.B4: 1, Width.A3: 2}
"""Bits 17 and 18, bit 17 the least significant; in a DIS each includes the narrower ones."""

_SCAN_MS = ((20, 20), (5, 5), (10, 10), (20, 10), (40, 40), (40, 20), (10, 5), (0, 0))
"""Bits 21 to 23 of a DIS, bit 21 the least significant: ms of a row at 3.85 and 7.7 lines/mm."""

_SCAN_CODES = {20: 0, 5: 1, 10: 2, 40: 4, 0: 7}
"""The same of a DCS, which names one time."""

_RESOLUTION_BITS: dict[Resolution, frozenset[Bit]] = {
    Resolution.STANDARD: frozenset(),
    Resolution.FINE: frozenset({Bit.FINE}),
    Resolution.SUPERFINE: frozenset({Bit.SUPERFINE}),
    Resolution.R16: frozenset({Bit.DPI_400}),
    Resolution.DPI_200_BY_100: frozenset({Bit.INCHES}),
    Resolution.DPI_200: frozenset({Bit.FINE, Bit.INCHES}),
    Resolution.DPI_300: frozenset({Bit.DPI_300}),
    Resolution.DPI_400: frozenset({Bit.DPI_400, Bit.INCHES}),
    Resolution.DPI_600: frozenset({Bit.DPI_600}),
    Resolution.DPI_1200: frozenset({Bit.DPI_1200}),
}
"""Bits of a DCS that name a resolution, and of a DIS that offers it."""

_RESOLUTIONS = frozenset().union(*_RESOLUTION_BITS.values())

_OTHER_CONTENTS = (
    Bit.UNCOMPRESSED,
    Bit.T43,
    Bit.JPEG,
    Bit.JBIG,
    Bit.JBIG_STRIPES,
    Bit.T44_1,
    Bit.T44_2,
    Bit.T44_3,
    Bit.T45,
    Bit.T89_1,
    Bit.T89_2,
    Bit.T89_3,
    Bit.BINARY_FILE,
    Bit.DOCUMENT_TRANSFER,
    Bit.EDIFACT,
    Bit.BASIC_TRANSFER,
    Bit.CHARACTERS,
    Bit.MIXED,
    Bit.PROCESSABLE,
)
"""Bits of a DCS that say that no page as we know it will come."""

METRIC = frozenset({Resolution.STANDARD, Resolution.FINE, Resolution.SUPERFINE, Resolution.R16})


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a machine offers in its DIS or DTC."""

    rates: frozenset[Rate] = frozenset(Rate)
    codings: frozenset[Coding] = frozenset(CODINGS)
    resolutions: frozenset[Resolution] = METRIC - {Resolution.R16}
    width: Width = Width.A4
    """The widest page; narrower ones are included."""
    length: Length = Length.UNLIMITED
    scan_ms: tuple[int, int] = (0, 0)
    """Least time of a row at 3.85 and at 7.7 lines/mm, without error correction."""
    superfine_faster: bool = False
    """Rows at 15.4 lines/mm need half the time of those at 7.7."""
    ecm: bool = True
    small_frames: bool = False
    """Frames of 64 octets preferred."""
    receives: bool = True
    has_document: bool = False
    """A document waits to be polled."""
    subaddress: bool = False
    polled_subaddress: bool = False
    password: bool = False
    selective_polling: bool = False

    def scan_time(self, resolution: Resolution) -> int:
        """Least time of a row at a resolution, in ms."""
        standard, fine = self.scan_ms
        if resolution.down <= 100:
            return standard
        halved = self.superfine_faster and resolution.down > 300
        return max(fine // 2, 5) if halved and fine else fine


@dataclass(frozen=True, slots=True)
class Shape:
    """What a page to be sent is like."""

    resolution: Resolution = Resolution.FINE
    width: Width = Width.A4

    @property
    def pixels(self) -> int:
        """Of a row."""
        return self.resolution.pixels(self.width)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a DCS says: how the pages behind it come."""

    rate: Rate
    coding: Coding = "mh"
    resolution: Resolution = Resolution.STANDARD
    width: Width = Width.A4
    length: Length = Length.A4
    scan_ms: int = 0
    ecm: bool = False
    frame_size: int = 256
    """Octets of coded data in a frame, with error correction: 256 or 64."""
    other: str = ""
    """What will come instead of a page in one of our codings, by its bit's name."""

    def text(self) -> str:
        """How pages come, in words."""
        how = ", error correction" if self.ecm else ""
        fine = self.resolution.name.lower().replace("_", " ")
        return f"{fine}, {self.coding.upper()}{how}, {self.rate}"

    @property
    def least_bits(self) -> int:
        """How long a coded row must be for the receiver's printer (T.4 4.1.3)."""
        return 0 if self.ecm else -(-self.scan_ms * self.rate.bit_s // 1000)

    def refused_by(self, ours: Capabilities) -> str:
        """In what it goes beyond what was offered; "" where it does not."""
        if self.rate not in ours.rates:
            return f"{self.rate} was not offered"
        if self.other:
            return f"{self.other} was not offered"
        if self.ecm and not ours.ecm:
            return "error correction was not offered"
        if self.coding not in ours.codings:
            return f"coding {self.coding.upper()} was not offered"
        if self.coding == "mmr" and not self.ecm:
            return "MMR needs error correction"
        if self.resolution not in ours.resolutions:
            return f"resolution {self.resolution.name} was not offered"
        if _WIDTHS[self.width] > _WIDTHS[ours.width]:
            return f"width {self.width.name} was not offered"
        return ""


# --- DIS and DTC ----------------------------------------------------------------------------------


def write_dis(ours: Capabilities) -> Fields:
    """The fields of our DIS or DTC."""
    bits: set[int] = set()
    for resolution in ours.resolutions:
        bits |= _RESOLUTION_BITS[resolution]
    if Bit.INCHES in bits and ours.resolutions & (METRIC - {Resolution.STANDARD}):
        bits.add(Bit.METRIC)
    offered = {
        Bit.POLLING: ours.has_document,
        Bit.RECEIVER: ours.receives,
        Bit.MR: "mr" in ours.codings,
        Bit.ECM: ours.ecm,
        Bit.MMR: ours.ecm and "mmr" in ours.codings,
        Bit.FRAMES_OF_64_PREFERRED: ours.ecm and ours.small_frames,
        Bit.FASTER_SUPERFINE: ours.superfine_faster,
        Bit.SUBADDRESS: ours.subaddress,
        Bit.POLLED_SUBADDRESS: ours.polled_subaddress,
        Bit.PASSWORD: ours.password,
        Bit.SELECTIVE_POLLING: ours.selective_polling,
    }
    bits |= {bit for bit, offer in offered.items() if offer}
    fields = Fields(bits).with_number(RATE, _modem_code(ours.rates))
    fields = fields.with_number(WIDTH, _WIDTHS[ours.width])
    fields = fields.with_number(LENGTH, ours.length.value)
    return fields.with_number(SCAN_TIME, _SCAN_MS.index(ours.scan_ms))


def read_dis(fields: Fields) -> Capabilities:
    """What a DIS or DTC offers; invalid values are read as Table 2 says, or as the least."""
    codings: set[Coding] = {"mh"}
    if Bit.MR in fields:
        codings.add("mr")
    if Bit.MMR in fields and Bit.ECM in fields:
        codings.add("mmr")
    width, length = fields.get(WIDTH), fields.get(LENGTH)
    return Capabilities(
        rates=_offered_rates(fields.get(RATE)),
        codings=frozenset(codings),
        resolutions=_offered_resolutions(fields),
        width=list(_WIDTHS)[min(width, 2)],
        length=Length(min(length, 2)),
        scan_ms=_SCAN_MS[fields.get(SCAN_TIME)],
        superfine_faster=Bit.FASTER_SUPERFINE in fields,
        ecm=Bit.ECM in fields,
        small_frames=Bit.FRAMES_OF_64_PREFERRED in fields,
        receives=Bit.RECEIVER in fields,
        has_document=Bit.POLLING in fields,
        subaddress=Bit.SUBADDRESS in fields,
        polled_subaddress=Bit.POLLED_SUBADDRESS in fields,
        password=Bit.PASSWORD in fields,
        selective_polling=Bit.SELECTIVE_POLLING in fields,
    )


def _modem_code(rates: frozenset[Rate]) -> int:
    modems = {rate.modem for rate in rates}
    if Modem.V17 in modems:
        return 0b1011
    if Modem.V29 in modems:
        return 0b0011 if Modem.V27TER in modems else 0b0001
    return 0b0010 if Rate.V27TER_4800 in rates else 0b0000


def _offered_rates(code: int) -> frozenset[Rate]:
    """Rates by bits 11 to 14: V.33, which went in 1994, and reserved codes as what they hold."""
    rates = set()
    if code != 0b0001:
        rates.add(Rate.V27TER_2400)
    if code & 0b0010:
        rates.add(Rate.V27TER_4800)
    if code & 0b0001:
        rates |= {Rate.V29_7200, Rate.V29_9600}
    if code == 0b1011:
        rates |= {rate for rate in Rate if rate.modem is Modem.V17}
    return frozenset(rates)


def _offered_resolutions(fields: Fields) -> frozenset[Resolution]:
    """Inches where they are offered; metric always, but where 43 and 44 mean 400 dpi alone."""
    offered = {resolution for resolution, bits in _RESOLUTION_BITS.items() if bits <= fields}
    if Bit.INCHES in fields and Bit.METRIC not in fields:
        offered.discard(Resolution.R16)
    return frozenset(offered)


# --- DCS and CTC ----------------------------------------------------------------------------------


def write_dcs(agreement: Agreement, subaddress: bool = False, sender: bool = False) -> Fields:
    """The fields of our DCS; `subaddress` and `sender` say that SUB and SID come with it."""
    bits = {
        Bit.RECEIVER: True,
        Bit.MR: agreement.coding == "mr",
        Bit.ECM: agreement.ecm,
        Bit.FRAMES_OF_64: agreement.ecm and agreement.frame_size == 64,
        Bit.MMR: agreement.coding == "mmr",
        Bit.SUBADDRESS: subaddress,
        Bit.PASSWORD: sender,
    }
    fields = Fields(bit for bit, set_ in bits.items() if set_)
    fields = fields.with_bits(_RESOLUTION_BITS[agreement.resolution])
    fields = fields.with_number(RATE, agreement.rate.code)
    fields = fields.with_number(WIDTH, _WIDTHS[agreement.width])
    fields = fields.with_number(LENGTH, agreement.length.value)
    time = _SCAN_CODES[0 if agreement.ecm else agreement.scan_ms]
    return fields.with_number(SCAN_TIME, time)


def read_dcs(fields: Fields) -> Agreement:
    """What a DCS says; its rate must be one of T.30 (`telcard.fax.frames.decode` sees to it)."""
    ecm = Bit.ECM in fields
    coding: Coding = "mmr" if Bit.MMR in fields else "mr" if Bit.MR in fields else "mh"
    named = frozenset(Bit(bit) for bit in fields & _RESOLUTIONS)
    by_bits = {bits: resolution for resolution, bits in _RESOLUTION_BITS.items()}
    resolution = by_bits.get(named) or by_bits.get(named - {Bit.INCHES})
    return Agreement(
        rate=BY_CODE[fields.get(RATE)],
        coding=coding,
        resolution=resolution or Resolution.FINE,
        width=list(_WIDTHS)[min(fields.get(WIDTH), 2)],
        length=Length(min(fields.get(LENGTH), 2)),
        scan_ms=_SCAN_MS[fields.get(SCAN_TIME)][0],
        ecm=ecm,
        frame_size=64 if ecm and Bit.FRAMES_OF_64 in fields else 256,
        other=next((bit.name.replace("_", " ") for bit in _OTHER_CONTENTS if bit in fields), ""),
    )


def write_ctc(rate: Rate) -> bytes:
    """The information field of a CTC: bits 1 to 16 of a DCS, the rate alone set."""
    return Fields().with_number(RATE, rate.code).octets()[:2]


def read_ctc(fields: Fields) -> Rate:
    """The rate that a CTC names."""
    return BY_CODE[fields.get(RATE)]


# --- choosing -------------------------------------------------------------------------------------


def ladder(ours: Iterable[Rate], theirs: Iterable[Rate]) -> tuple[Rate, ...]:
    """Rates that both know, from fast to slow."""
    both = frozenset(ours) & frozenset(theirs)
    return tuple(rate for rate in LADDER if rate in both)


def slower(rate: Rate, steps: tuple[Rate, ...]) -> Rate | None:
    """The step below a rate; None below the last one."""
    below = LADDER[LADDER.index(rate) + 1 :]
    return next((step for step in steps if step in below), None)


def choose(ours: Capabilities, theirs: Capabilities, page: Shape, rate: Rate) -> Agreement | str:
    """How to send a page of this shape at this rate, or why it cannot be sent."""
    if page.resolution not in theirs.resolutions:
        return f"the far end does not take resolution {page.resolution.name}"
    if _WIDTHS[page.width] > _WIDTHS[theirs.width]:
        return f"the far end does not take width {page.width.name}"
    ecm = ours.ecm and theirs.ecm
    both = ours.codings & theirs.codings | {"mh"}  # which every machine knows (T.4)
    return Agreement(
        rate=rate,
        coding=next(c for c in CODINGS if c in both and (ecm or c != "mmr")),
        resolution=page.resolution,
        width=page.width,
        length=theirs.length,
        scan_ms=0 if ecm else theirs.scan_time(page.resolution),
        ecm=ecm,
        frame_size=64 if ecm and theirs.small_frames else 256,
    )
