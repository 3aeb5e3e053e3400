from telcard.fax.letters import ABOVE, BELOW, LETTERS, SAME


def test_every_letter_of_ascii_can_be_drawn() -> None:
    assert {chr(code) for code in range(33, 127)} <= LETTERS.keys()


def test_strokes_are_of_four_kinds_with_as_many_numbers_as_they_need() -> None:
    for letter, strokes in (LETTERS | ABOVE | BELOW).items():
        for stroke in strokes.split(";"):
            kind, *numbers = stroke.split()
            assert all(-3 < float(number) < 10 for number in numbers[:2]), letter
            if kind == "a":
                assert len(numbers) == 6, letter
            elif kind == "d":
                assert len(numbers) == 2, letter
            else:
                assert kind in "ls", letter
                assert len(numbers) >= 4, letter
                assert len(numbers) % 2 == 0, letter


def test_what_looks_like_another_letter_is_none_of_ours() -> None:
    assert not SAME.keys() & LETTERS.keys()
    assert all(like in LETTERS or like == " " for like in SAME.values())
