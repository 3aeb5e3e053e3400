"""T.30 dialogues as scripts: a tester at the other end of the line says and expects, step by step.

    play("sends 1 v29 plain", "ced >DIS:v29 <DCS:9600 <tcf >CFR <page <EOP >MCF <DCN =DONE")

The first words are the terminal under test, as `terminal` reads them; then come the steps:

    <NAME        the next thing that it says: the last of its frames, tcf, page, ecm or ced;
                 <DCS:9600 with this rate, <ecm:3 so many frames, <PPS:EOP, <PPR:1,2,
                 <EOP@3 begun so many seconds behind the thing before it (+-15 %)
    >NAME        say a frame, `>PWD:secret+DTC:v17` several; >tcf >tcf:bad >tcf:endless, >page:200
                 >page:200,11 (bad ones), >broken:200 (without its end), >unread:200 (the
                 receiver does not train), >ecm:0-4 (frames), >PPS:EOP,5 (so many), >flags (none),
                 >garbage (a final frame of no meaning), `>unknown+EOP` behind one that is not
                 final, `>foreign` one of another address, >x:EOP (the other X),
                 >bad:MCF (wrong check sequence)
    wait:2.5     seconds in which nothing is said; quiet:6 and nothing is heard either
    !stop        a request to the terminal
    =DONE        why it ended; =DONE,2 and how many pages it has sent and received

Everything is said 75 ms behind what was heard or said before.
"""

from telcard.fax.ecm import Block
from telcard.fax.fields import RATE, Bit
from telcard.fax.frames import (
    Damaged,
    Fcf,
    Frame,
    PageEnd,
    decode,
    requested,
    write_requests,
    write_text,
)
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import (
    Agreement,
    Capabilities,
    Shape,
    rates_up_to,
    read_ctc,
    read_dcs,
    write_ctc,
    write_dcs,
    write_dis,
)
from telcard.fax.phases import GAP_MS, EcmImage, Frames, Image, Rate, Tone, TrainingCheck
from telcard.fax.t30 import Station, Terminal
from tests.support.fax_line import MS, TRAINING_MS, Carrier, End, Line, Signal, connect, signal_of
from tests.support.fax_sheets import Sheet, Sink, Source

GARBAGE = bytes.fromhex("ff1300")
ODD = {"unknown": bytes.fromhex("ff0300"), "foreign": bytes.fromhex("4540ad93")}
"""Frames before a command that are no frames of a fax."""
RATES = {
    **{str(rate.bit_s): rate for rate in Rate if rate.modem.value != "V.17"},
    **{f"v17-{rate.bit_s}": rate for rate in Rate if rate.modem.value == "V.17"},
}
MODEMS = ("v27ter", "v29", "v17")
FINE, COARSE = Shape(), Shape(Resolution.STANDARD)


def terminal(words: str) -> tuple[Terminal, Sink]:
    """A terminal from words: "sends 2", "receives", "polls", "polled 1", and what it is like.

    holds (a document to be polled, besides receiving), v27ter, v29, v17 (the default), plain (no
    error correction), busy:n (so often not ready),
    slow (rows of 20 ms), coarse (every second page in another resolution), ident, password.
    """
    parts = words.split()
    modems = next((word for word in parts if word in MODEMS), "v17")
    sink = Sink()
    sink.busy_for = next((int(w[5:]) for w in parts if w.startswith("busy:")), 0)
    capabilities = Capabilities(
        rates=rates_up_to(modems),
        ecm="plain" not in parts,
        scan_ms=(20, 20) if "slow" in parts else (0, 0),
        password="password" in parts,
        subaddress="subaddress" in parts,
    )
    calling = parts[0] in ("sends", "polls")
    station = Station(
        calling,
        "+86 10 1234" if "ident" in parts else "",
        capabilities,
        poll="polls" in parts,
        password="secret" if "password" in parts else "",
        subaddress="42" if "subaddress" in parts else "",
    )
    source = None
    if parts[0] in ("sends", "polled") or "holds" in parts:
        coarse = "coarse" in parts
        sheets = [
            Sheet(3000 if "long" in parts else 500, COARSE if coarse and n % 2 else FINE, n + 1)
            for n in range(1 if "holds" in parts else int(parts[1]))
        ]
        source = Source(*sheets)
    takes = parts[0] == "receives" or "polls" in parts
    return Terminal(station, source, sink if takes else None), sink


def frame_of(name: str, x: bool) -> Frame:
    """A frame by its name and what stands behind the colon."""
    name, _, detail = name.partition(":")
    fcf = Fcf[name.replace("-", "_")]
    words = detail.split(",") if detail else []
    fif = b""
    if fcf in (Fcf.DIS, Fcf.DTC):
        modems = next((word for word in words if word in MODEMS), "v27ter")
        offer = Capabilities(
            rates=rates_up_to(modems),
            ecm="ecm" in words,
            small_frames="small" in words,
            receives="deaf" not in words,
            has_document="document" in words,
            password="password" in words,
            subaddress="subaddress" in words,
            polled_subaddress="polled-subaddress" in words,
            resolutions=frozenset({Resolution.STANDARD})
            if "coarse" in words
            else frozenset({Resolution.STANDARD, Resolution.FINE}),
            scan_ms=(20, 20) if "slow" in words else (0, 0),
        )
        fif = write_dis(offer).octets()
    elif fcf is Fcf.DCS:
        rate = RATES[words[0]]
        ecm = "ecm" in words
        agreement = Agreement(
            rate,
            "mmr" if "mmr" in words else "mh",
            Resolution.DPI_600 if "600dpi" in words else Resolution.FINE,
            ecm=ecm,
            frame_size=64 if "small" in words else 256,
        )
        others = {Bit.JBIG} if "jbig" in words else set()
        fif = write_dcs(agreement).with_bits(others).octets()
        if "eight" in words:  # octets, the last ones without a bit
            fif = fif[:2] + bytes((fif[2] | 0x80,)) + 4 * b"\x80" + b"\0"
    elif fcf is Fcf.CTC:
        fif = write_ctc(RATES[words[0]])
    elif fcf is Fcf.PPS:
        command = None if words[0] == "NULL" else Fcf[words[0].replace("-", "_")]
        counts = [int(word) for word in words[1:]] + [0, 0]
        fif = PageEnd(command, counts[1], counts[2], counts[0]).octets(x=x)
    elif fcf is Fcf.EOR:
        command = None if words[0] == "NULL" else Fcf[words[0]]
        fif = PageEnd(command).octets(counters=False, x=x)
    elif fcf is Fcf.PPR:
        fif = write_requests(numbers(detail))
    elif detail:
        fif = write_text(detail)
    return Frame(fcf, fif, x=x)


def numbers(text: str) -> list[int]:
    """ "0-2,7" as numbers."""
    spans = [part.partition("-") for part in text.split(",")]
    return [n for first, _, last in spans for n in range(int(first), int(last or first) + 1)]


class Tester(End):
    """Plays a script against a terminal."""

    def __init__(self, line: Line, carrier: Carrier, sink: Sink) -> None:
        super().__init__(line, "tester")
        self.carrier = carrier
        self.sink = sink
        self.heard: list[Signal] = []
        self.agreement = Agreement(Rate.V27TER_4800)
        self.x = not carrier.machine.station.calling
        """A tester that calls has received a DIS."""
        self.short = False
        self.quiet_since = 0

    def hear(self, signal: Signal) -> None:
        self.heard.append(signal)

    # -- steps ----------------------------------------------------------------------------------

    def play(self, script: str) -> None:
        for step in script.split():
            kind, rest = step[0], step[1:]
            try:
                if kind == "<":
                    self._expect(rest)
                elif kind == ">":
                    self._say(rest)
                elif kind == "!":
                    self.carrier.fire(rest)
                elif kind == "=":
                    self._ended(rest)
                else:
                    self._wait(step)
            except AssertionError as error:
                spoken = [
                    event.text() for event in self.carrier.log.events if hasattr(event, "frame")
                ]
                raise AssertionError(f"at {step}: {error}\n" + "\n".join(spoken)) from None

    def _wait(self, step: str) -> None:
        word, _, seconds = step.partition(":")
        if word == "ced":
            self.sends(signal_of(Tone.CED, self.line.now, self.name))
            self._until(self.air_until)
            return
        assert word in ("wait", "quiet"), f"no step is called {step}"
        before = len(self.heard)
        self._until(self.line.now + int(float(seconds) * 8000))
        self.quiet_since = self.line.now
        assert word == "wait" or len(self.heard) == before, f"heard {self.heard[-1]}"

    def _until(self, sample: int) -> None:
        self.line.at(sample, lambda: None)
        self.line.run(lambda: self.line.now >= sample)

    def _expect(self, wanted: str) -> None:
        wanted, _, behind = wanted.partition("@")
        assert self.line.run(lambda: bool(self.heard), 150), "nothing was said"
        signal = self.heard.pop(0)
        self._until(signal.end)
        gap = (signal.start - self.quiet_since) / 8000
        assert not behind or abs(gap - float(behind)) < 0.15 * float(behind) + 0.1, f"after {gap} s"
        self.quiet_since = self.line.now
        name, _, detail = wanted.partition(":")
        said, about = self._described(signal)
        assert said == name, f"want {name}, got {said}:{about}"
        assert not detail or detail == about, f"want {wanted}, got {said}:{about}"

    def _described(self, signal: Signal) -> tuple[str, str]:
        """What a signal is, and the detail that a script may ask for."""
        if signal.kind == "tone":
            return "ced", ""
        if signal.kind in ("tcf", "image"):
            self.short = signal.rate.has_short_training
            return {"tcf": "tcf", "image": "page"}[signal.kind], _rate_name(signal.rate)
        frames = [decode(octets) for octets in signal.frames]
        assert not any(isinstance(frame, Damaged) for frame in frames), frames
        if signal.kind == "ecm":
            return "ecm", str(sum(frame.fcf is Fcf.FCD for frame in frames))
        last = frames[-1]
        assert [frame.final for frame in frames] == [False] * (len(frames) - 1) + [True]
        assert all(
            frame.x == (not self.x)
            for frame in frames
            if frame.fcf.has_x and frame.fcf is not Fcf.DCN
        ), "X bit"
        match last.fcf:
            case Fcf.DCS:
                self.agreement = read_dcs(last.fields)
                about = _rate_name(self.agreement.rate)
            case Fcf.CTC:
                about = _rate_name(read_ctc(last.fields))
            case Fcf.PPS | Fcf.EOR:
                about = last.page_end.text()
            case Fcf.PPR:
                about = ",".join(str(n) for n in sorted(requested(last.fif)) if n < 20)
            case Fcf.DIS | Fcf.DTC:
                about = f"{last.fields.get(RATE):04b}"
            case _:
                about = "+".join(str(frame.fcf) for frame in frames[:-1])
        return str(last.fcf), about

    def _say(self, what: str) -> None:
        name, _, detail = what.partition(":")
        rate = self.agreement.rate
        match name:
            case "tcf":
                phase = TrainingCheck(rate)
                self.short = rate.has_short_training
                if detail == "bad":
                    return self._air(phase, "bad")
                if detail == "endless":
                    return self._endless(phase)
            case "page" | "broken" | "unread":
                rows, _, bad = detail.partition(",")
                octets = b"!" * int(bad or 0) + b"\x07" * (int(rows) - int(bad or 0))
                octets += b"?" if name == "broken" else b""
                phase = Image(rate, self.short, octets)
            case "ecm":
                size = self.agreement.frame_size
                pieces = tuple(bytes((7,)) * size for _ in range(256))
                block = Block(0, pieces, True)
                phase = EcmImage(rate, self.short, block.frames(numbers(detail)))
            case "flags":
                phase = Frames(())
            case "garbage":
                phase = Frames((GARBAGE,))
            case "x":
                phase = Frames((frame_of(detail, not self.x).encode(),))
            case "bad":
                return self._air(Frames((frame_of(detail, self.x).encode(),)), "bad")
            case _:
                parts = what.split("+")
                odd = [ODD[part] for part in parts if part in ODD]
                frames = [frame_of(part, self.x) for part in parts if part not in ODD]
                last = frames[-1].fcf if frames else None
                if last is Fcf.DCS:
                    self.agreement = read_dcs(frames[-1].fields)
                if last is Fcf.CTC:
                    rate = read_ctc(frames[-1].fields)
                    self.agreement = Agreement(rate, ecm=True, frame_size=self.agreement.frame_size)
                    self.short = False
                said = (
                    Frame(f.fcf, f.fif, i == len(frames) - 1, f.x).encode()
                    for i, f in enumerate(frames)
                )
                phase = Frames((*odd, *said))
                self.x &= last is not Fcf.DIS  # whoever hears it has the X from now on
        return self._air(phase, "lost" if name == "unread" else "good")

    def _endless(self, phase: TrainingCheck) -> None:
        """Say something whose end is not heard for 20 s."""
        signal = signal_of(phase, self.line.now, self.name)
        self.quiet_since = signal.start + TRAINING_MS[phase.rate.modem] * MS
        signal.end += 20 * 8000
        self.sends(signal)

    def _air(self, phase: object, fate: str) -> None:
        self._until(self.line.now + GAP_MS * MS)
        signal = signal_of(phase, self.line.now, self.name)
        self.line.fault = lambda heard, piece: fate if heard is signal else "good"
        self.sends(signal)
        self._until(signal.end)
        self.quiet_since = self.line.now
        if isinstance(phase, Image | EcmImage):
            self.short = phase.rate.has_short_training

    def _ended(self, wanted: str) -> None:
        reason, _, pages = wanted.partition(",")
        assert self.line.run(lambda: self.carrier.ended is not None, 150), "it has not ended"
        ended = self.carrier.ended
        assert ended.reason.name == reason, f"ended by {ended.reason.name}: {ended.detail}"
        assert not self.heard, f"it said more: {self._described(self.heard[0])}"
        assert not pages or ended.pages_sent + ended.pages_received == int(pages), ended


def _rate_name(rate: Rate) -> str:
    return next(name for name, named in RATES.items() if named is rate)


def play(words: str, script: str) -> Tester:
    """Play a script against a terminal that is described in words; returns the tester."""
    line = Line()
    machine, sink = terminal(words)
    carrier = Carrier(line, "terminal", machine)
    tester = Tester(line, carrier, sink)
    connect(carrier, tester)
    carrier.fire("start")
    tester.play(script)
    return tester
