"""Caller ID from lines that spoil it: a message, one sentence, or nothing."""

import os

import numpy as np
import pytest

from telcard.callerid import CallerId, Moment, caller_id, detect_caller_id

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "200"))
SEED = 3
LANES = 64


@pytest.mark.fuzz
def test_spoilt_recordings_tell_the_truth_or_one_sentence() -> None:
    """Stretches that are missing, doubled, turned round, drowned in noise or full of clicks."""
    random = np.random.default_rng(SEED)
    message = CallerId(number="02162345678", name="张三", time=Moment(9, 30, 12, 24))
    clean = caller_id(message, "china_fsk")
    rows = caller_id(CallerId(number="02162345678"), "china_dtmf")[: len(clean)]
    wrong = heard = 0
    for _ in range(max(2, COUNT // 8 // LANES)):  # a recording costs as much as many messages
        sound = np.tile(clean[:, None], LANES)
        sound[:, ::8] = rows[:, None]
        for lane in range(LANES):
            spoil(sound[:, lane], random)
        for event in detect_caller_id(sound, "any"):
            heard += 1
            assert (event.message is None) == bool(event.error), f"seed {SEED}"
            assert "\n" not in event.error
            number = event.message.number if event.message else None
            wrong += number not in (None, "02162345678")
    assert heard > 0
    # A checksum of eight bits, and rows of digits without any, let some errors pass.
    assert wrong <= heard // 8 + 2, f"seed {SEED}: {wrong} of {heard}"


def spoil(sound: np.ndarray, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(0, len(sound) - 400))
        end = at + int(random.integers(1, 400))
        match int(random.integers(5)):
            case 0:
                sound[at:end] = 0
            case 1:
                back = max(0, 2 * at - end)
                sound[at : 2 * at - back] = sound[back:at].copy()
            case 2:
                sound[at:end] = -sound[at:end]
            case 3:
                sound[at:end] += random.normal(0, 3000, end - at).astype(np.int16)
            case _:
                sound[at:end:37] = 32767
