"""Type II with sound: both machines, the line between them, and everything that they hear by."""

import numpy as np
from numpy.typing import NDArray

from telcard.callerid import AlertDetector, CallerId, CallerIdReceiver, alert
from telcard.callerid.octets import encode
from telcard.callerid.sender import data_sound
from telcard.callerid.type_two import (
    BELLCORE_TIMES,
    Delivered,
    Do,
    Exchange,
    Missed,
    Telephone,
    Told,
    TypeTwoTimes,
    Unanswered,
)
from telcard.dsp import DtmfDetector, g711, tones
from telcard.dsp.fsk import FskKind, FskReceiver
from telcard.machine import Effect, Report, Send, StartTimer, StopTimer
from telcard.units import seconds_to_samples

MESSAGE = CallerId(number="6095551212", name="JOHN DOE")
TICK = 80


class End:
    """A machine, its timers in samples, and the sound that it still has to send."""

    def __init__(self, machine: Exchange | Telephone, times: TypeTwoTimes) -> None:
        self.machine, self.times = machine, times
        self.timers: dict[str, int] = {}
        self.sending = np.zeros(0, np.int16)
        self.said: list[object] = []

    def carry_out(self, effects: list[Effect], now: int) -> None:
        for effect in effects:
            match effect:
                case StartTimer(name):
                    self.timers[name] = now + seconds_to_samples(self.times.timers[name])
                case StopTimer(name):
                    del self.timers[name]
                case Report(event):
                    self.said.append(event)
                case Send(CallerId() as message):
                    self.sending = data_sound(encode(message), seizure_bits=0, mark_bits=80)
                case Send(Do.ALERT):
                    self.sending = alert(1000 * self.times.alert_s)
                case Send(Do.ACKNOWLEDGE):
                    on_ms = 1000 * self.times.acknowledge_s
                    self.sending = tones.dtmf(self.times.digit, on_ms=on_ms, off_ms=0)

    def tick(self, now: int) -> NDArray[np.int16]:
        for name, due in sorted(self.timers.items()):
            if due <= now and self.timers.pop(name, None) is not None:
                self.carry_out(self.machine.expire(name), now)
        part, self.sending = self.sending[:TICK], self.sending[TICK:]
        return np.append(part, np.zeros(TICK - len(part), np.int16))


def converse(*, knows: bool = True, spoil: bool = False, seed: int = 1) -> tuple[list, list]:
    """What exchange and telephone say of an offer, over a noisy line through A-law."""
    times = BELLCORE_TIMES
    exchange, telephone = End(Exchange(times), times), End(Telephone(times), times)
    chance = np.random.default_rng(seed)
    keys, signal = DtmfDetector(early=True), AlertDetector()
    carrier, receiver = FskReceiver("bell202"), CallerIdReceiver("bellcore")
    exchange.carry_out(exchange.machine.fire("offer", MESSAGE), 0)
    was_sending = False
    for now in range(0, 24_000, TICK):
        down, up = exchange.tick(now), telephone.tick(now)
        after = now + TICK
        if exchange.machine.state.name == "SENDING":
            if was_sending and not len(exchange.sending):
                exchange.carry_out(exchange.machine.fire("sent"), after)
            was_sending = True
            down[:] = 0 if spoil and now % 4000 < 240 else down
        noisy = [side + chance.normal(0, 60, TICK).astype(np.int16) for side in (down, up)]
        down, up = (g711.decode_alaw(g711.encode_alaw(side)) for side in noisy)
        for key in keys.process(up):
            if not key.ended:
                exchange.carry_out(exchange.machine.fire("digit", key.digit), after)
        if signal.process(down) and knows:
            telephone.carry_out(telephone.machine.fire("alert"), after)
        for event in carrier.process(down):
            name = {FskKind.CARRIER: "carrier", FskKind.LOST: "no_carrier"}.get(event.kind)
            if name == "carrier":
                telephone.carry_out(telephone.machine.fire(name), after)
        for told in receiver.process(down):
            come = ("message", told.message) if told.message else ("broken", told.error)
            telephone.carry_out(telephone.machine.fire(*come), after)
    assert exchange.timers == telephone.timers == {}
    return exchange.said, telephone.said


def test_the_message_arrives_within_the_times_of_the_standard() -> None:
    for seed in range(4):
        assert converse(seed=seed) == ([Delivered()], [Told(MESSAGE)])


def test_a_telephone_that_knows_nothing_of_it_is_let_talk() -> None:
    assert converse(knows=False) == ([Unanswered()], [])


def test_a_message_that_the_line_spoils_is_missed_in_words() -> None:
    delivered, (missed,) = converse(spoil=True)
    assert delivered == [Delivered()]
    assert isinstance(missed, Missed)
    assert "checksum" in missed.why or "ended" in missed.why
