"""What becomes of the near end: conversation, comfort noise, onsets, modems, digits, the disabler.

G.168's tests 3C, 9, 10 and 14 and the 2100 Hz disabler of its clause 7, with what users notice
besides.  See `echo_exam`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from telcard.dsp.dtmf import detect_dtmf
from telcard.dsp.fsk import FskKind, detect_fsk, fsk
from telcard.dsp.tones import dtmf
from tests.support import g168
from tests.support.echo_exam import (
    QUIET,
    SECOND,
    Case,
    Exam,
    Row,
    case,
    gain_db,
    loss_between,
    question,
    seconds,
    worst,
)
from tests.support.echo_questions import css
from tests.support.g168 import Pcm, Sound


def parts(frames: int, *stretches: tuple[float, float]) -> Sound:
    """1 within the stretches (seconds), else 0."""
    mask = np.zeros(frames)
    for begin, end in stretches:
        mask[round(begin * SECOND) : round(end * SECOND)] = 1
    return mask


@question("near end")
def near_alone(exam: Exam) -> Iterator[Row]:
    """The near end alone at -20 dBm0, the far end silent: gain of the send path and its delay."""
    frames = 8 * SECOND
    rin = np.full(frames, QUIET, np.int16)
    near = {"speech": g168.talk(frames, -20, seed=9), "noise": g168.white(frames, -20, seed=9)}
    for nlp, limit in ((False, 0.5), (True, 1.0)):
        told, gains = [], []
        for what, sound in near.items():
            one = case(what, rin, np.zeros(1), sound)
            out = exam.run([one], nlp=nlp, comfort_noise=nlp)[0].astype(float)
            gain = g168.level(out[SECOND:]) - g168.level(one.sin[SECOND:])
            gains.append(abs(gain))
            told.append(f"{what} {gain:+.2f} dB")
        yield Row(
            "3C", f"near alone, {'NLP' if nlp else 'no NLP'}: gain; delay",
            f"{', '.join(told)}; {exam.delay(nlp)} samples",
            f"+-{limit} dB [ours]", max(gains) <= limit, "and 0 samples",
            max(gains) <= limit and exam.delay(nlp) == 0,
        )  # fmt: skip


@question("3C")
def conversation(exam: Exam) -> Iterator[Row]:
    """A conversation with NLP and comfort noise: far end, both, near end, again and again."""
    frames = 32 * SECOND
    far_on = parts(frames, *((begin, begin + 5) for begin in range(0, 32, 8)))
    near_on = parts(frames, *((begin + 3, begin + 8) for begin in range(0, 32, 8)))
    only = parts(frames, *((begin + 5.3, begin + 7.8) for begin in range(0, 32, 8)))
    both_talk = parts(frames, *((begin + 3.1, begin + 4.9) for begin in range(8, 32, 8)))
    alone = parts(frames, *((begin + 1, begin + 2.9) for begin in range(8, 32, 8)))
    rin = g168.alaw(g168.talk(frames, -16, seed=21) * far_on)
    losses, doubles, leaks = [], [], []
    for near_level in (-16, -22):
        near = g168.talk(frames, near_level, seed=22) * near_on
        cases = [case(name, rin, response, near) for name, response in exam.few_paths(10)]
        for one, out in zip(cases, exam.run(cases, nlp=True, comfort_noise=True), strict=True):
            losses.append(g168.level(out[only > 0]) - g168.level(one.near[only > 0]))
            doubles.append(gain_db(one.near[both_talk > 0], out[both_talk > 0]))
            leaks.append(g168.level(out[alone > 0]))
    yield Row(
        "3C", "conversation: near end when alone", f"{min(losses):+.2f} .. {max(losses):+.2f} dB",
        "+-3 dB [ours]", max(map(abs, losses)) <= 3, "+-1 dB", max(map(abs, losses)) <= 1,
    )  # fmt: skip
    yield Row(
        "3C", "conversation: near end in double talk",
        f"{min(doubles):+.2f} .. {max(doubles):+.2f} dB",
        "-6 dB [ours]", min(doubles) >= -6, "-1 dB", min(doubles) >= -1,
    )  # fmt: skip
    yield Row(
        "3C", "conversation: Sout, far end alone", f"{max(leaks):.1f} dBm0",
        "<= -55 dBm0 [ours]", max(leaks) <= -55,
    )  # fmt: skip


@question("onsets")
def onsets(exam: Exam) -> Iterator[Row]:
    """Bursts of noise from the near end, the far end silent, then talking: what is cut off?"""
    frames = 20 * SECOND
    starts = [round((second + 0.37) * SECOND) for second in range(11, 19)]
    for what, far in (("silent", parts(frames, (0, 10))), ("talking", np.ones(frames))):
        rin = g168.alaw(g168.composite("C1", frames, -16) * far)
        near = np.zeros(frames)
        for index, start in enumerate(starts):
            near[start : start + 2400] = g168.white(2400, -16, seed=index)
        cases = [case(name, rin, response, near) for name, response in exam.few_paths(12)]
        cut = []
        for one, out in zip(cases, exam.run(cases, nlp=True, comfort_noise=True), strict=True):
            for start in starts:
                steps = [slice(at, at + 8) for at in range(start, start + 1600, 8)]
                there = [gain_db(one.near[step], out[step]) >= -3 for step in steps]
                cut.append(there.index(True) if any(there) else 200)
        yield Row(
            "3C", f"near bursts, far end {what}: cut off at the onset",
            f"median {np.median(cut):.0f}, worst {max(cut)} ms",
            "20 ms [ours]", max(cut) <= 20, "5 ms", max(cut) <= 5,
        )  # fmt: skip


@question("9")
def comfort_noise(exam: Exam) -> Iterator[Row]:
    """Room noise at -45, -55 and -40 dBm0 in turn while the far end talks: does the level stay?"""
    frames = 60 * SECOND
    rin = css(60)
    noise = np.concatenate(
        [g168.hoth(20 * SECOND, level, seed=-level) for level in (-45, -55, -40)]
    )
    cases = [case(name, rin, response, noise) for name, response in exam.few_paths(10)]
    outs = exam.run(cases, nlp=True, comfort_noise=True)
    told, errors = [], []
    for turn, level in enumerate((-45, -55, -40)):
        part = slice((20 * turn + 10) * SECOND, (20 * turn + 20) * SECOND)
        off = [g168.level(out[part]) - g168.level(noise[part]) for out in outs]
        errors += off
        told.append(f"{level}: {min(off):+.1f} .. {max(off):+.1f}")
    good = max(map(abs, errors)) <= 2
    yield Row(
        "9", "noise from -45 to -55 to -40 dBm0: Sout re noise, dB", "; ".join(told),
        "+-2 dB", good, "+-2 dB", good,
    )  # fmt: skip
    assert frames == len(noise)
    for kind, make in (("Hoth", g168.hoth), ("white", g168.white)):
        for level in (-60,) if exam.quick else (-40, -50, -60):
            noise = make(20 * SECOND, level, seed=-level)
            cases = [case(name, rin[: len(noise)], one, noise) for name, one in exam.few_paths(10)]
            part = slice(10 * SECOND, 20 * SECOND)
            outs = exam.run(cases, nlp=True, comfort_noise=True)
            off = [g168.level(out[part]) - g168.level(noise[part]) for out in outs]
            color = worst(_colour(out[part], noise[part]) for out in outs)
            yield Row(
                "9", f"{kind} noise at {level} dBm0: Sout re noise; worst band",
                f"{min(off):+.1f} .. {max(off):+.1f} dB; {color:.1f} dB",
                "+-3 dB [ours]", max(map(abs, off)) <= 3, "+-2 dB", max(map(abs, off)) <= 2,
            )  # fmt: skip


def _colour(out: Pcm, noise: Sound) -> float:
    """Greatest difference of the two spectra in dB, in bands of 400 Hz from 300 to 3500 Hz."""
    hz = np.fft.rfftfreq(len(noise), 1 / SECOND)
    power = [np.abs(np.fft.rfft(sound.astype(float))) ** 2 for sound in (out, noise)]
    bands = [(hz >= low) & (hz < low + 400) for low in range(300, 3500, 400)]
    return float(
        max(abs(10 * np.log10((power[0][b].sum() + 1) / power[1][b].sum())) for b in bands)
    )


@question("10")
def fax(exam: Exam) -> Iterator[Row]:
    """A fax goes out: V.21 flags, then a page (noise of V.29's band stands for it), with no NLP."""
    flags = fsk(bytes([0x7E]) * 60, "v21_2", level_dbm0=-13).astype(float)
    page = g168.white(6 * SECOND, -13)
    hz = np.fft.rfftfreq(len(page), 1 / SECOND)
    page = np.fft.irfft(np.fft.rfft(page) * ((hz > 500) & (hz < 2900)), len(page))
    rin = g168.alaw(np.concatenate([flags, page]))
    cases = [case(name, rin, response) for name, response in exam.few_paths(10)]
    both = list(zip(cases, exam.run(cases), strict=True))
    begin = len(flags) / SECOND
    preamble = min(loss_between(one, out, begin - 0.5, begin) for one, out in both)
    late = min(loss_between(one, out, begin + 3, begin + 6) for one, out in both)
    yield Row(
        "10", "fax: ERLE on flags, on the page", f"{preamble:.1f}, {late:.1f} dB",
        "15, 25 dB [ours]", preamble >= 15 and late >= 25,
    )  # fmt: skip


@question("14")
def modems(exam: Exam) -> Iterator[Row]:
    """Two V.21 modems at 300 bit/s, full duplex: the near one's characters get through, NLP on."""
    text = bytes(np.random.default_rng(14).integers(32, 127, 240).astype(np.uint8))
    rin = g168.alaw(fsk(text[::-1], "v21_1", level_dbm0=-10))
    near = fsk(text, "v21_2", level_dbm0=-26).astype(float)
    frames = min(len(rin), len(near))
    cases = [
        case(name, rin[:frames], response, near[:frames]) for name, response in exam.few_paths(6)
    ]
    outs = exam.run(cases, nlp=True, comfort_noise=True)
    wrong = [_errors(text, out) for out in outs]
    bare = [_errors(text, one.sin) for one in cases]
    yield Row(
        "14", f"V.21 both ways, near 16 dB below: wrong of {len(text)} characters",
        f"worst {max(wrong)} (without a canceller {max(bare)})", "0 [ours]", max(wrong) == 0,
    )  # fmt: skip


def _errors(text: bytes, out: Pcm) -> int:
    """Characters that a modem hears wrong or not at all, the first three left out."""
    events = detect_fsk(out, standard="v21_2")
    heard = bytes(event.octet for event in events if event.kind is FskKind.OCTET)
    at = heard.find(text[-200:-190])
    if at < 0:
        return len(text)
    return (
        sum(a != b for a, b in zip(heard[at:], text[-200:], strict=False))
        + abs(len(text) - 200 - at) // 4
    )


@question("digits")
def digits(exam: Exam) -> Iterator[Row]:
    """Keys at -18 dBm0 behind the echo of a prompt at -6 dBm0, ERL 6 dB: who finds them?"""
    keys = "1234567890*#ABCD" * (2 if exam.quick else 4)
    pressed = dtmf(keys, on_ms=70, off_ms=80, level_dbm0=-18).astype(float)
    lead = 2 * SECOND
    frames = lead + len(pressed) + SECOND
    near = np.zeros(frames)
    near[lead : lead + len(pressed)] = pressed
    cases = [
        case(name, g168.alaw(g168.talk(frames, -6, seed=index)), response, near)
        for index, (name, response) in enumerate(exam.few_paths(6))
    ]
    total = len(keys) * len(cases)

    def found(sounds: list[Pcm]) -> tuple[int, int]:
        right = wrong = 0
        for sound in sounds:
            heard = detect_dtmf(sound)
            for event in heard:
                middle = (event.start - lead + 280) // 1200
                good = 0 <= middle < len(keys) and keys[middle] == event.digit
                right, wrong = right + good, wrong + (not good)
        return right, wrong

    bare, _ = found([one.sin for one in cases])
    for nlp in (False, True):
        right, wrong = found(exam.run(cases, nlp=nlp, comfort_noise=nlp))
        yield Row(
            "keys", f"keys behind a prompt, {'NLP' if nlp else 'no NLP'}: found of {total}, false",
            f"{right / total:.1%}, {wrong} (without a canceller {bare / total:.1%})",
            "99.5 %, 0 [ours]", right >= 0.995 * total and not wrong,
            "all", right == total and not wrong,
        )  # fmt: skip


@question("disabler")
def disabler(exam: Exam) -> Iterator[Row]:
    """2100 Hz with phase reversals takes the canceller out; silence brings it back (clause 7)."""

    def call(reversals: bool, pause_s: float) -> tuple[Case, float]:
        tone = g168.tone(round(3.3 * SECOND), -12, 2100)
        if reversals:
            tone *= np.where(np.arange(len(tone)) // round(0.45 * SECOND) % 2, -1, 1)
        pause = np.zeros(round(pause_s * SECOND))
        talk = g168.white(2 * SECOND, -16)
        rin = g168.alaw(np.concatenate([g168.white(3 * SECOND, -16), tone, pause, talk]))
        return case("", rin, g168.path("D2", 10)), 6.3 + pause_s

    asked = [call(True, 0), call(True, 0.5), call(False, 0)]
    outs = exam.run([one for one, _ in asked], nlp=True, comfort_noise=False)
    both = list(zip(asked, outs, strict=True))
    taken, back, plain = (loss_between(one, out, at, at + 1.9) for (one, at), out in both)
    one, out = asked[0][0], outs[0]
    gone = np.flatnonzero(g168.erle(one.echo, out, 400, 80)[300:630] > 3)  # of the tone, for good
    after = (float(gone[-1]) + 1) / 100 if len(gone) and gone[-1] < 320 else float("inf")
    told = f"off after {seconds(after)}, ERLE {taken:.1f}; after a pause {back:.1f};"
    told += f" without reversals {plain:.1f} dB"
    yield Row(
        "7.", "disabler: echo passes; returns", told,
        "off <= 1 s; back; not without reversals",
        after <= 1.05 and taken < 3 and min(back, plain) >= 15,
    )  # fmt: skip
