"""Who, or what, has answered: persons, machines, faxes, tones; and the tones of all countries.

    python benchmarks/quality_progress.py [--calls 40] [--seed 1]

The calls are put together here, and their speech is synthetic or read in a studio: persons are
short words by flite and espeak-ng, machines are prompts of Debian's asterisk-core-sounds-*-wav
(whole greetings in four languages), music is asterisk-moh-opsound-wav, tunes are made of notes, as
a small exchange plays them.  Real greetings differ more; so the figures say how well the rules
hold, not how often a street of telephones would be told rightly.  No free program on Debian detects
answering machines by sound with an interface to call, so there is no peer beside it.
"""

from __future__ import annotations

import argparse
import collections
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from telcard import units
from telcard.countries import countries, country, meaning
from telcard.dsp import g711, tones
from telcard.dsp.call_progress import follow_call
from telcard.dsp.progress import Progress, ProgressEvent
from telcard.dsp.resample import Resampler

Sound = NDArray[np.float64]

PROMPTS = Path("/usr/share/asterisk/sounds")
MUSIC = Path("/usr/share/asterisk/moh")
WORDS = (
    "Hello?", "Yes?", "Hello, who is it?", "Smith.", "Good morning.", "This is Mary speaking.",
    "Yes, hello?", "Hi there.", "Speaking.", "Bank of the town, hello?", "Who is calling please?",
)  # fmt: skip
GREETINGS = (
    ("vm-theperson", "digits/4", "digits/2", "vm-isunavail", "vm-intro"),
    ("vm-theperson", "digits/1", "digits/7", "vm-isonphone", "vm-intro"),
    ("vm-nobodyavail", "vm-intro"),
    ("vm-nobodyavail",),
    ("vm-intro",),
)
ANSWERS = {
    Progress.PERSON: "person", Progress.MACHINE: "machine", Progress.BEEP: "machine",
    Progress.MUSIC: "music", Progress.FAX: "fax",
    Progress.BUSY: "tone", Progress.CONGESTION: "tone",
    Progress.SPECIAL_INFORMATION: "tone", Progress.SILENCE: "silence",
}  # fmt: skip


def read(path: Path) -> Sound:
    pcm, rate = soundfile.read(path, dtype="int16", always_2d=True)
    if rate != units.SAMPLE_RATE:
        resampler = Resampler(rate)
        pcm = np.concatenate([resampler.process(pcm), resampler.flush()])
    sound = pcm[:, 0].astype(np.float64)
    loud = np.flatnonzero(np.abs(sound) > 300)
    return sound[max(0, loud[0] - 400) : loud[-1] + 400] if len(loud) else sound


def spoken(word: str, voice: str) -> Sound:
    """By flite or espeak-ng ("espeak:voice")."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "word.wav"
        kind, _, name = voice.partition(":")
        say = ["flite", "-voice", name, "-t", word, "-o", str(file)]
        if kind == "espeak":
            say = ["espeak-ng", "-v", name, "-w", str(file), word]
        subprocess.run(say, check=True, capture_output=True)
        return read(file)


def quiet(seconds: float) -> Sound:
    return np.zeros(round(seconds * units.SAMPLE_RATE))


def at_level(sound: Sound, level_dbm0: float) -> Sound:
    loud = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
    rms = float(np.sqrt(np.mean(loud**2))) if len(loud) else 1.0
    return sound * (units.dbm0_to_rms(level_dbm0) / max(rms, 1e-9))


class Street:
    """Makes calls of each kind, by chance."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        programs = {"flite": "flite", "espeak": "espeak-ng"}
        voices = [
            voice
            for voice in ("flite:slt", "flite:rms", "flite:awb", "espeak:en", "espeak:en-us+f3")
            if shutil.which(programs[voice.partition(":")[0]])
        ]
        self.words = [spoken(word, voice) for word in WORDS for voice in voices]
        self.greetings = [
            np.concatenate([read(folder / f"{name}.wav") for name in names])
            for folder in sorted(PROMPTS.glob("*_*"))
            for names in GREETINGS
            if all((folder / f"{name}.wav").exists() for name in names)
        ]
        self.music = [read(path) for path in sorted(MUSIC.glob("*.wav"))]

    def pick(self, sounds: Sequence[Sound]) -> Sound:
        return sounds[self.random.integers(len(sounds))]

    def sine(self, hz: float, seconds: float, level_dbm0: float) -> Sound:
        n = np.arange(round(seconds * units.SAMPLE_RATE))
        return units.dbm0_to_peak(level_dbm0) * np.sin(2 * np.pi * hz / units.SAMPLE_RATE * n)

    def person(self) -> Sound:
        again = quiet(2.5)
        if self.random.random() < 0.3:
            again = np.concatenate([quiet(1.8), self.pick(self.words), quiet(2)])
        return np.concatenate([self.pick(self.words), again])

    def machine(self) -> Sound:
        return np.concatenate([at_level(self.pick(self.greetings), -16), quiet(2)])

    def machine_that_beeps(self) -> Sound:
        hz, length = self.random.uniform(400, 2000), self.random.uniform(0.15, 0.9)
        beep = self.sine(hz, length, self.random.uniform(-22, -9))
        pause = quiet(self.random.uniform(0.1, 0.8))
        greeting = at_level(self.pick(self.greetings), -16)
        return np.concatenate([greeting, pause, beep, quiet(2)])

    def fax(self) -> Sound:
        if self.random.random() < 0.5:
            cng = np.concatenate([self.sine(self.random.uniform(1065, 1135), 0.5, -12), quiet(3)])
            return np.tile(cng, 3)
        return np.concatenate([quiet(1.9), self.sine(self.random.uniform(2087, 2113), 3, -12)])

    def tone(self) -> Sound:
        name = str(self.random.choice(["busy", "congestion"]))
        return tones.sounded(country("US").tones[name], 5).astype(np.float64)

    def silence(self) -> Sound:
        return quiet(7)

    def hold_music(self) -> Sound:
        piece = self.pick(self.music)
        at = self.random.integers(len(piece) - 64000)
        return piece[at : at + 64000]

    def tune(self, seconds: float = 8.0) -> Sound:
        """Notes of one scale, alone or in chords, plucked, blown or bowed."""
        major, root = (0, 2, 4, 5, 7, 9, 11), self.random.uniform(200, 400)
        beat, held = self.random.uniform(0.2, 0.6), self.random.uniform(0.2, 2.0)
        steep, rise = self.random.uniform(0.7, 2.5), self.random.uniform(0.005, 0.08)
        voices = int(self.random.integers(1, 4))
        made = np.zeros(0)
        while len(made) < seconds * units.SAMPLE_RATE:
            lasts = beat * self.random.choice([0.5, 1, 1, 2])
            t = np.arange(round(lasts * units.SAMPLE_RATE)) / units.SAMPLE_RATE
            note = np.zeros(len(t))
            for step in self.random.choice(14, voices, replace=False):
                hz = root * 2 ** ((major[step % 7] + 12 * (step // 7)) / 12)
                for harmonic in range(1, int(3600 / hz) + 1):
                    note += np.sin(2 * np.pi * hz * harmonic * t) / harmonic**steep
            shape = np.minimum(t / rise, 1) * np.minimum((lasts - t) / 0.01, 1) * np.exp(-t / held)
            made = np.concatenate([made, note * shape])
        return made * 5000

    def person_after_music(self) -> Sound:
        music = self.hold_music() if self.random.random() < 0.5 else self.tune()
        gap = quiet(self.random.uniform(0.2, 1.0))
        return np.concatenate([at_level(music, -16), gap, at_level(self.person(), -16)])

    def line(self, sound: Sound) -> NDArray[np.int16]:
        """At some level, with some noise, a moment after the answer, through A-law."""
        level = self.random.uniform(-28, -12)
        sound = np.concatenate([quiet(self.random.uniform(0.1, 1.0)), at_level(sound, level)])
        snr_db = self.random.uniform(18, 45)
        noise = units.dbm0_to_rms(min(level - snr_db, -45.0))
        noisy = sound + self.random.normal(0, noise, len(sound))
        return g711.decode_alaw(g711.encode_alaw(noisy.clip(-32768, 32767).astype(np.int16)))


def verdict(events: Sequence[ProgressEvent]) -> tuple[str, float]:
    """Who it is, and how likely a machine: the last word that was told of it."""
    known = [(ANSWERS[e.kind], e.confidence) for e in events if e.kind in ANSWERS]
    if any(name in ("person", "machine") for name, _ in known):
        known = [(name, sure) for name, sure in known if name != "music"]  # he was on hold
    if not known:
        return "nothing", 0.5
    name, sure = max(known, key=lambda one: (one[0] in ("fax", "tone"), one[1]))
    return name, sure if name == "machine" else 1 - sure


def who_answered(calls: int, seed: int) -> None:
    street = Street(seed)
    kinds: dict[str, Callable[[], Sound]] = {
        "person": street.person, "machine": street.machine,
        "machine, beep": street.machine_that_beeps, "fax": street.fax,
        "tone": street.tone, "silence": street.silence, "hold music": street.hold_music,
        "tune": street.tune, "music, person": street.person_after_music,
    }  # fmt: skip
    names = ["person", "machine", "music", "fax", "tone", "silence", "nothing"]
    heads = "".join(f"{name:>9}" for name in names)
    print(f"{'is / told':14}{heads}   beep found  music found")
    scores: dict[str, list[float]] = {}
    for kind, make in kinds.items():
        told = collections.Counter[str]()
        found = collections.Counter[Progress]()
        for _ in range(calls):
            events = follow_call(street.line(make()), "US", answered_at=0)
            name, machine = verdict(events)
            told[name] += 1
            found.update({event.kind for event in events})
            scores.setdefault(kind, []).append(machine)
        shares = "".join(f"{told[n] / calls:9.0%}" for n in names)
        beeps, music = found[Progress.BEEP] / calls, found[Progress.MUSIC] / calls
        print(f"{kind:14}{shares}{beeps:13.0%}{music:13.0%}", flush=True)
    print("\nmachines by confidence: machines found, persons taken for machines")
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        found, false = (
            np.mean(np.array(scores[kind]) >= least) for kind in ("machine, beep", "person")
        )
        print(f"  at least {least:.1f}   {found:6.1%}   {false:6.1%}")


def music_before_the_answer(calls: int, seed: int) -> None:
    """Two rings, or none, then the music a subscriber has chosen for who calls him; he answers."""
    street = Street(seed)
    ring = tones.sounded(country("CN").tones["ringback"], 10).astype(np.float64)
    music = connected = person = early = 0
    for _ in range(calls):
        rings = at_level(ring, -16) if street.random.random() < 0.5 else quiet(0.1)
        plays = street.hold_music() if street.random.random() < 0.5 else street.tune()
        before = np.concatenate([rings, at_level(plays, -16), quiet(0.4)])
        sound = np.concatenate([before, at_level(street.person(), -16)])
        events = follow_call(street.line(sound), "CN")
        music += any(e.kind is Progress.MUSIC and not e.answered for e in events)
        answers = [e.at for e in events if e.kind is Progress.CONNECTED]
        early += any(at < len(before) for at in answers)
        connected += any(at >= len(before) for at in answers)
        person += any(e.kind is Progress.PERSON for e in events)
    print("\nmusic before the answer, which nobody signals: "
          f"told {music / calls:.0%}, taken for the answer {early / calls:.0%}, "
          f"the answer behind it {connected / calls:.0%}, person {person / calls:.0%}")  # fmt: skip


def tones_of_countries(seed: int) -> None:
    """Each country's ringback, busy and congestion, off by chance within what it states."""
    random = np.random.default_rng(seed)
    right = collections.Counter[str]()
    shared = collections.Counter[str]()
    count = collections.Counter[str]()
    for code in countries():
        for name in ("dial", "ringback", "busy", "congestion"):
            tone = country(code).tones.get(name)
            if tone is None or min(tone.during(0)) < 210:
                continue
            seconds = 4.0 if tone.continuous else 2.5 * tone.period_s
            pcm = tones.sounded(tone, seconds).astype(np.float64)
            speed = 1 + random.uniform(-0.012, 0.012)  # pitch and cadence
            pcm = np.interp(np.arange(0, len(pcm) - 1, speed), np.arange(len(pcm)), pcm)
            pcm *= 10 ** (random.uniform(-24, 4) / 20)
            power = np.mean(pcm[pcm != 0] ** 2) / 10 ** (random.uniform(8, 30) / 10)
            noisy = np.concatenate([quiet(0.4), pcm, quiet(0.3)])
            noisy = noisy + random.normal(0, np.sqrt(power), len(noisy))
            alaw = g711.encode_alaw(noisy.clip(-32768, 32767).astype(np.int16))
            events = follow_call(g711.decode_alaw(alaw), code)
            told = [e.evidence for e in events if e.evidence.name in country(code).tones]
            count[name] += 1
            right[name] += bool(told) and meaning(told[-1].name) == name
            shared[name] += bool(told) and told[-1].rival == name
    print(
        "\ntones of all countries, 8 to 30 dB of signal to noise, up to 1.2 % off in pitch and time"
    )
    for name in count:
        print(f"  {name:12}{count[name]:4} countries: {right[name]:4} told, "
              f"{shared[name]:3} as another tone of that country that is the same")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    for path, package in (
        (PROMPTS, "asterisk-core-sounds-en-wav"),
        (MUSIC, "asterisk-moh-opsound-wav"),
    ):
        if not path.exists():
            print(f"apt install {package} flite espeak-ng", file=sys.stderr)
            return 2
    who_answered(wanted.calls, wanted.seed)
    music_before_the_answer(wanted.calls, wanted.seed)
    tones_of_countries(wanted.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
