"""Fax: the procedure of T.30 without sound, pages and their coding.

`t30` is the machine; `phases` is what it says and hears, between it and the line; `frames` reads
and explains its frames, with the bits of `fields` and the makers of `makers`; `negotiation` is what
two machines agree on, `ecm` the partial pages of error correction, `pages` how pages get into the
machine and out of it.  `t4` turns pages (2-D arrays of bool, True = black) into bits and back,
`geometry` says how many pixels they have, `tiff` reads and writes files of them.

`documents` makes pages of text, PDF and pictures, `layout` and `cover` of what one says, `header`
puts the line over them that says who sends; `prints` saves received ones as TIFF, PDF or PNG.
"""
