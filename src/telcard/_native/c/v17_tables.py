"""Writes v17_tables.h: the points of V.17, and the steps of its trellis.

Figures 1 to 4 of V.17 place 16 to 128 points on a lattice, in units in which the states of training
are A = (-6, -2), B = (2, -6), C = (6, 2) and D = (-2, 6).  The number of a point is
`place << 3 | Y2 << 2 | Y1 << 1 | Y0`: bits that the code does not touch, then those of the code.

The figures are more regular than they look.  A quarter turn of the whole carrier must do no more
than count Y = (Y2 Y1) on, which differential coding takes out, so each place has one point to turn
for either of the code's two families (Y0 plus Y, even or odd): turned by -90 degrees, Y counts one
on.  With 16, 64 and 128 points the odd family mirrors the even one through a point of the lattice,
(2, 0), (1, 0) and (1/2, -1/2); with 32 points, the figure of V.32, it has a list of its own.

The trellis has 8 states W2 W1 W0, three bits of delay; Y0 is W0.  From state W, Y1 and Y2 lead to

    W0' = Y2 + W1 + Y1 W0,    W1' = Y2 + Y1 + W2 + (Y2 + W1) W0,    W2' = W0    (modulo 2)

which is figure 2 of V.32 and of V.17.  TC_V17_NEXT[W << 2 | Y] is that state; seen from the state
W that is reached, TC_V17_BEFORE[k][W] are the four that lead to it, and TC_V17_SUBSET[k][W] the
three code bits Y2 Y1 Y0 with which.
"""

from __future__ import annotations

import numpy as np
from tables import table, write

EVEN = {
    16: [6 - 6j, -2 + 2j],
    32: [-8 + 2j, 2j, -6j, 8 + 2j],
    64: [7 + 1j, 3 - 3j, 7 - 7j, -1 - 7j, 3 + 5j, -1 + 1j, -5 + 5j, -5 - 3j],
    128: [
        *(-8 - 3j, -8 + 1j, -4 - 3j, -4 + 1j, 4 - 3j, 4 + 1j, -3j, 1j),
        *(8 - 3j, 8 + 1j, -4 - 7j, -4 + 5j, 4 - 7j, 4 + 5j, -7j, 5j),
    ],
}
MIRROR = {16: 4, 64: 2, 128: 1 - 1j}
ODD_OF_32 = [-6 - 4j, -6 + 4j, 2 - 4j, 2 + 4j]


def points(count: int) -> np.ndarray:
    """The points of a figure by their numbers."""
    even = np.array(EVEN[count])
    odd = np.array(ODD_OF_32) if count == 32 else MIRROR[count] - even
    number = np.arange(count)
    place, y, y0 = number >> 3, number >> 1 & 3, number & 1
    turned: np.ndarray = np.where((y0 + y) % 2 == 0, even[place], odd[place]) * (-1j) ** y
    return turned.round() + 0.0


def next_state(state: int, y: int) -> int:
    """Where the trellis goes from a state."""
    w0, w1, w2 = state & 1, state >> 1 & 1, state >> 2
    y1, y2 = y & 1, y >> 1
    return (y2 ^ w1 ^ y1 & w0) | (y2 ^ y1 ^ w2 ^ (y2 ^ w1) & w0) << 1 | w0 << 2


def ways_to(state: int) -> list[tuple[int, int]]:
    """The states that lead to one, and the code's bits on the way."""
    steps = [(before, y) for before in range(8) for y in range(4)]
    return [(before, y << 1 | before & 1) for before, y in steps if next_state(before, y) == state]


def rows(name: str, values: list[list[int]]) -> str:
    """A table of whole numbers."""
    lines = ",\n".join("    {" + ", ".join(map(str, row)) + "}" for row in values)
    return f"static const int32_t {name}[{len(values)}][{len(values[0])}] = {{\n{lines},\n}};\n"


def main() -> None:
    """Write the header beside this file."""
    parts = []
    for count in EVEN:
        parts.append(table(f"TC_V17_I_{count}", points(count).real))
        parts.append(table(f"TC_V17_Q_{count}", points(count).imag))
    steps = ", ".join(str(next_state(at >> 2, at & 3)) for at in range(32))
    parts.append(f"static const uint8_t TC_V17_NEXT[32] = {{\n    {steps},\n}};\n")
    ways = [ways_to(state) for state in range(8)]
    for at, name in enumerate(("TC_V17_BEFORE", "TC_V17_SUBSET")):
        parts.append(rows(name, [[ways[state][k][at] for state in range(8)] for k in range(4)]))
    write(__file__, *parts, includes="#include <stdint.h>")


if __name__ == "__main__":
    main()
