"""How often voice activity is right: hits and false alarms against labelled mixtures.

    python benchmarks/quality_vad.py [--seed 0]

Phrases of Debian's asterisk-core-sounds-*-wav (five languages) and of espeak-ng (Mandarin, German,
Arabic, Hindi) in seven kinds of noise, at three levels, through A-law, labelled hop by hop by what
the speech alone is (`tests/support/voices.py`).  Columns: area under the curve of hits over false
alarms, hits at 1 % and 5 % of false alarms, then what the detector itself decides with its profile.
speexdsp's preprocessor stands beside it, by its own probability, and so does webrtcvad where it is
installed.  The first two seconds, in which noise is learnt, count for nobody; equal scores are
ordered by chance, each detector has its own best delay.  The last rows are of all mixtures under
one threshold, babble apart: other people's talk is no noise that a threshold knows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711, tones
from telcard.dsp.vad import VoiceDetector, detect_voice

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import voice_peers, voices
from tests.support.peers import PeerMissing

LEARNING = 200  # hops
LANGUAGES = (*voices.LANGUAGES, *voices.SENTENCES)
LEVELS = ((-20, (0, 5, 10, 20)), (-35, (10, 20)), (-45, (10, 20)))
Scores = NDArray[np.floating]
Flags = NDArray[np.bool_]


def curve(scores: Scores, speech: Flags, sure: Flags) -> tuple[float, float, float]:
    """Area, hits at 1 % and at 5 % of false alarms; at the best delay of 0 to 40 ms."""
    best = (0.0, 0.0, 0.0)
    for delay in range(5):
        moved = np.roll(scores, -delay)
        counted = slice(LEARNING, None)
        hits, alarms = (moved[counted][kind[counted]] for kind in (speech & sure, ~speech & sure))
        ranks = np.argsort(np.argsort(np.concatenate([hits, alarms])))[: len(hits)]
        area = (ranks.sum() - len(hits) * (len(hits) - 1) / 2) / len(hits) / len(alarms)
        at = [float((hits > np.quantile(alarms, 1 - share)).mean()) for share in (0.01, 0.05)]
        best = max(best, (float(area), at[0], at[1]))
    return best


def by_telcard(pcm: NDArray[np.int16]) -> Scores:
    detector = VoiceDetector()
    detector.process(pcm)
    return detector.scores[:, 0] + 1e-9 * np.random.default_rng(1).random(len(detector.scores))


def decided(pcm: NDArray[np.int16], hops: int) -> Flags:
    flags = np.zeros(hops, np.bool_)
    for event in detect_voice(pcm):
        flags[event.start // 80 : (event.start + event.frames) // 80] = True
    return flags


def by_speex(pcm: NDArray[np.int16]) -> Scores | None:
    try:
        chances = voice_peers.speex(pcm, vad=True)[1].astype(float)
    except PeerMissing:
        return None
    return chances + np.random.default_rng(1).random(len(chances))  # whole percent: ties by chance


def by_webrtc(pcm: NDArray[np.int16]) -> Scores | None:
    try:
        import webrtcvad
    except ImportError:
        return None
    judges = [webrtcvad.Vad(mode) for mode in range(4)]
    rows = pcm[: len(pcm) // 80 * 80].reshape(-1, 80)
    votes = [sum(judge.is_speech(row.tobytes(), 8000) for judge in judges) for row in rows]
    return np.array(votes) + np.random.default_rng(1).random(len(votes))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    try:
        rows(seed)
    except PeerMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    keys = tones.dtmf("1234567890*#ABCD" * 40, on_ms=60, off_ms=60, level_dbm0=-12)
    heard = detect_voice(g711.decode_alaw(g711.encode_alaw(keys)))
    print(f"640 keys of DTMF: {len(heard)} taken for speech")
    return 0


def rows(seed: int) -> None:
    detectors = {"telcard": by_telcard, "speexdsp": by_speex, "webrtcvad": by_webrtc}
    pooled: dict[str, list[Scores]] = {}
    marks: list[tuple[Flags, Flags]] = []
    print("noise, level, SNR: area, hits at 1 % / 5 % false alarms")
    for level, snrs in LEVELS:
        for kind, snr, clean, mixed in voices.mixtures(
            voices.NOISES, snrs, 72, level, languages=LANGUAGES, seed=seed
        ):
            speech, sure = voices.labels(clean)
            pcm = g711.decode_alaw(g711.encode_alaw(mixed))
            told = []
            for name, hear in detectors.items():
                scores = hear(pcm)
                if scores is None:
                    continue
                told.append(f"{name} {in_words(curve(scores, speech, sure))}")
                if kind != "babble":
                    pooled.setdefault(name, []).append(scores[LEARNING:])
            if kind != "babble":
                marks.append((speech[LEARNING:], sure[LEARNING:]))
            says = decided(pcm, len(speech))[LEARNING:]
            hits, alarms = (
                says[(speech & sure)[LEARNING:]].mean(),
                says[(~speech & sure)[LEARNING:]].mean(),
            )
            print(
                f"  {kind:6} {level} dBm0 {snr:2} dB: {'; '.join(told)};"
                f" decided {hits:4.0%} / {alarms:5.1%}",
                flush=True,
            )
    speech, sure = (np.concatenate(flags) for flags in zip(*marks, strict=True))
    for name, scores in pooled.items():
        print(f"  all but babble, one threshold: {name} "
              f"{in_words(curve(np.concatenate(scores), speech, sure))}")  # fmt: skip


def in_words(figures: tuple[float, float, float]) -> str:
    area, one, five = figures
    return f"{area:.4f} {one:4.0%} / {five:4.0%}"


if __name__ == "__main__":
    sys.exit(main())
