import inspect
import re

import pytest

from telcard import errors
from telcard.errors import HungUp, LineError, MissingExtra, ProtocolError, TelcardError

ALL = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == "telcard.errors"
]


@pytest.mark.parametrize("cls", ALL)
def test_every_error_has_the_one_root(cls: type[Exception]) -> None:
    assert issubclass(cls, TelcardError)


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    drawn: dict[str, tuple[str, str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"(    [ │├└─]*)([A-Z]\w+)(?: \((\w+)\))?", line)
        if not found:
            continue
        depth = (len(found[1]) - 4) // 4
        above[depth:] = [found[2]]
        drawn[found[2]] = (above[depth - 1] if depth else "Exception", found[3] or "")

    real: dict[str, tuple[str, str]] = {}
    for cls in ALL:
        parent, *builtin = cls.__bases__
        real[cls.__name__] = (parent.__name__, builtin[0].__name__ if builtin else "")
    assert drawn == real


def test_a_missing_extra_says_how_to_get_it() -> None:
    error = MissingExtra("drawing a timeline", "analysis")
    assert str(error) == "drawing a timeline needs an extra: pip install 'telcard[analysis]'"
    assert error.extra == "analysis"
    assert isinstance(error, ImportError)


def test_a_line_error_and_a_hang_up_carry_their_cause() -> None:
    assert LineError("span 2: no answer", cause=18).cause == 18
    assert LineError("span 2: alarm").cause is None
    assert HungUp().cause == 16
    assert str(HungUp(31)) == "the far end has hung up (cause 31)"


def test_a_protocol_error_names_its_clause() -> None:
    error = ProtocolError("seize while blocked", "Q.422 2.3")
    assert str(error) == "seize while blocked (Q.422 2.3)"
    assert error.clause == "Q.422 2.3"
    assert str(ProtocolError("seize while blocked")) == "seize while blocked"
