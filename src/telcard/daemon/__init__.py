"""The daemon: reads a configuration, builds the house, keeps it alive, lets it drain.

async with open_house(load(Path("hotline.toml"))) as house:
    await house.run()
"""

from telcard.daemon.config import Config, load
from telcard.daemon.house import House, check_prepared, open_house, prepare

__all__ = ["Config", "House", "check_prepared", "load", "open_house", "prepare"]
