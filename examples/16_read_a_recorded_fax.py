"""For people with recordings of fax calls: who said what, and the pages.

First a recording is made, with two machines of telcard on a line that loses or doubles a sample
every few seconds; then nobody knows anything but the sound.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from telcard import audio
from telcard.analysis.faxes import listen_to_recording
from telcard.dsp.copper import Copper
from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.fax.layout import text_pages
from telcard.rehearsal.faxing import fax_call

(page,) = text_pages("Dear Mr Li,\n\nyour balance is 100.00.\n", Resolution.STANDARD)
sender = FaxTerminal(ident="+86 10 95588", pages=[page], resolution=Resolution.STANDARD)
receiver = FaxTerminal(calling=False, ident="+86 21 6234")
line = Copper(loss_db=6, noise_dbm0=-55, slips_per_min=20)
call = np.concatenate(list(fax_call(sender, receiver, line)))

with TemporaryDirectory() as folder:
    path = Path(folder, "call.wav")
    audio.write(path, call)
    found = listen_to_recording(path)

for heard in found.transcript:
    print(heard.text())

(read,) = found.pages
print(f"\nThe page is {'the same to the bit' if np.array_equal(read.pixels, page) else 'damaged'}:")
inked = read.pixels[:, read.pixels.any(axis=0)]
for row in inked[inked.any(axis=1)][:12, :80]:
    print("".join("#" if dot else " " for dot in row).rstrip())
