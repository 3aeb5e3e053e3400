"""Native half: C kernels (`c/`) and their Cython faces.

Import the modules as `from telcard._native import dsp`; people use `telcard.dsp` and the rooms
above instead.
"""
