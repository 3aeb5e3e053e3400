"""Every error telcard raises on purpose.

    TelcardError
    ├── ConfigError (ValueError)       a configuration file or an option is wrong
    │   └── SpecError                  a firmware spec (TOML) is wrong
    ├── MissingExtra (ImportError)     a feature needs `pip install telcard[...]`
    ├── CardError                      a card, board or device
    │   ├── UnknownCard (LookupError)  no such spec or device
    │   ├── NoResource                 the pool is empty
    │   └── StaleHandle                the lane or device was released meanwhile
    ├── LineError                      a line or its signalling; `.cause` as in ITU-T Q.850
    ├── ProtocolError                  `.clause` of the standard
    │   ├── LocalProtocolError         we asked for something the state forbids
    │   └── RemoteProtocolError        the far end did
    ├── MediaError                     playing, recording, reading sound
    ├── StorageError                   database, journal, files
    ├── HungUp                         the far end has gone: the one exception a flow meets
    ├── HostError                      the bank's host refused or is away
    │   └── Refused                    the books forbid what was asked
    └── Deadlock (RuntimeError)        virtual time: everybody waits and nothing can ever happen

A message names the thing, what was wanted and what came:
`span 2: want framing CRC4, card reports NOCRC4`.
"""

from __future__ import annotations


class TelcardError(Exception):
    """Root of all errors that telcard raises on purpose."""


class ConfigError(TelcardError, ValueError):
    """A configuration file or an option is wrong; the message says where and what was wanted."""


class SpecError(ConfigError):
    """A firmware spec breaks the schema; the message lists every fault with its path."""


class MissingExtra(TelcardError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'telcard[{extra}]'")
        self.extra = extra


class CardError(TelcardError):
    """A card, board or device cannot do what was asked."""


class UnknownCard(CardError, LookupError):
    """No card, spec or device has this name."""


class NoResource(CardError):
    """A pool of the board (voice, conference, fax ...) has nothing left."""


class StaleHandle(CardError):
    """The lane or device behind this handle was released and may serve another call."""


class LineError(TelcardError):
    """A line or its signalling failed.

    `cause` is a cause value of ITU-T Q.850, or None where none applies.
    """

    def __init__(self, message: str, cause: int | None = None) -> None:
        super().__init__(message)
        self.cause = cause


class ProtocolError(TelcardError):
    """A protocol was broken; `clause` names the paragraph of the standard."""

    def __init__(self, message: str, clause: str = "") -> None:
        super().__init__(f"{message} ({clause})" if clause else message)
        self.clause = clause


class LocalProtocolError(ProtocolError):
    """We asked for something that the machine's state forbids."""


class RemoteProtocolError(ProtocolError):
    """The far end did something that the standard forbids."""


class MediaError(TelcardError):
    """Sound could not be read, played, recorded or written."""


class StorageError(TelcardError):
    """A database, journal or file could not be read or written."""


class HungUp(TelcardError):
    """The far end has gone; `cause` is a cause value of ITU-T Q.850."""

    def __init__(self, cause: int = 16) -> None:
        super().__init__(f"the far end has hung up (cause {cause})")
        self.cause = cause

    @property
    def failed(self) -> bool:
        """Whether line or board failed; Q.850's causes up to 31 are what people do."""
        return self.cause > 31


class HostError(TelcardError):
    """The bank's host refused a request or does not answer."""


class Refused(HostError):
    """The bank's books forbid what was asked; nothing was changed."""


class Deadlock(TelcardError, RuntimeError):
    """Virtual time stands still: every task waits for something that nothing will bring."""
