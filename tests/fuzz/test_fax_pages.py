"""Coded pages and TIFF files of strangers: rows, or one sentence."""

import os
from io import BytesIO
from random import Random

import numpy as np
import pytest

from telcard.errors import MediaError
from telcard.fax.geometry import Resolution
from telcard.fax.t4 import CODINGS, PageDecoder, encode
from telcard.fax.tiff import TiffWriter, read
from tests.support.fax_pages import letter, stairs
from tests.support.mutate import mutants
from tests.support.tiff_files import packbits, tiff_file

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "200"))
SEED = 4


@pytest.mark.fuzz
@pytest.mark.parametrize("coding", CODINGS)
def test_spoilt_pages_are_rows_and_the_same_ones_however_they_are_cut(coding) -> None:
    """Every good row makes up the width, whatever the octets; nothing else can be seen of it."""
    good = [encode(page, coding) for page in (letter(12, 200), stairs(12, 65), letter(8, 1728))]
    good += [b"", bytes(40), b"\xff" * 40]
    random = Random(SEED)
    for number, data in mutants(good, COUNT // 3, SEED):
        width = random.choice((1, 65, 200, 1728))
        options = {
            "eols": coding != "mh" or random.random() < 0.8,
            "headless": random.random() < 0.5,
            "repair": random.choice(("above", "white")),
            "most_rows": random.choice((0, 5)),
        }
        whole = PageDecoder(width, coding, **options)
        rows = np.concatenate([whole.process(data), whole.flush()])
        cut = PageDecoder(width, coding, **options)
        at = random.randint(0, len(data))
        parts = [cut.process(data[:at]), cut.process(data[at:]), cut.flush()]
        same = np.array_equal(rows, np.concatenate(parts)) and whole.report == cut.report
        assert same, f"seed {SEED}, input {number}"
        assert whole.ended, f"seed {SEED}, input {number}"
        assert len(whole.bad) == whole.report.bad_rows <= whole.report.rows == len(rows)


@pytest.mark.fuzz
def test_spoilt_files_are_pages_or_one_clear_error() -> None:
    good = []
    for coding in CODINGS:
        with TiffWriter(file := BytesIO(), coding) as writer:
            writer.add(letter(12, 200), Resolution.FINE, description="12345")
            writer.add(stairs(9, 65), Resolution.STANDARD)
        good.append(file.getvalue())
    packed = np.packbits(letter(30, 200), axis=1).tobytes()
    plain = {256: 200, 257: 30, 259: 1, 278: 10, 273: [packed[:250], packed[250:500], packed[500:]]}
    good.append(tiff_file([plain], ">"))
    good.append(tiff_file([plain | {259: 32773, 278: 30, 273: [packbits(packed)], 274: 6}]))
    read_in_all = 0
    for number, data in mutants(good, COUNT, SEED):
        try:
            read(data)
        except MediaError as error:
            assert "\n" not in str(error), f"seed {SEED}, input {number}"
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        read_in_all += 1
    assert read_in_all > COUNT // 10
