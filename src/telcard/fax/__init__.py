"""Fax: a whole Group 3 machine, from pages to sound and back.

    from telcard.fax import FaxTerminal

    terminal = FaxTerminal(calling=True, ident="+86 10 95588", pages=[page])
    while terminal.active:
        line.send(terminal.transmit(160))       # int16 at 8 kHz
        terminal.receive(line.receive(160))
    print(terminal.result)                      # all pages went over (DCN after the last page ...)

`terminal` joins the machine of T.30, `t30`, to the `lane`, which is sound.  Between them stand
`phases`, the words for what is said and heard; `frames` reads and explains T.30's frames, with the
bits of `fields` and the makers of `makers`; `negotiation` is what two machines agree on, `ecm` the
partial pages of error correction, `pages` and `paper` how pages get into the machine and out of it.
`t4` turns pages (2-D arrays of bool, True = black) into bits and back, `geometry` says how many
pixels they have, `tiff` reads and writes files of them.

`documents` makes pages of text, PDF and pictures, `layout` and `cover` of what one says, `header`
puts the line over them that says who sends; `prints` saves received ones as TIFF, PDF or PNG.

`listening` reads the calls of others, without a word; `overheard` puts their pages together.
"""

from telcard.fax.dialogue import FaxResult
from telcard.fax.terminal import FaxTerminal

__all__ = ["FaxResult", "FaxTerminal"]
