import pytest

from telcard.callerid import STANDARDS, Standard
from telcard.callerid.standards import SEVERAL, standards_of
from telcard.dsp.fsk import STANDARDS as MODEMS


@pytest.mark.parametrize("standard", STANDARDS.values(), ids=STANDARDS)
def test_every_standard_is_a_modem_or_a_form_of_digits(standard: Standard) -> None:
    assert bool(standard.modem) != (standard.form is not None)
    assert not standard.modem or standard.modem in MODEMS
    assert standard.seizure_bits % 10 == 0
    assert standard.after_ms >= 200


def test_several_are_listened_to_under_one_name() -> None:
    assert [one.name for one in standards_of("china")] == ["china_fsk", "china_dtmf"]
    assert {one.modem for one in standards_of("any")} == {"bell202", "v23_1200", ""}
    assert not set(SEVERAL) & set(STANDARDS)
    own = Standard(name="own", modem="bell202")
    assert standards_of(own) == (own,)
    with pytest.raises(ValueError, match=r"want one of bellcore, etsi, .*, any, got 'nowhere'"):
        standards_of("nowhere")
