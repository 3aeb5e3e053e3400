"""Pages for T.30 without pixels: a row is an octet, bad where it is "!"; "?" breaks a page off."""

from telcard.fax.negotiation import Agreement, Capabilities, Shape
from telcard.fax.pages import Judgement


class Sheet:
    """A page of so many rows, each of `width` octets, with its number in the first."""

    def __init__(self, rows: int = 100, shape: Shape = Shape(), mark: int = 1) -> None:
        self.shape = shape
        self.rows = rows
        self.mark = mark
        self.asked: list[tuple[str, int]] = []

    def coded(self, coding: str, least_bits: int) -> bytes:
        self.asked.append((coding, least_bits))
        return bytes((self.mark,)) * self.rows


class Source:
    """Pages in their order."""

    def __init__(self, *sheets: Sheet) -> None:
        self.sheets = sheets

    def page(self, number: int, theirs: Capabilities) -> Sheet | None:
        return self.sheets[number] if number < len(self.sheets) else None


class Sink:
    """Keeps what came."""

    def __init__(self) -> None:
        self.ready = True
        self.busy_for = 0
        """How many times it is not ready when asked."""
        self.kept: list[tuple[Agreement, bytes]] = []
        self.dropped = 0
        self.row_bits = 0
        """What `octets` says about the last row."""
        self._page: tuple[Agreement, bytearray] | None = None
        self._ended: tuple[Agreement, bytes] | None = None

    def __getattribute__(self, name: str) -> object:
        if name == "ready" and object.__getattribute__(self, "busy_for") > 0:
            self.busy_for -= 1
            return False
        return object.__getattribute__(self, name)

    def begin(self, agreement: Agreement) -> None:
        assert self._page is None, "the last page has not ended"
        self._page = (agreement, bytearray())

    def octets(self, octets: bytes) -> int:
        assert self._page is not None, "no page has begun"
        self._page[1].extend(octets)
        return self.row_bits

    def end(self) -> Judgement:
        assert self._page is not None, "no page has begun"
        agreement, octets = self._page
        octets = octets.rstrip(b"\0") if agreement.ecm else octets
        self._page, self._ended = None, (agreement, bytes(octets))
        bad = octets.count(b"!")
        return Judgement(len(octets), bad, bad, whole=not octets.endswith(b"?"))

    def settle(self, kept: bool) -> None:
        assert self._ended is not None, "no page has ended"
        if kept:
            self.kept.append(self._ended)
        else:
            self.dropped += 1
        self._ended = None

    @property
    def pages(self) -> list[bytes]:
        return [octets for _, octets in self.kept]
