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


def trace(
    source: Annotated[Path, typer.Argument(help="Configuration of a hotline that runs, or .pcap.")],
    trunk: Annotated[str, typer.Argument(help="Its trunk (dtiB1); the first unless given.")] = "",
    pcap: Annotated[
        Path | None, typer.Option("--pcap", help="Write all frames into this file as well.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Show what has passed, and end.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show frames that carry no message, too.")
    ] = False,
) -> None:
    """Read along on a trunk: every message in words, live or from a capture.

    -> is what we send, <- what comes: messages of a D-channel, or bits and register signals of
    circuits (R2).  The file is for tshark and Wireshark, and has frames alone.

        telcard trace examples/hotline.toml dtiB1 --pcap d.pcap
    """
    from telcard.cli.trace import run

    run(source, trunk, pcap, once, every)
