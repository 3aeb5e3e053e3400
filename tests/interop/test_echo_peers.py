"""Our echo canceller beside foreign ones, and G.168's numbers beside spandsp's copy of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.support import echo_peers, g168
from tests.support.echo_exam import Case, Exam, Row, case, loss_between, time_to
from tests.support.echo_manners import digits
from tests.support.peers import spandsp_shim

pytestmark = pytest.mark.interop


def test_the_numbers_of_g168_are_those_that_spandsp_ships() -> None:
    models = "\n".join(f"const int32_t *path_{name}(void);" for name in g168.PATHS)
    source = "#include <spandsp/g168models.h>\n" + "\n".join(
        f"const int32_t *path_{name}(void) {{ return line_model_{name.lower()}_coeffs; }}"
        for name in g168.PATHS
    )
    source += """
    const int *voiced(int c3) { return c3 ? css_c3 : css_c1; }
    const float *meter(void) { return level_measurement_bp_coeffs; }
    """
    gains = ", ".join(f"LINE_MODEL_{name}_GAIN" for name in g168.PATHS)
    source += f"float gain(int path) {{ float all[] = {{ {gains} }}; return all[path]; }}"
    native = spandsp_shim(
        "g168",
        models + "const int *voiced(int c3); const float *meter(void); float gain(int path);",
        source,
    )

    def read(pointer: object, count: int) -> list[float]:
        return [float(value) for value in native.ffi.unpack(pointer, count)]

    ours = g168.tables()
    for index, name in enumerate(g168.PATHS):
        assert native.lib.gain(index) == pytest.approx(ours["path"][name]["gain"], rel=1e-6)
        taps = ours["path"][name]["taps"]
        assert read(getattr(native.lib, f"path_{name}")(), len(taps)) == taps, name
    for c3, kind in enumerate(("C1", "C3")):
        assert read(native.lib.voiced(c3), len(ours["voiced"][kind])) == ours["voiced"][kind], kind
    meter = ours["meter"]["taps"]
    np.testing.assert_allclose(read(native.lib.meter(), len(meter)), meter, atol=1e-7)


# --- ours beside the peers --------------------------------------------------------------------

# Each question is put to a canceller once, and ours is compared with every peer.


def css(seconds: float) -> g168.Pcm:
    return g168.alaw(g168.composite("C1", round(8000 * seconds), -10))


def cases_of(rin: g168.Pcm, near: g168.Sound | float = 0.0, erl_db: float = 6) -> list[Case]:
    """Four echo paths, one of them behind 45 ms."""
    paths = [("D2", 0), ("D5", 0), ("D7", 160), ("D9", 360)]
    return [case(path, rin, g168.path(path, erl_db, delay), near) for path, delay in paths]


@cache
def convergence(name: str) -> tuple[float, float]:
    """Seconds to 30 dB on the slowest path, and the least loss from 4 to 6 s."""
    cases = cases_of(css(6))
    both = list(zip(cases, Exam(echo_peers.named(name)).run(cases), strict=True))
    return (
        max(time_to(one, out, 30) for one, out in both),
        min(loss_between(one, out, 4, 6) for one, out in both),
    )


@cache
def kept(name: str) -> float:
    """The least loss after two seconds of double talk, two tones and nothing to learn from."""
    tones = g168.alaw(np.concatenate([g168.tone(16_000, -10, 697), g168.tone(16_000, -10, 1336)]))
    rin = np.concatenate([css(7), tones, css(1)])
    near = np.zeros(len(rin))
    near[40_000:56_000] = g168.composite("C3", 16_000, -4)
    cases = cases_of(rin, near)
    outs = Exam(echo_peers.named(name)).run(cases)
    return min(loss_between(one, out, 11, 11.35) for one, out in zip(cases, outs, strict=True))


@cache
def keys(name: str) -> Row:
    """Keys behind a loud prompt's echo, no suppressor asked for."""
    return next(digits(Exam(echo_peers.named(name), quick=True)))


@cache
def noise_off(name: str) -> float:
    """The far end talks, the room hisses at -60 dBm0: by how many dB what is sent is wrong."""
    rin = css(10)
    noise = g168.white(len(rin), -60, seed=6)
    cases = cases_of(rin, noise, erl_db=10)
    outs = Exam(echo_peers.named(name)).run(cases, nlp=True, comfort_noise=True)
    return max(abs(g168.level(out[40_000:]) - g168.level(noise[40_000:])) for out in outs)


@pytest.mark.parametrize("peer", ["speex", "spandsp", "webrtc"])
def test_ours_cancels_sooner_and_leaves_less(peer: str) -> None:
    (ours_s, ours_db), (peers_s, peers_db) = convergence("telcard"), convergence(peer)
    assert ours_db > peers_db
    if peer != "webrtc":  # which begins by muting all there is
        assert ours_s < peers_s


@pytest.mark.parametrize("peer", ["speex", "spandsp"])
def test_ours_keeps_its_filter_in_double_talk_and_after_tones(peer: str) -> None:
    assert kept("telcard") > max(20, kept(peer) + 6)


@pytest.mark.parametrize("peer", ["speex", "spandsp"])
def test_ours_finds_keys_behind_a_prompt_that_the_peer_loses(peer: str) -> None:
    assert keys("telcard").passed, keys("telcard").told
    assert not keys(peer).passed, keys(peer).told


@pytest.mark.parametrize("peer", ["speex", "spandsp", "webrtc", "webrtc-m"])
def test_ours_leaves_the_room_noise_as_it_is(peer: str) -> None:
    assert noise_off("telcard") <= 2
    assert noise_off("telcard") < noise_off(peer)
