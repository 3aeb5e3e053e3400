"""The works: that we and the plain way beside us do the same."""

from dataclasses import replace

import numpy as np
import pytest

from telcard.bench import SUBJECTS, measure, works
from telcard.bench.kernels import G711, channels_of_sound, g711_work
from telcard.dsp import DtmfDetector


@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s != "dtmf"])
def test_every_work_of_a_subject_can_be_measured(subject: str) -> None:
    for work in works(subject):
        assert work.subject == subject
        assert measure(replace(work, peers={}), 1e-6).channels > 1


@pytest.mark.parametrize("name", G711)
def test_the_table_of_numpy_gives_the_same_octets_and_samples(name: str) -> None:
    work = g711_work(name, 30)
    assert np.array_equal(work.call(), work.peers["numpy table"]())


@pytest.mark.parametrize(
    ("kind", "digits"), [("tone", set()), ("dialling", set("159D")), ("silence", set())]
)
def test_the_sound_is_of_the_kind_that_is_said(kind: str, digits: set[str]) -> None:
    heard = DtmfDetector(20).process(channels_of_sound(kind, 20))
    assert {event.digit for event in heard} == digits


def test_an_unknown_subject_and_an_unknown_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="want one of g711, dtmf, tones, resample, got 'fax'"):
        works("fax")
    with pytest.raises(
        ValueError, match="want tone, dialling, voice, speech or silence, got 'rain'"
    ):
        channels_of_sound("rain", 1)
