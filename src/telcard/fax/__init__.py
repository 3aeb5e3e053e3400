"""Fax: the procedure of T.30 without sound, pages and their coding.

`phases` is what a fax machine says and hears, between the machine of T.30 and the line.  `t4` turns
pages (2-D arrays of bool, True = black) into bits and back, `geometry` says how many pixels they
have, `tiff` reads and writes files of them.
"""
