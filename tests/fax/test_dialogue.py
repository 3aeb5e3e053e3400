"""What somebody wants of a fax becomes a machine, and what that tells a result."""

import numpy as np
import pytest

from telcard.fax.dialogue import Dialogue
from telcard.fax.geometry import Resolution
from telcard.fax.t30 import Ended, Identified, Reason

PAGE = np.zeros((10, 1728), bool)


def test_a_result_grows_with_what_is_told() -> None:
    dialogue = Dialogue(pages=[PAGE], ident="+86 10 95588")
    assert str(dialogue.result(1.0)) == "still going on"
    assert dialogue.result(1.0).reason is None
    dialogue.told(Identified("12345"))
    dialogue.told(Ended(Reason.DONE, pages_sent=1))
    assert not dialogue.active
    result = dialogue.result(20.5)
    assert result.good
    assert result.far == Identified("12345")
    assert result.seconds == 20.5
    assert result.pages == ()


def test_a_called_station_with_pages_holds_a_document() -> None:
    assert Dialogue(calling=False, pages=[PAGE]).machine.station.capabilities.has_document
    assert not Dialogue(calling=True, pages=[PAGE]).machine.station.capabilities.has_document
    assert Dialogue(calling=False, codings=()).machine.station.capabilities.codings == {"mh"}


def test_what_no_fax_has_is_refused() -> None:
    with pytest.raises(ValueError, match="fax modem: want one of v27ter, v29, v17, got 'v90'"):
        Dialogue(calling=False, modems="v90")
    with pytest.raises(ValueError, match="fax page at SUPERFINE: want 1728"):
        Dialogue(pages=[np.zeros((10, 100), bool)], resolution=Resolution.SUPERFINE)
    with pytest.raises(ValueError, match="20"):
        Dialogue(calling=False, ident="1" * 21)
