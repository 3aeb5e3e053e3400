"""How well noise suppression, gain control, concealment and comfort noise do; peers beside them.

    python benchmarks/quality_voice.py [noise] [agc] [loss] [comfort]

Speech: Debian's asterisk-core-sounds-*-wav.  Peers: speexdsp (libspeexdsp-dev) and spandsp
(libspandsp-dev); a column is left out where the package is missing.  `pesq` and `pystoi` add their
columns where they are installed.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711, level
from telcard.dsp.agc import level_talk
from telcard.dsp.noise import ComfortNoise, suppress_noise
from telcard.dsp.plc import Concealer
from telcard.units import dbm0_to_rms, rms_to_dbm0

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import voice_peers, voices
from tests.support.peers import PeerMissing

Pcm = NDArray[np.int16]
Sound = NDArray[np.float64]


def db(ratio: float) -> float:
    return float(10 * np.log10(max(ratio, 1e-10)))


def hops(sound: Any, size: int = 160) -> Sound:
    return np.asarray(sound[: len(sound) // size * size], float).reshape(-1, size)


def segmental_snr(clean: Any, heard: Any, counted: NDArray[np.bool_] | None = None) -> float:
    """Mean over 20 ms of the SNR, each between -10 and 35 dB; of those that are `counted`."""
    signal, error = (hops(clean) ** 2).sum(1), ((hops(clean) - hops(heard)) ** 2).sum(1)
    rows = np.clip(10 * np.log10((signal + 1) / (error + 1)), -10, 35)
    if counted is None:
        counted = signal > np.percentile(signal, 99) / 1000
    return float(rows[counted].mean())


def spectral_distance(clean: Any, heard: Any, counted: NDArray[np.bool_]) -> float:
    """Root mean square of the log spectra's difference in dB, over 32 ms about each 20 ms."""

    def spectra(sound: Any) -> Sound:
        padded = np.pad(np.asarray(sound, float), (48, 256))
        frames = np.lib.stride_tricks.sliding_window_view(padded, 256)[::160][: len(counted)]
        power = np.abs(np.fft.rfft(frames * np.hanning(256), axis=1)) ** 2
        return np.asarray(10 * np.log10(power + 1e4))

    rows = np.sqrt(((spectra(clean) - spectra(heard)) ** 2).mean(axis=1))
    return float(rows[counted[: len(rows)]].mean())


def scores(clean: Sound, heard: Any) -> str:
    """Columns of the scorers that are installed."""
    told = ""
    warnings.simplefilter("ignore")
    if importlib.util.find_spec("pesq"):
        import pesq

        told += (
            f"  PESQ {pesq.pesq(8000, clean[:160000] / 32768, heard[:160000] / 32768, 'nb'):.2f}"
        )
    if importlib.util.find_spec("pystoi"):
        import pystoi

        told += f"  STOI {pystoi.stoi(clean[:160000], np.asarray(heard[:160000], float), 8000):.3f}"
    return told


def in_step(clean: Sound, heard: Pcm) -> Pcm:
    """A peer's output without its delay, found by correlation."""
    lags = range(0, 161, 8)
    part = clean[:160_000]
    best = max(lags, key=lambda lag: float(part[: -lag or None] @ heard[lag : len(part)]))
    return np.concatenate([heard[best:], np.zeros(best, np.int16)])


def by_speex(**how: Any) -> Callable[[Pcm], Pcm] | None:
    try:
        voice_peers.speexdsp()
    except PeerMissing:
        return None
    return lambda pcm: voice_peers.speex(pcm, **how)[0]


def noise() -> None:
    """Reduction: of the noise in pauses.  Speech: what suppression takes off its level."""
    print("noise suppression (noise, SNR in: SNR out, segmental SNR, reduction in pauses, speech)")
    peers = {
        "as it is": lambda pcm: pcm,
        "telcard": suppress_noise,
        "speexdsp": by_speex(denoise_db=15),
    }
    for kind, snr, clean, mixed in voices.mixtures(
        ("white", "pink", "car", "babble"), (0, 5, 10, 20), 60, -20
    ):
        speech, sure = voices.labels(clean)
        pause = np.repeat(~speech & sure, 80)
        pause[:16_000] = False
        for name, treat in peers.items():
            if treat is None:
                continue
            heard = treat(mixed)
            if name.startswith("speex"):
                heard = in_step(clean, heard)
            told = heard[: len(pause)].astype(float)
            left = (told[pause] ** 2).mean()
            reduction = db(float((mixed[: len(pause)][pause].astype(float) ** 2).mean() / left))
            talk = np.repeat(speech, 80)
            talk[:16_000] = False
            x, y = clean[: len(talk)][talk], told[talk]
            gain = float(x @ y) / float(x @ x)
            out = db(float(((gain * x) ** 2).mean() / ((y - gain * x) ** 2).mean()))
            print(
                f"  {kind:6} {snr:3} dB {name:15} {out:5.1f} dB"
                f"  {segmental_snr(clean, told):5.1f} dB  {reduction:5.1f} dB"
                f"  {20 * np.log10(max(gain, 1e-3)):5.1f} dB{scores(clean, told)}"
            )


def agc() -> None:
    """Talkers of nine levels, one after the other, over a background of -60 dBm0."""
    print("gain control (level of each talker, out; loudest sample; background in pauses)")
    speech = voices.phrases("en", 20, -20, 3)
    background = np.random.default_rng(2).normal(0, dbm0_to_rms(-60), len(speech))
    peers = {
        "as it is": lambda pcm: pcm,
        "telcard": level_talk,
        "speexdsp": by_speex(agc_level=8000),
    }
    levels = range(-40, -3, 5)
    for name, treat in peers.items():
        if treat is None:
            continue
        told, loudest, pauses = [], 0, []
        for talker in levels:
            pcm = voices.int16(voices.at_level(speech, talker, active=True) + background)
            heard = treat(pcm)
            half = heard[len(heard) // 2 :].astype(float)
            energy = (hops(half, 80) ** 2).mean(axis=1)
            told.append(
                rms_to_dbm0(
                    float(np.sqrt(energy[energy > np.percentile(energy, 99) / 1000].mean()))
                )
            )
            loudest = max(loudest, int(np.abs(heard.astype(int)).max()))
            pauses.append(rms_to_dbm0(float(np.sqrt(np.percentile(energy, 5)))))
        print(
            f"  {name:9} "
            + " ".join(f"{value:6.1f}" for value in told)
            + f"  spread {max(told) - min(told):.1f} dB, {loudest},"
            f" {min(pauses):.0f}..{max(pauses):.0f} dBm0"
        )


def loss() -> None:
    """Packets of 20 ms, lost by chance, singly or in bursts; what is told is of those alone."""
    print(
        "loss (share lost, packets on end: segmental SNR, log spectral distance of what was lost)"
    )
    clean = voices.int16(
        voices.at_level(
            np.concatenate([voices.prompts(language, 40) for language in voices.LANGUAGES]),
            -18,
            True,
        )
    )
    clean = clean[: len(clean) // 160 * 160]
    packets = len(clean) // 160

    def zeros(lost: NDArray[np.bool_]) -> Pcm:
        return np.where(np.repeat(lost, 160), 0, clean).astype(np.int16)

    def repeated(lost: NDArray[np.bool_]) -> Pcm:
        made = clean.reshape(-1, 160).copy()
        for i in np.flatnonzero(lost):
            made[i] = made[i - 1] if i else 0
        return made.reshape(-1)

    def ours(lost: NDArray[np.bool_]) -> Pcm:
        concealer = Concealer()
        parts = [
            concealer.process(p, lost=bool(gone))
            for p, gone in zip(clean.reshape(-1, 160), lost, strict=True)
        ]
        return np.concatenate([*parts, concealer.flush()])[:, 0]

    treats = {
        "zeros": zeros,
        "repetition": repeated,
        "spandsp": lambda lost: voice_peers.spandsp_conceals(clean, lost, 160),
        "telcard": ours,
    }
    energy = (hops(clean) ** 2).mean(axis=1)
    for share, burst in ((0.01, 1), (0.05, 1), (0.1, 1), (0.05, 2), (0.05, 3)):
        chance = np.random.default_rng(4)
        starts = chance.random(packets) < share / burst
        lost = np.convolve(starts, np.ones(burst))[:packets] > 0
        lost[:5] = False
        counted = lost & (energy > np.percentile(energy, 99) / 1000)
        told = []
        for name, treat in treats.items():
            try:
                heard = treat(lost)
            except PeerMissing:
                continue
            told.append(
                f"{name} {segmental_snr(clean, heard, counted):5.1f} /"
                f" {spectral_distance(clean, heard, counted):4.1f} dB"
                + scores(clean.astype(float), heard)
            )
        print(f"  {share:4.0%} x {burst}: " + "; ".join(told))


def comfort() -> None:
    """The background of a line with somebody talking on it; what is generated over 10 s."""
    print("comfort noise (background: error of the level, greatest in a second; distance)")
    for kind in ("white", "pink", "car"):
        for background in (-35, -45, -55, -60):
            clean = voices.phrases("en", 15, -20, 3)
            hum = voices.noise(kind, len(clean), 7) * dbm0_to_rms(background)
            heard = g711.decode_alaw(g711.encode_alaw(voices.int16(clean + hum)))
            pause = heard[: len(clean)][clean == 0]
            maker = ComfortNoise()
            maker.analyse(heard)
            made = maker.generate(80_000)[:, 0]
            error = level.level_dbm0(made) - level.level_dbm0(pause)
            seconds = [
                level.level_dbm0(made[at : at + 8000]) - level.level_dbm0(pause)
                for at in range(0, 80_000, 8000)
            ]
            wanted = np.abs(np.fft.rfft(hops(hum, 256) * np.hanning(256), axis=1)) ** 2
            got = np.abs(np.fft.rfft(hops(made, 256) * np.hanning(256), axis=1)) ** 2
            apart = 10 * np.log10((got.mean(0) + 1e3) / (wanted.mean(0) + 1e3))[6:112]
            print(
                f"  {kind:6} {background} dBm0: {error:+.1f} dB,"
                f" {max(seconds, key=abs):+.1f} dB; {np.sqrt((apart**2).mean()):.1f} dB"
            )


SUBJECTS = {"noise": noise, "agc": agc, "loss": loss, "comfort": comfort}

if __name__ == "__main__":
    for subject in sys.argv[1:] or SUBJECTS:
        SUBJECTS[subject]()
