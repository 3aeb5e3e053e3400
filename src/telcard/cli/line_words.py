"""Words of the `telcard` command about lines; as in `telcard.cli.app`, rooms load when used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from telcard.errors import ConfigError


def trunks(
    config: Annotated[Path, typer.Argument(help="Configuration of the hotline that runs.")],
    name: Annotated[str, typer.Argument(help="A trunk (dtiB1) or circuit (dtiB1T7) ...")] = "",
    wish: Annotated[str, typer.Argument(help="... to block, unblock or restart.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show idle circuits as well.")] = False,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON, once.")] = False,
) -> None:
    """Watch the trunks of a hotline that runs: circuits, their calls, what was carried so far.

    What is blocked takes no new calls; what is restarted loses those it has, at both ends.

        telcard trunks examples/hotline.toml dtiB1T7 block
    """
    from telcard.cli.trunks import run

    if bool(name) is not bool(wish):
        raise ConfigError("trunks: want a name with block, unblock or restart")
    run(config, name, wish, once, every, json)
