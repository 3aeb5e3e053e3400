"""Writes t4_tables.h: the code words of ITU-T T.4, for sending and for finding them again.

Tables of both colours lie one behind the other, white first.

Run lengths.  A row is runs of white and black in turn, white first, each a terminating code (0 to
63 pixels), before which stand as many make-up codes (multiples of 64) as it needs: T.4, tables 2
and 3a for each colour, 3b for the long ones that both share.  No code is the beginning of another.
To send, a run below 2,624 is one make-up (none for 0) and one terminating code, each a table entry:

    code << 4 | length          (a make-up of 0 has length 0)

To find, the zeros before a code's first 1 are counted (0 to 7; no code has more, an EOL has 11),
and they and the 7 bits behind that 1 are the index; no code is longer than that:

    zeros << 7 | 7 bits    ->   run << 4 | length          (0: no such code)

Modes.  The codes of two-dimensional coding (T.4, table 4; T.6, table 1) have at most 7 bits, which
are the index: mode << 4 | length.  Modes 0 to 6 are vertical ones, of -3 to +3 pixels.
"""

from __future__ import annotations

from tables import write


def words(text: str) -> list[str]:
    """The codes in a text."""
    return text.split()


WHITE = words(
    """
    00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100
    110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011
    0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101
    00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101
    00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001
    01011010 01011011 01001010 01001011 00110010 00110011 00110100
"""
)  # 0, 1 ... 63
WHITE_MAKE_UP = words(
    """
    11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100
    011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 011011001
    011011010 011011011 010011000 010011001 010011010 011000 010011011
"""
)  # 64, 128 ... 1728
BLACK = words(
    """
    0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100
    00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100
    00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100
    000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011
    000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010
    000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101
    000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000
    000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111
"""
)
BLACK_MAKE_UP = words(
    """
    0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101
    0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101
    0000001110010 0000001110011 0000001110100 0000001110101 0000001110110 0000001110111
    0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011
    0000001100100 0000001100101
"""
)
LONG_MAKE_UP = words(
    """
    00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101
    000000010110 000000010111 000000011100 000000011101 000000011110 000000011111
"""
)  # 1792, 1856 ... 2560, of either colour

VERTICAL = ["0000010", "000010", "010", "1", "011", "000011", "0000011"]  # VL3 ... V0 ... VR3
PASS, HORIZONTAL = "0001", "001"
MODES = [*VERTICAL, PASS, HORIZONTAL]

TERMINATING = {"white": WHITE, "black": BLACK}
MAKE_UP = {"white": WHITE_MAKE_UP + LONG_MAKE_UP, "black": BLACK_MAKE_UP + LONG_MAKE_UP}
AFTER = 7  # bits of a code behind its first 1, at most
ZEROS = 8  # 0 to 7 before it


def numbers(name: str, kind: str, values: list[int], a_line: int = 12) -> str:
    """A table of whole numbers."""
    lines = [", ".join(map(str, values[at : at + a_line])) for at in range(0, len(values), a_line)]
    return f"static const {kind} {name} = {{\n    " + ",\n    ".join(lines) + ",\n};\n"


def sent(code: str) -> int:
    """What is sent: a code and its length."""
    return int(code or "0", 2) << 4 | len(code)


def found(colour: str) -> list[int]:
    """What every index means in runs of a colour."""
    table = [0] * (ZEROS << AFTER)
    runs = dict(enumerate(TERMINATING[colour]))
    runs |= {64 * number: code for number, code in enumerate(MAKE_UP[colour], 1)}
    for run, code in runs.items():
        zeros = code.index("1")
        behind = code[zeros + 1 :]
        free = AFTER - len(behind)
        first = zeros << AFTER | (int(behind or "0", 2) << free)
        for index in range(first, first + (1 << free)):
            assert not table[index], f"{colour} {run}: {code} is not the only one at {index}"
            table[index] = run << 4 | len(code)
    return table


def modes() -> list[int]:
    """The mode that 7 bits begin with, and the length of its code."""
    table = [0] * 128
    for mode, code in enumerate(MODES):
        free = 7 - len(code)
        for index in range(int(code, 2) << free, (int(code, 2) + 1) << free):
            table[index] = mode << 4 | len(code)
    return table


if __name__ == "__main__":
    colours = ("white", "black")
    terminating = [sent(code) for colour in colours for code in TERMINATING[colour]]
    make_up = [sent(code) for colour in colours for code in ["", *MAKE_UP[colour]]]
    write(
        __file__,
        numbers("T4_TERMINATING[2 * 64]", "uint32_t", terminating),
        numbers("T4_MAKE_UP[2 * 41]", "uint32_t", make_up),
        numbers("T4_RUNS[2 * 1024]", "uint16_t", found("white") + found("black"), 16),
        numbers("T4_MODES[128]", "uint8_t", modes(), 16),
        numbers("T4_MODE_CODES[9]", "uint8_t", [sent(code) for code in MODES]),
        includes="#include <stdint.h>",
    )
