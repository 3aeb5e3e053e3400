"""Identity: a PIN opens its account and nothing else, and leaves no trace anywhere."""

import asyncio
import sys

import pytest

from telcard.bank import Identity, PinKey, TypedSecret, sample
from telcard.bank.identity import VERIFIER_BYTES, Attempt, Cost
from telcard.clock import VirtualClock
from telcard.errors import ConfigError, MissingExtra, Refused, StorageError
from telcard.storage import Database

PHONE = Attempt("call 1", "0301234567", "telephone")


def typed(pin):
    return TypedSecret(bytearray(pin, "ascii"))


async def verify(bank, number, pin, attempt=PHONE):
    return await bank.identity.verify(bank.identity.prove(number, typed(pin)), attempt)


def tries(bank):
    rows = bank.database.transact(lambda c: c.execute("SELECT result FROM tries").fetchall())
    return [result for (result,) in rows]


def test_the_right_pin_opens_its_account(bank, people, run):
    verdict = run(verify(bank, people.ada, people.pins[people.ada]))
    assert verdict.accepted
    assert verdict.account.number == people.ada
    assert tries(bank) == ["right"]


@pytest.mark.parametrize("pin", ["83640276", "8364027", "836402750", "5190", ""])
def test_any_other_pin_does_not(bank, people, run, pin):
    assert not run(verify(bank, people.ada, pin)).accepted
    assert tries(bank) == ["wrong"]


@pytest.mark.parametrize("number", ["99999999", "", "10020030#", sample.CASH, "31415926"])
def test_without_an_account_that_has_a_pin_nothing_opens(bank, run, number):
    verdict = run(verify(bank, number, "0000"))
    assert not verdict.accepted
    assert verdict.account is None
    assert tries(bank) == ["unknown"]


def test_a_wrong_account_and_a_wrong_pin_take_the_same_steps(bank, people, run):
    derived = []
    derive = bank.identity._derive
    bank.identity._derive = lambda mac, salt, cost: (
        derived.append((len(mac), len(salt), cost)) or derive(mac, salt, cost)
    )
    before = bank.database.commits
    commits = []
    for number in (people.ada, "99999999"):
        run(verify(bank, number, "0000"))
        commits.append(bank.database.commits - before)
    assert derived == [derived[0]] * 2
    assert commits == [2, 4]
    assert len(tries(bank)) == 2


def test_an_unknown_account_has_the_same_salt_every_time(bank, run):
    salts = []
    derive = bank.identity._derive
    bank.identity._derive = lambda mac, salt, cost: salts.append(salt) or derive(mac, salt, cost)
    for number in ("99999999", "99999999", "88888888"):
        run(verify(bank, number, "0000"))
    assert salts[0] == salts[1] != salts[2]


# Locking


def test_three_wrong_tries_over_all_calls_lock_the_account_and_raise_an_alarm(bank, people, run):
    async def main():
        verdicts = [
            await verify(bank, people.ada, "0000", Attempt(f"call {n}", "030", "telephone"))
            for n in range(3)
        ]
        right = await verify(bank, people.ada, people.pins[people.ada])
        return verdicts, right, await bank.identity.alarms()

    verdicts, right, alarms = run(main())
    assert [verdict.locked for verdict in verdicts] == [False, False, True]
    assert (right.accepted, right.locked) == (False, True)
    assert tries(bank) == ["wrong", "wrong", "wrong", "locked"]
    assert [(a.kind, a.account, a.call_id, a.wrong) for a in alarms] == [
        ("account locked", people.ada, "call 2", 3)
    ]


def test_a_right_try_starts_the_count_again(bank, people, run):
    async def main():
        for pin in ("0000", "1111", people.pins[people.ada], "0000", "1111"):
            verdict = await verify(bank, people.ada, pin)
            assert not verdict.locked
        return await verify(bank, people.ada, people.pins[people.ada])

    assert run(main()).accepted


def test_many_calls_at_once_get_no_more_tries_than_one_after_the_other(bank, people, run):
    async def main():
        pins = ["0000"] * 5 + [people.pins[people.ada]]
        return await asyncio.gather(*(verify(bank, people.ada, pin) for pin in pins))

    assert not any(verdict.accepted for verdict in run(main()))
    assert tries(bank) == ["wrong"] * 3 + ["locked"] * 3


def test_after_how_many_tries_it_locks_is_a_parameter(open_bank, people, run):
    bank = open_bank(lock_after=1)
    assert run(verify(bank, people.ada, "0000")).locked
    bank.database.close()


def test_the_last_wrong_try_of_a_call_is_an_alarm_in_the_same_transaction(bank, people, run):
    async def main():
        for number in ("99999999", people.ada):
            await verify(bank, number, "0000", Attempt("call 7", "030", "telephone", last=True))
        attempt = Attempt("call 8", "030", "telephone", last=True)
        await verify(bank, people.ada, people.pins[people.ada], attempt)
        return await bank.identity.alarms()

    alarms = run(main())
    assert [(a.kind, a.account, a.call_id) for a in alarms] == [
        ("call ended", None, "call 7"),
        ("call ended", people.ada, "call 7"),
    ]


def test_a_locked_account_is_unlocked_by_somebody_and_that_is_written_down(bank, people, run):
    async def main():
        for _ in range(3):
            await verify(bank, people.ada, "0000")
        await bank.identity.unlock(people.ada, by="security officer")
        alarms = await bank.identity.alarms()
        return alarms[-1], await verify(bank, people.ada, people.pins[people.ada])

    alarm, verdict = run(main())
    assert (alarm.kind, alarm.account, alarm.caller) == (
        "account unlocked",
        people.ada,
        "security officer",
    )
    assert verdict.accepted


def test_tries_and_alarms_cannot_be_rubbed_out(bank, people, run):
    run(verify(bank, people.ada, "0000", Attempt("call 1", "030", "telephone", last=True)))
    for sql in (
        "DELETE FROM tries",
        "DELETE FROM alarms",
        "UPDATE tries SET call_id = ''",
        "UPDATE alarms SET call_id = ''",
    ):
        with pytest.raises(StorageError, match="are append-only"):
            bank.database.transact(lambda c, sql=sql: c.execute(sql) and None)


# What is stored


def test_a_new_pin_replaces_the_old_one_and_unlocks(bank, people, run):
    for _ in range(3):
        run(verify(bank, people.ada, "0000"))
    bank.identity.set_pin(people.ada, typed("123456"))
    assert not run(verify(bank, people.ada, people.pins[people.ada])).accepted
    assert run(verify(bank, people.ada, "123456")).accepted


def test_a_pin_changed_while_it_is_being_checked_is_checked_again(bank, people, run):
    derive = bank.identity._derive
    changed = []

    def change_it(mac, salt, cost):
        verifier = derive(mac, salt, cost)
        if not changed:
            changed.append(True)
            bank.identity.set_pin(people.ada, typed("123456"))
        return verifier

    bank.identity._derive = change_it
    assert run(verify(bank, people.ada, "123456")).accepted
    assert tries(bank) == ["right"]


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "12 4"])
def test_a_pin_is_four_to_twelve_digits(bank, people, pin):
    with pytest.raises(Refused, match="PIN: want 4 to 12 digits"):
        bank.identity.set_pin(people.ada, typed(pin))


def test_an_account_of_the_banks_own_gets_no_pin(bank):
    with pytest.raises(Refused, match=r"account \.\.\.0002: is the bank's own"):
        bank.identity.set_pin(sample.CASH, typed("1234"))


def test_a_verifier_copied_to_another_account_does_not_open_it(bank, people, run):
    def copy(connection):
        connection.execute(
            "UPDATE pins SET (salt, verifier) = (SELECT salt, verifier FROM pins"
            " WHERE account_id = (SELECT id FROM accounts WHERE number = ?))",
            (people.ada,),
        )

    bank.database.transact(copy)
    assert not run(verify(bank, people.benno, people.pins[people.ada])).accepted
    assert run(verify(bank, people.ada, people.pins[people.ada])).accepted


def test_the_pin_is_read_once_and_is_nowhere_in_the_files(bank, people, run, watched_secret):
    pin = people.pins[people.ada]
    secret = watched_secret(pin)
    proof = bank.identity.prove(people.ada, secret)
    assert secret.exposures == 1
    secret.wipe()
    assert run(bank.identity.verify(proof, PHONE)).accepted
    assert pin not in repr(secret) + repr(proof) + repr(bank.identity)
    for file in bank.database.path.parent.iterdir():
        content = file.read_bytes()
        assert pin.encode() not in content
        assert proof.mac not in content


def test_the_stored_value_is_argon2id_over_the_hmac(bank, people):
    """Worked out step by step with the standard library and argon2-cffi's own face."""
    import hashlib
    import hmac

    from argon2.low_level import Type, hash_secret_raw

    message = b"telcard pin\0" + people.ada.encode() + b"\0" + people.pins[people.ada].encode()
    mac = hmac.new(bytes(range(32)), message, hashlib.sha256).digest()
    row = bank.database.transact(
        lambda c: c.execute(
            "SELECT salt, time_cost, memory_kib, lanes, verifier FROM pins"
            " JOIN accounts ON accounts.id = account_id WHERE number = ?",
            (people.ada,),
        ).fetchone()
    )
    assert hash_secret_raw(mac, *row[:4], VERIFIER_BYTES, Type.ID) == row[4]


def test_the_default_cost_is_the_second_recommendation_of_rfc_9106():
    assert Cost() == Cost(time=3, memory_kib=65536, lanes=4)


def test_salts_come_from_where_they_are_told_to(open_bank, people):
    counted = iter(range(100))
    bank = open_bank(people.pins, entropy=lambda size: next(counted).to_bytes(size, "big"))
    salts = bank.database.transact(lambda c: c.execute("SELECT salt FROM pins").fetchall())
    assert salts == [(bytes(16),), (bytes(15) + b"\1",)]
    bank.database.close()


# The key


def test_a_key_is_created_once_for_its_owner_alone_and_loads_again(tmp_path):
    path = tmp_path / "pin.key"
    key = PinKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PinKey.load(path).id == key.id
    assert key._octets.hex() not in repr(key)
    with pytest.raises(ConfigError, match=r"pin\.key: the PIN key cannot be created: File exists"):
        PinKey.create(path)


def test_a_missing_key_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"pin\.key: the PIN key cannot be read: No such file"):
        PinKey.load(tmp_path / "pin.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "pin.key"
    PinKey.create(path)
    path.chmod(mode)
    with pytest.raises(
        ConfigError, match=rf"may be read by others: want mode 0600, got {mode:04o}"
    ):
        PinKey.load(path)


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31, "00" * 33, "é" * 32])
def test_a_file_that_holds_no_key_is_refused(tmp_path, text):
    path = tmp_path / "pin.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="want a PIN key of 64 hexadecimal digits"):
        PinKey.load(path)


def test_another_key_than_the_databases_is_refused_at_once(bank, tmp_path):
    other = PinKey(bytes(range(1, 33)), "other.key")
    with pytest.raises(ConfigError, match=r"other\.key: is not the key that .*bank\.db was made"):
        Identity(bank.database, other, VirtualClock())


def test_without_argon2_the_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "argon2", None)
    with (
        Database(tmp_path / "bank.db") as database,
        pytest.raises(MissingExtra, match=r"telephone PINs .* pip install 'telcard\[hotline\]'"),
    ):
        Identity(database, PinKey(bytes(32)), VirtualClock())
