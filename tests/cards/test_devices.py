"""Device names, as the programs of a card know them: first of all the D/300SC-E1's."""

import pytest

from telcard.cards import devices
from telcard.cards.spec import load, specs
from telcard.errors import UnknownCard

SPEC = load("d300sc_e1")


def test_thirty_channels_are_seven_boards_of_four_and_one_of_two() -> None:
    names = [channel.voice for channel in devices.channels(SPEC)]
    assert names[:5] == ["dxxxB1C1", "dxxxB1C2", "dxxxB1C3", "dxxxB1C4", "dxxxB2C1"]
    assert names[-2:] == ["dxxxB8C1", "dxxxB8C2"]
    assert len(set(names)) == 30


def test_network_devices_count_bearers_and_pass_over_timeslot_16() -> None:
    timeslots = {channel.network: channel.timeslot for channel in devices.channels(SPEC)}
    assert timeslots["dtiB1T1"] == 1
    assert timeslots["dtiB1T15"] == 15
    assert timeslots["dtiB1T16"] == 17
    assert timeslots["dtiB1T30"] == 31
    assert 16 not in timeslots.values()
    assert len(timeslots) == 30


def test_bearers_of_a_t1_are_its_timeslots() -> None:
    names = devices.channels(load("d240sc_t1"))
    assert [channel.network for channel in names] == [f"dtiB1T{slot}" for slot in range(1, 25)]
    assert (names[-1].timeslot, names[-1].voice) == (24, "dxxxB6C4")


def test_spans_follow_each_other_and_so_do_their_channels() -> None:
    board = load("dm_v1200_4e1")
    names = devices.channels(board)
    assert len(names) == 120
    assert (names[30].network, names[30].voice) == ("dtiB2T1", "dxxxB8C3")
    assert (names[-1].network, names[-1].voice) == ("dtiB4T30", "dxxxB30C4")
    assert devices.span_name(board, 4) == "dtiB4"


def test_names_may_count_spans_from_0_and_tell_the_timeslot() -> None:
    last = devices.channels(load("ice1usb"))[-1]
    assert (last.network, last.voice) == ("intf0/line1/ts31", None)
    assert devices.channels(load("dahdi_4e1"))[15].network == "/dev/dahdi/chan/001/017"
    assert devices.span_name(load("dahdi_4e1"), 2) == "/dev/dahdi/chan/002"


def test_a_pool_that_is_smaller_than_the_spans_names_no_voice_for_the_rest() -> None:
    names = devices.channels(load("isx1000"))
    assert (names[767].voice, names[768].voice) == ("dxxxB192C4", None)


def test_a_card_without_spans_has_no_channel_to_find() -> None:
    assert devices.channels(load("d41esc")) == ()
    with pytest.raises(UnknownCard, match="no device is called 'dtiB1T1'; it has no bearers"):
        devices.find(load("d41esc"), "dtiB1T1")


def test_a_channel_is_found_by_either_name() -> None:
    channel = devices.find(SPEC, "dxxxB4C4")
    assert channel == devices.find(SPEC, "dtiB1T16")
    assert (channel.number, channel.span, channel.timeslot) == (16, 1, 17)


def test_a_device_that_is_not_there_is_told_its_nearest_neighbour() -> None:
    with pytest.raises(UnknownCard, match=r"no device is called 'dxxxB8C3'; did you mean dxxxB"):
        devices.find(SPEC, "dxxxB8C3")


def test_a_device_without_a_neighbour_is_told_what_there_is() -> None:
    with pytest.raises(UnknownCard, match="dtiB1T1 to dtiB1T30 and dxxxB1C1 to dxxxB8C2"):
        devices.find(SPEC, "?")


@pytest.mark.parametrize("model", specs())
def test_every_device_has_a_name_of_its_own_also_on_the_second_card(model: str) -> None:
    spec = load(model)
    first = [device.name for device in devices.devices(spec)]
    second = [device.name for device in devices.devices(spec, devices.count([spec]))]
    pools = sum(pool.size for pool in spec.pools)
    assert len({*first, *second}) == 2 * (spec.lanes + pools)


def test_programs_number_on_across_the_cards_of_a_chassis() -> None:
    before = devices.count([SPEC, load("cp6_sc"), load("msi_240sc")])
    assert devices.voice_name(SPEC, 1, before) == "dxxxB9C1"
    assert devices.span_name(SPEC, 1, before) == "dtiB2"
    assert devices.channels(SPEC, before)[-1].network == "dtiB2T30"
    assert devices.find(SPEC, "dtiB2T16", before).voice == "dxxxB12C4"
    assert devices.devices(load("cp6_sc"), before)[0].name == "GFAX1.7"
    assert devices.sockets(load("msi_240sc"), "fxs", before)[0].name == "msiB2C1"


def test_a_line_that_is_one_with_its_voice_resource_has_a_name_of_its_own() -> None:
    assert [socket.name for socket in devices.sockets(load("d41esc"), "fxo")] == [
        f"dxxxB1C{channel}/fxo" for channel in range(1, 5)
    ]
    assert devices.sockets(load("d41esc"), "fxs") == ()
    last = devices.sockets(load("isx1000"), "fxs")[-1]
    assert (last.number, last.bank, last.timeslot) == (120, 5, 24)


def test_devices_that_share_a_name_are_told_apart_by_their_kind() -> None:
    by_kind = {
        device.kind: device.name
        for device in devices.devices(load("isx1000"))
        if device.number == 65
    }
    assert by_kind == {
        "network": "dtiB3T5",
        "fxs": "msiB3C17",
        "voice": "dxxxB17C1",
        "conference": "dcbB1D2/1",
        "fsk": "fsk65",
        "fax": "dxxxB17C1/fax",
    }
