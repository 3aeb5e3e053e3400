"""Documents that somebody wants to fax, spoilt: pages, or one sentence; never a trap for memory."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from telcard.errors import MediaError
from telcard.fax import documents
from telcard.fax.documents import MOST_PIXELS, document_pages
from telcard.fax.prints import pdf, png
from tests.support.fax_pages import letter
from tests.support.mutate import mutants

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "0"))
DEARER = 10
"""Times as much does a document cost as the input of another parser."""
SEED = 9


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    image.save(file := BytesIO(), kind, **options)
    return file.getvalue()


def good() -> list[bytes]:
    grey = Image.fromarray(np.arange(24 * 16, dtype=np.uint8).reshape(16, 24))
    clear = Image.new("RGBA", (24, 16), (200, 10, 10, 90))
    exif = grey.getexif()
    exif[0x0112] = 6
    page = letter(20, 200)
    return [
        b"Dear Sir,\n\tyour balance is 100.00\fyours\n",
        "Übermäßig".encode("utf-16"),
        pdf([page]),
        png(page),
        saved(grey, "JPEG", exif=exif, dpi=(204, 98)),
        saved(clear, "PNG"),
        saved(grey.convert("P"), "GIF", save_all=True, append_images=[grey.convert("P")]),
        saved(grey.convert("RGB"), "TIFF", compression="tiff_lzw", dpi=(200, 100)),
        saved(grey.convert("1"), "TIFF", compression="packbits"),
        saved(grey, "BMP"),
        saved(Image.fromarray(np.full((9, 9), 40_000, np.uint16)), "PNG"),
    ]


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, about odd metadata
@pytest.mark.parametrize("number", range(len(good())))
def test_spoilt_documents_are_pages_or_one_sentence(
    number: int, tmp_path: Path, monkeypatch
) -> None:
    """Fitting them into a sheet costs a hundred times as much as reading them: it is left out."""
    sizes: list[int] = []

    def read(image: Image.Image, *_: object, **__: object) -> np.ndarray:
        assert image.mode == "L"
        sizes.append(image.width * image.height)
        return np.zeros((1, 1), bool)

    monkeypatch.setattr(documents, "fitted", read)
    path = tmp_path / "document"
    whole = good()[number]
    count = COUNT // DEARER // len(good())
    for place, data in mutants([whole, whole, whole, b"%PDF-1.4\n"], max(count, 14), SEED):
        path.write_bytes(data)
        try:
            for pages, _ in enumerate(document_pages(path)):
                if pages > 3:
                    break
        except MediaError as error:
            assert "\n" not in str(error), f"seed {SEED}, input {place}"
        except Exception as error:
            raise AssertionError(f"seed {SEED}, document {number}, input {place}") from error
    assert max(sizes, default=0) <= MOST_PIXELS
