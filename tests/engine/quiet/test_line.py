from telcard.engine.quiet.line import BITS, STATE, Wires


class Reader:
    def __init__(self) -> None:
        self.planned: list[tuple[int, int]] = []

    def plan_line(self, span: int, tick: int) -> None:
        self.planned.append((span, tick))


def test_news_wait_for_the_other_end_and_wake_it_a_tick_later() -> None:
    wires, reader = Wires(), Reader()
    wires.plug(1, reader, 7)
    wires.write(0, (5, 1, BITS, 9))
    assert list(wires.inbox[1]) == [(5, 1, BITS, 9)]
    assert reader.planned == [(7, 6)]
    assert not wires.inbox[0]


def test_who_plugs_in_late_finds_what_is_sent_by_then() -> None:
    wires, reader = Wires(), Reader()
    wires.write(0, (5, 1, BITS, 9))
    wires.write(0, (6, 1, BITS, 11))
    wires.write(0, (6, 0, STATE, (0, False)))
    wires.plug(1, reader, 0)
    assert list(wires.inbox[1]) == [(6, 0, STATE, (0, False)), (6, 1, BITS, 11)]


def test_nothing_heaps_up_where_nobody_reads() -> None:
    wires, reader = Wires(), Reader()
    wires.plug(1, reader, 0)
    wires.unplug(1)
    for tick in range(100):
        wires.write(0, (tick, 1, BITS, tick % 16))
    assert not wires.inbox[1]
