"""What copper does to sound, once more: from its description, in float64, with nothing of ours."""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def words(seed: int, numbers: np.ndarray) -> np.ndarray:
    """Splitmix64: the words with these numbers of a seed's sequence."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (numbers.astype(np.uint64) + np.uint64(1)) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def normal(seed: int, way: int, samples: int) -> np.ndarray:
    """Standard normal numbers: the noise of one way (0: to the subscriber, 1: from him)."""
    (way_seed,) = words(seed, np.array([way]))
    (noise_seed,) = words(int(way_seed), np.array([0]))
    drawn = words(int(noise_seed), np.arange(3 * samples)).reshape(samples, 3)
    parts = np.stack([drawn >> np.uint64(16 * k) & np.uint64(0xFFFF) for k in range(4)])
    return (parts.sum(axis=(0, 2)).astype(np.float64) - 6 * 65535) / 65536


def shifted(x: np.ndarray, hz: float) -> np.ndarray:
    """All frequencies moved by `hz`: the spectrum's positive half, turned."""
    spectrum = np.fft.fft(x)
    spectrum[len(x) // 2 :] = 0
    analytic = 2 * np.fft.ifft(spectrum)
    return (analytic * np.exp(2j * np.pi * hz * np.arange(len(x)) / 8000)).real


def frequency(x: np.ndarray) -> float:
    """Of the loudest sine in it, by the phase that its two halves are apart."""
    middle = len(x) // 2
    window = np.hanning(middle)
    first, second = (np.fft.rfft(part * window) for part in (x[:middle], x[middle : 2 * middle]))
    peak = int(np.argmax(np.abs(first)))
    turned = np.angle(second[peak] / first[peak]) / (2 * np.pi)
    # The peak's bin turns a whole number of times between the halves.
    return (peak + (turned - round(turned))) * 8000 / middle
