import pytest

from telcard.metrics import Metrics


def test_a_counter_begins_at_zero_and_adds_up_per_label() -> None:
    metrics = Metrics()
    assert metrics.value("calls_offered", trunk="e1") == 0
    metrics.count("calls_offered", trunk="e1")
    metrics.count("calls_offered", 4, trunk="e1")
    metrics.count("calls_offered", trunk="fxo")
    assert metrics.value("calls_offered", trunk="e1") == 5
    assert metrics.value("calls_offered", trunk="fxo") == 1
    assert metrics.value("calls_offered") == 0


def test_the_order_of_labels_does_not_matter() -> None:
    metrics = Metrics()
    metrics.count("slips", card="0", span="1")
    metrics.count("slips", span="1", card="0")
    assert metrics.value("slips", card="0", span="1") == 2


def test_a_label_may_have_any_name() -> None:
    metrics = Metrics()
    metrics.count("ended", name="caller", value="1")
    metrics.gauge("open", 2.0, name="caller", value="1")
    assert metrics.value("ended", name="caller", value="1") == 1


def test_a_counter_never_goes_back() -> None:
    with pytest.raises(ValueError, match="counter slips: want a step of 0 or more, got -1"):
        Metrics().count("slips", -1)


def test_a_gauge_holds_its_last_value() -> None:
    metrics = Metrics()
    metrics.gauge("lanes_open", 30)
    metrics.gauge("lanes_open", 28.5)
    assert metrics.value("lanes_open") == 28.5


def test_all_numbers_come_out_in_order_of_name_and_label() -> None:
    metrics = Metrics()
    metrics.gauge("lanes_open", 2)
    metrics.count("calls", trunk="b")
    metrics.count("calls", trunk="a")
    assert list(metrics) == [
        ("calls", (("trunk", "a"),), 1),
        ("calls", (("trunk", "b"),), 1),
        ("lanes_open", (), 2),
    ]
