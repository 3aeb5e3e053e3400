"""Frames of T.30 as tshark reads them, out of T.38 packets: its names, its bits, its numbers."""

import struct
from pathlib import Path

import pytest

from telcard.fax.fields import Bit, Fields
from telcard.fax.frames import Fcf, Frame, PageEnd, write_requests, write_text
from telcard.fax.makers import REVERSED
from telcard.fax.negotiation import Capabilities, write_dis
from tests.support.peers import PeerMissing, program
from tests.support.tshark import MALFORMED, RAW_IP, read

pytestmark = pytest.mark.interop

PORT = 6004
DECODE_AS = ("-d", f"udp.port=={PORT},t38")

TSHARK_LACKS = {Fcf.DES, Fcf.DNK, Fcf.CCD}
"""Control fields that its table does not have."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    try:
        program("tshark", "tshark")
    except PeerMissing as missing:
        pytest.skip(str(missing))


def packet(number: int, frame: Frame) -> bytes:
    """A frame as T.38 carries it (V.21 data, check sequence right) over UDPTL, UDP and IP."""
    octets = frame.encode().translate(REVERSED)
    ifp = b"\xc0\x02\x80" + struct.pack(">H", len(octets) - 1) + octets + b"\x20"
    udptl = struct.pack(">HB", number, len(ifp)) + ifp + b"\0\0"
    udp = struct.pack(">HHHH", PORT, PORT, 8 + len(udptl), 0) + udptl
    addresses = (0x7F000001, 0x7F000002)
    return (
        struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, *addresses) + udp
    )


def tshark(path: Path, frames: list[Frame], *fields: str, only: str = "t30") -> list[list[str]]:
    packets = [packet(number, frame) for number, frame in enumerate(frames)]
    return read(path, packets, *fields, only=only, link=RAW_IP, options=DECODE_AS)


CONTENTS = {
    Fcf.PPS: PageEnd(Fcf.MPS, 3, 1, 17).octets(x=True),
    Fcf.EOR: PageEnd(Fcf.MPS).octets(counters=False, x=True),
    Fcf.PPR: write_requests({0, 1, 77}),
    Fcf.DIS: write_dis(Capabilities()).octets(),
    Fcf.DTC: write_dis(Capabilities()).octets(),
    Fcf.DCS: bytes.fromhex("0062f844"),
    Fcf.CTC: bytes.fromhex("0020"),
    Fcf.NSF: bytes.fromhex("ad003600"),
    Fcf.NSC: bytes.fromhex("ad003600"),
    Fcf.NSS: bytes.fromhex("ad003600"),
    Fcf.FCD: bytes(65),
} | {
    fcf: write_text("+86 10 1234")
    for fcf in (Fcf.CSI, Fcf.CIG, Fcf.TSI, Fcf.PWD, Fcf.SEP, Fcf.SUB, Fcf.SID, Fcf.PSA)
}


def test_tshark_knows_every_control_field_by_the_same_number(tmp_path: Path) -> None:
    known = [fcf for fcf in Fcf if fcf not in TSHARK_LACKS]
    frames = [Frame(fcf, CONTENTS.get(fcf, b"")) for fcf in known]
    rows = tshark(tmp_path / "all.pcap", frames, "t30.FacsimileControl")
    assert [int(row[0]) for row in rows] == [fcf.printed & 0x7F for fcf in known]
    assert tshark(tmp_path / "all.pcap", frames, "frame.number", only=MALFORMED) == []


def test_tshark_reads_what_stands_in_them(tmp_path: Path) -> None:
    frames = [Frame(fcf, CONTENTS[fcf]) for fcf in (Fcf.CSI, Fcf.PPS, Fcf.PPR)]
    names = ("t30.fif.number", "t30.t4.page_count", "t30.t4.block_count", "t30.ppr.frames")
    rows = tshark(tmp_path / "some.pcap", frames, *names)
    assert rows[0][0].strip() == "+86 10 1234"
    assert rows[1][1:3] == ["3", "1"]
    assert rows[2][3] == "0, 1, 77"


BITS = {
    "v8c": Bit.V8,
    "op": Bit.FRAMES_OF_64_PREFERRED,
    "rtfc": Bit.POLLING,
    "rfo": Bit.RECEIVER,
    "res": Bit.FINE,
    "tdcc": Bit.MR,
    "cm": Bit.UNCOMPRESSED,
    "ecm": Bit.ECM,
    "t6": Bit.MMR,
    "fvc": Bit.FIELD_NOT_VALID,
    "ps": Bit.POLLED_SUBADDRESS,
    "t43": Bit.T43,
    "r8x15": Bit.SUPERFINE,
    "300x300": Bit.DPI_300,
    "r16x15": Bit.DPI_400,
    "ibrp": Bit.INCHES,
    "mbrp": Bit.METRIC,
    "msltchr": Bit.FASTER_SUPERFINE,
    "sp": Bit.SELECTIVE_POLLING,
    "sc": Bit.SUBADDRESS,
    "passw": Bit.PASSWORD,
    "rttd": Bit.DATA_FILE_WAITS,
    "bft": Bit.BINARY_FILE,
    "jpeg": Bit.JPEG,
    "fcm": Bit.FULL_COLOUR,
    "12c": Bit.TWELVE_BITS,
    "nalet": Bit.LETTER,
    "naleg": Bit.LEGAL,
    "spscb": Bit.JBIG,
    "hkm": Bit.HKM,
    "isp": Bit.INTERNET_SELECTIVE_POLLING,
    "600x600": Bit.DPI_600,
    "1200x1200": Bit.DPI_1200,
    "dspcam": Bit.DUPLEX_ALTERNATE,
    "t45": Bit.T45,
}
"""Its names of single bits of a DIS, and ours."""


def test_tshark_finds_every_bit_where_we_have_put_it(tmp_path: Path) -> None:
    """One DIS for each bit, long enough for all of them."""
    longest = Bit.SYCC_JPEG
    frames = [
        Frame(Fcf.DIS, Fields({bit, longest}).octets()) for bit in (*BITS.values(), Bit.RECEIVER)
    ]
    rows = tshark(tmp_path / "bits.pcap", frames, *(f"t30.fif.{name}" for name in BITS))
    for row, bit in zip(rows, BITS.values(), strict=False):
        found = {name for name, value in zip(BITS, row, strict=True) if value in ("1", "True")}
        assert found == {name for name, ours in BITS.items() if ours is bit}, bit
