"""Fax: the procedure of T.30 without sound, pages and their coding.

`phases` is what a fax machine says and hears, between the machine of T.30 and the line.
"""
