"""The vocabulary between the T.30 machine and what carries it."""

from telcard.fax.phases import BY_CODE, Modem, Rate


def test_rates_have_the_codes_of_table_2() -> None:
    """Bits 11 to 14 as the table prints them, in the order of their numbers."""
    printed = {
        "0000": (Modem.V27TER, 2400),
        "0100": (Modem.V27TER, 4800),
        "1000": (Modem.V29, 9600),
        "1100": (Modem.V29, 7200),
        "0001": (Modem.V17, 14_400),
        "0101": (Modem.V17, 12_000),
        "1001": (Modem.V17, 9600),
        "1101": (Modem.V17, 7200),
    }
    read = {f"{code:04b}"[::-1]: (rate.modem, rate.bit_s) for code, rate in BY_CODE.items()}
    assert read == printed


def test_rates_stand_in_the_order_of_the_native_modes() -> None:
    assert [rate.mode for rate in Rate] == list(range(8))
    assert Rate.V27TER_2400.mode == 0
    assert Rate.V17_14400.mode == 7


def test_a_training_check_has_so_many_zeros() -> None:
    lengths = [rate.training_check_octets for rate in Rate]
    assert lengths == [450, 900, 1350, 1800, 1350, 1800, 2250, 2700]


def test_only_v17_has_a_short_training() -> None:
    assert {rate.modem for rate in Rate if rate.has_short_training} == {Modem.V17}


def test_a_rate_says_what_it_is() -> None:
    assert str(Rate.V29_9600) == "V.29 at 9600 bit/s"
