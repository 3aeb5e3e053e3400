"""Writes bulk_delay_tables.h: windows of the search for bulk delays (run it, commit it).

RISE is the first half of Hann's window over 320 samples; the second half is the first from behind.
A response at lag n beyond one hop is seen by that hop's spectra with the share r(n) that the window
has in common with itself n samples later, and by the next hop's with r(160 - n).  OVERLAP[n] is the
weight of the one, OVERLAP[160 - n] that of the other, so that both together see all of it with the
least noise: r(n) / (r(n)^2 + r(160 - n)^2).
"""

from __future__ import annotations

import numpy as np
from tables import table, write

HOP = 160


def main() -> None:
    """Write the header beside this file."""
    window = np.sin(np.pi * (np.arange(2 * HOP) + 0.5) / (2 * HOP)) ** 2
    common = np.correlate(window, window, "full")[2 * HOP - 1 :][: HOP + 1]
    common /= common[0]
    overlap = common / (common**2 + common[::-1] ** 2)
    write(__file__, table("RISE", window[:HOP]), table("OVERLAP", overlap))


if __name__ == "__main__":
    main()
