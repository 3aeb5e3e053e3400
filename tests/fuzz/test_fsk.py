"""FSK receivers on lines that spoil characters: any sound, any framing, a good text after it."""

import os

import numpy as np
import pytest

from telcard.dsp.fsk import FskKind, FskReceiver, fsk

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "200"))
SEED = 21
LANES = 64
FRAMINGS = ("8N1", "7E1", "7O2", "5N1", "bits")


@pytest.mark.fuzz
@pytest.mark.parametrize("standard", ["v21_2", "v23_1200"])
def test_spoilt_characters_give_events_in_order_and_the_next_text_is_whole(standard: str) -> None:
    """Stretches cut out, turned round, drowned or clipped; then a text on a line that is good."""
    random = np.random.default_rng(SEED)
    octets = bytes(range(32, 72))
    for number in range(max(2, COUNT // 16 // LANES)):
        framing = FRAMINGS[number % len(FRAMINGS)]
        clean = fsk(octets, standard, framing=framing)
        sound = np.tile(clean[:, None], LANES)
        for lane in range(LANES):
            spoil(sound[:, lane], random)
        receiver = FskReceiver(standard, LANES, framing=framing)
        events, at = [], 0
        while at < len(sound):
            end = at + int(random.integers(1, 700))
            events += receiver.process(sound[at:end])
            at = end
        events += receiver.flush()
        where = f"seed {SEED}, recording {number}, {framing}"
        bits = receiver.framing.data or 8
        for lane in range(LANES):
            mine = [event for event in events if event.channel == lane]
            decided = [event.decided for event in mine]
            assert decided == sorted(decided), where
            turns = [e.kind for e in mine if e.kind in (FskKind.CARRIER, FskKind.LOST)]
            assert turns == [FskKind.CARRIER, FskKind.LOST] * (len(turns) // 2), where
            assert all(e.octet < 1 << bits for e in mine if e.kind is FskKind.OCTET), where
        heard = receiver.process(np.tile(clean[:, None], LANES)) + receiver.flush()
        if framing in ("8N1", "7E1", "7O2"):
            text = [bytes(e.octet for e in heard if e.channel == lane and e.kind is FskKind.OCTET)
                    for lane in range(LANES)]  # fmt: skip
            assert text == [octets] * LANES, where


def spoil(sound: np.ndarray, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(1, 5))):
        at = int(random.integers(0, len(sound) - 400))
        end = at + int(random.integers(1, 400))
        match int(random.integers(5)):
            case 0:
                sound[at:end] = 0
            case 1:
                sound[at:end] = sound[at:end][::-1].copy()
            case 2:
                sound[at:end] = random.integers(-32768, 32768, end - at)
            case 3:
                sound[at:end] = -sound[at:end]
            case _:
                sound[at:end:7] = 32767
