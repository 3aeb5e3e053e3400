"""Tone templates: what their user asks for, and nothing else."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import detect
from telcard.countries import CadencedTone, countries, country
from telcard.dsp import g711, simd, tones
from telcard.dsp.templates import (
    MOST_TEMPLATES,
    TemplateDetector,
    TemplateEvent,
    ToneBurst,
    ToneTemplate,
)

Pcm = NDArray[np.int16]


def line(tone: CadencedTone, seconds: float, noise: float = 60) -> Pcm:
    """A country's tone through an A-law bearer with some noise, a quarter of a second late."""
    random = np.random.default_rng(182)
    pcm = np.concatenate([np.zeros(2000), tones.sounded(tone, seconds), np.zeros(4000)])
    noisy = np.clip(pcm + random.normal(0, noise, len(pcm)), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(noisy))


def heard(templates: list[ToneTemplate], pcm: Pcm, cut: int = 0) -> list[TemplateEvent]:
    detector = TemplateDetector(templates)
    events = []
    for at in range(0, len(pcm), cut or len(pcm)):
        events += detector.process(pcm[at : at + (cut or len(pcm))])
    return events + detector.flush()


@pytest.mark.parametrize(
    ("one", "other"),
    [("440+480", "350+440"), ("425", "450"), ("440+480", "460"), ("384+416", "400"),
     ("400+450", "425"), ("330+440", "350+440"), ("440+480", "480+620")],
)  # fmt: skip
def test_frequencies_that_are_near_each_other_are_told_apart(one: str, other: str) -> None:
    both = [CadencedTone.of(hz, (0.4, 0.4), tolerance_hz=8) for hz in (one, other)]
    templates = [ToneTemplate.of(str(i), tone) for i, tone in enumerate(both)]
    for i, tone in enumerate(both):
        assert {event.name for event in heard(templates, line(tone, 2.4))} == {str(i)}


def recognisable(tone: CadencedTone) -> bool:
    """Whether a test of some seconds can show it: what is longer is tested by its parts."""
    sets = tone.frequencies_hz
    apart = all(len(hz) == 1 or (len(hz) == 2 and abs(hz[1] - hz[0]) >= 28) for hz in sets)
    within = all(300 <= f <= 3400 for hz in sets for f in hz)
    short = tone.continuous or (tone.period_s <= 6 and min(tone.cadence_s[::2]) >= 0.08)
    return apart and within and short and tone.bursts <= 4 and not tone.modulation_hz


def test_every_tone_of_every_country_is_recognised_by_its_own_template() -> None:
    lines, wanted, templates = [], [], {}
    for code in countries():
        for name, tone in country(code).tones.items():
            if not recognisable(tone):
                continue
            template = ToneTemplate.of(f"{code} {name}", tone)
            templates.setdefault((template.bursts, template.stands), (template, tone))
    for template, tone in list(templates.values())[:MOST_TEMPLATES]:
        wanted.append(template)
        lines.append(line(tone, min(3.2 * tone.period_s, 13) if tone.cadence_s else 2))
    longest = max(map(len, lines))
    pcm = np.stack([np.pad(one, (0, longest - len(one))) for one in lines], 1)
    detector = TemplateDetector(wanted, len(wanted))
    found = {(event.name, event.channel) for event in detector.process(pcm) + detector.flush()}
    missed = [t.name for i, t in enumerate(wanted) if (t.name, i) not in found]
    assert missed == []


def test_a_cadence_is_told_after_its_repetitions_and_over_when_it_breaks() -> None:
    busy = ToneTemplate.cadenced("busy", (450,), 20, on_ms=350, off_ms=350, repetitions=3)
    tone = CadencedTone.of("450", (0.35, 0.35))
    recognised, over = heard([busy], line(tone, 0.7 * 6))
    assert (recognised.ended, over.ended) == (False, True)
    assert recognised.start == pytest.approx(2000, abs=60)
    assert recognised.frames == pytest.approx(8000 * (2 * 0.7 + 0.35), abs=100)
    assert over.frames == pytest.approx(8000 * (5 * 0.7 + 0.35), abs=100)
    assert recognised.hz == pytest.approx((450,), abs=1)
    assert heard([busy], line(tone, 0.7 * 2)) == []
    wrong = CadencedTone.of("450", (0.45, 0.35))
    assert heard([busy], line(wrong, 6)) == []


def test_a_cycle_may_begin_with_any_of_its_bursts() -> None:
    ringing = ToneTemplate.of("ringback", country("GB").tones["ringback"])
    pcm = line(country("GB").tones["ringback"], 10)[2000 + 4000 :]
    first = heard([ringing], pcm)[0]
    assert first.start == pytest.approx(800, abs=100)  # the second burst of the first pair


def test_a_standing_tone_is_told_at_its_leading_or_at_its_trailing_edge() -> None:
    tone = CadencedTone.of("425", (0.6, 2.0))
    leading = ToneTemplate.standing("leading", (425,), least_ms=300)
    trailing = ToneTemplate.standing("trailing", (425,), least_ms=300, edge="trailing")
    too_long = ToneTemplate.standing("short", (425,), least_ms=100, most_ms=400, edge="trailing")
    detector = TemplateDetector([leading, trailing, too_long])
    pcm, told = line(tone, 1.0), []
    for at in range(0, len(pcm), 160):
        told += [(event.name, event.ended, at) for event in detector.process(pcm[at : at + 160])]
    assert {name for name, _, _ in told} == {"leading", "trailing"}
    when = {(name, ended): at for name, ended, at in told}
    assert when["leading", False] == pytest.approx(2000 + 2400, abs=200)
    assert when["trailing", False] == pytest.approx(2000 + 4800 + 480, abs=300)


@pytest.mark.parametrize(
    ("limits", "level_dbm0", "twist_db", "found"),
    [
        ({}, -20, 6, True),
        ({"twist_db": 4.0}, -20, 6, False),
        ({"floor_dbm0": -18.0}, -20, 0, False),
        ({"ceiling_dbm0": -22.0}, -20, 0, False),
    ],
)
def test_levels_and_twist_have_limits(
    limits: dict[str, float], level_dbm0: float, twist_db: float, found: bool
) -> None:
    burst = ToneBurst((480, 620), 15, (300, 600), (300, 600))
    template = ToneTemplate("busy", (burst,), **limits)  # type: ignore[arg-type]
    segments = [
        tones.ToneSegment(0.5, 480, 620, level1_dbm0=level_dbm0, level2_dbm0=level_dbm0 + twist_db),
        tones.ToneSegment(0.5),
    ]
    pcm = tones.ToneGenerator(segments, 4).process(32000)
    assert bool(heard([template], pcm)) is found


@pytest.mark.parametrize("level", simd.levels())
@pytest.mark.parametrize("cut", [1, 77, 160, 1000])
def test_the_same_events_for_every_cutting_and_level(cut: int, level: simd.Level) -> None:
    templates = [ToneTemplate.of(name, tone) for name, tone in country("CN").tones.items()]
    pcm = line(country("CN").tones["unobtainable"], 3.6)
    pcm = pcm if cut > 1 else pcm[:8000]
    whole = heard(templates, pcm)
    detect.force_simd(level)
    try:
        assert heard(templates, pcm, cut) == whole
    finally:
        detect.force_simd(None)


def test_a_reset_lane_begins_anew() -> None:
    busy = ToneTemplate.of("busy", country("CN").tones["busy"])
    pcm = np.stack([line(country("CN").tones["busy"], 1.4)[:12000]] * 2, 1)
    detector = TemplateDetector([busy], 2)
    detector.process(pcm)
    detector.reset(1)
    events = detector.process(pcm) + detector.flush()
    assert next(e.start for e in events if e.channel == 1) == pytest.approx(2000, abs=60)
    assert next(e.start for e in events if e.channel == 0) == pytest.approx(2000, abs=60)


def test_wrong_templates_are_told_in_one_sentence() -> None:
    for wrong, sentence in {
        lambda: ToneBurst((425, 440)): "hz: want the lower first, 28 Hz or more apart",
        lambda: ToneBurst((100,)): "hz: want 210 to 3750 Hz, got 100",
        lambda: ToneBurst((425,), 0): "deviation_hz: want 0.5 to 1000 Hz, got 0",
        lambda: ToneBurst((425,), on_ms=(5, 4)): "on_ms: want least, most",
        lambda: ToneBurst((1, 2, 3)): "hz: want one frequency or two, got 3",
        lambda: ToneTemplate("x", ()): "x: bursts: want 1 to 4, got 0",
        lambda: ToneTemplate("x", (ToneBurst((425,)),), 16): "x: repetitions: want 1 to 15, got 16",
        lambda: ToneTemplate("x", (ToneBurst((425,)),), twist_db=20): "twist_db: want 0 to 13 dB",
        lambda: TemplateDetector([]): "templates: want 1 to 32, got 0",
        lambda: TemplateDetector([ToneTemplate.standing("x", (425,))] * 2): "names of their own",
        lambda: ToneTemplate.standing("x", (425,), edge="both"): "edge: want leading or trailing",
        lambda: ToneTemplate.standing("x", (425,), least_ms=math.inf): "on_ms: want least, most",
    }.items():
        with pytest.raises(ValueError, match=sentence.replace(".", r"\.").replace("+", r"\+")):
            wrong()
