"""Countries as data: tones, law, ringing, flash, caller ID; one switch for all of them.

    from telcard.countries import country

    china = country("CN")
    china.tones["busy"]                   # 450 Hz, 0.35 on 0.35 off
    china.flash_ms                        # (least, most)
    country("CN", law="u-law")            # with a value of its own

`telcard.open(..., country="CN")` and the daemon's `country = "CN"` set all that follows from it.
Without a country things are as the code "ITU" has them: what ITU-T E.180 recommends, A-law on an
E1, telephones that ring as in North America.  `country_from_toml` reads a country of your own.
"""

from telcard.countries.country import (
    CALLER_IDS,
    R2_VARIANTS,
    TONES,
    BusyDetection,
    Country,
    meaning,
)
from telcard.countries.reading import (
    configured,
    countries,
    country,
    country_from_toml,
    no_country,
)
from telcard.countries.tone import AGAIN, OVER, STEADY, CadencedTone

__all__ = [
    "AGAIN",
    "CALLER_IDS",
    "OVER",
    "R2_VARIANTS",
    "STEADY",
    "TONES",
    "BusyDetection",
    "CadencedTone",
    "Country",
    "configured",
    "countries",
    "country",
    "country_from_toml",
    "meaning",
    "no_country",
]
