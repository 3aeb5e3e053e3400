"""English (American): the recordings and how numbers, money and dates are put together from them.

`CLIPS` is the one place where a text stands; `telcard.speech.render` speaks it.  Numbers are read
without "and" (one thousand two hundred five), which is left to stand between dollars and cents.
"""

from __future__ import annotations

import re

from telcard.speech.language import GOING_ON, Clip, Language
from telcard.speech.sayables import Date, Money, Number


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = _words("thousand million billion")
ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
MONTHS = _words(
    "January February March April May June July August September October November December"
)

# ISO 4217 code -> one and many of the unit, one and many of its hundredth.  A bank in China
# counts in fen; the jiao between them is not spoken in English.
CURRENCIES = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "CNY": ("yuan", "yuan", "fen", "fen"),
}

SENTENCES = {
    "welcome": "Welcome to the bank hotline.",
    "enter_account": "Please enter your account number, then press hash.",
    "enter_pin": "Please enter your telephone PIN, then press hash.",
    "not_recognised": "The account number or PIN is not right. Please try again.",
    "too_many_tries": "For your security this call now ends. Please visit a branch.",
    "menu": "For your balance, press one. For your last entries, press two. "
    "To end the call, press star.",
    "no_entries": "There are no entries.",
    "goodbye": "Thank you for calling. Goodbye.",
    "not_available": "This service is not available at the moment. Please call again later.",
    "invalid_choice": "That is not a valid choice.",
    "nothing_heard": "I did not hear anything.",
    "one_moment": "One moment, please.",
    # A transfer between a customer's own accounts.
    "no_other_account": "There is no other account of yours to transfer to.",
    "choose_source": "Which account shall the money come from?",
    "choose_target": "Which account shall it go to?",
    "same_account": "The two accounts must not be the same.",
    "enter_amount": "Please enter the amount. Press star for the decimal point, "
    "and hash at the end.",
    "enter_amount_again": "Please enter the amount once more, then press hash.",
    "amount_not_understood": "That is not an amount.",
    "amount_zero": "The amount must be more than zero.",
    "amounts_differ": "The two amounts are not the same.",
    "insufficient_funds": "There is not enough money in that account.",
    "account_locked": "That account is locked. Please visit a branch.",
    "transfer_accepted": "Your transfer is accepted.",
    "too_many_mistakes": "These were too many mistakes.",
    "nothing_transferred": "Nothing has been transferred.",
    "outcome_unknown": "We cannot tell yet whether your transfer was done. "
    "Please call again and ask.",
    # Limits.
    "one_minute_left": "This call will end within one minute.",
    "time_is_up": "This call has lasted as long as a call may.",
    "too_many_calls": "There have been too many calls from your number. Please try again later.",
    # A person.
    "please_hold": "Please hold. We are looking for somebody for you.",
    "all_busy": "All our people are busy at the moment.",
    "nobody_there": "Nobody is there to speak to you at the moment.",
    "connection_lost": "The connection was lost.",
    "sent_back": "You are back at the automatic service.",
    "a_caller_for_you": "A caller for you.",
    # A statement by fax.
    "press_start": "Please press start on your fax machine now.",
    "enter_fax_number": "Please enter the fax number with its area code, then press hash.",
    "enter_fax_number_again": "Please enter the fax number once more, then press hash.",
    "fax_numbers_differ": "The two numbers are not the same.",
    "fax_number_not_allowed": "We cannot send a fax to that number.",
    "fax_accepted": "Your statement will be sent by fax.",
    "fax_in_the_morning": "It will be sent in the morning.",
    "fax_not_sent": "The fax could not be sent.",
    "nothing_faxed": "No fax will be sent.",
    "too_many_faxes": "You have asked for too many faxes today. Please try again tomorrow.",
}

# Beginnings and middles of sentences: something follows, so the voice stays up.
FRAGMENTS = {
    "for_your_balance": "For your balance,",
    "for_your_last_entries": "For your last entries,",
    "for_a_transfer": "For a transfer between your accounts,",
    "for_a_statement_by_fax": "For a statement by fax,",
    "to_speak_to_a_person": "To speak to a person,",
    "to_repeat": "To repeat,",
    "to_end_the_call": "To end the call,",
    "to_confirm": "To confirm,",
    "to_cancel": "To cancel,",
    "press": "press",
    "your_balance_is": "Your balance is",
    "your_last_entries_are": "Your last entries are",
    "credit_of": "credit,",
    "debit_of": "debit,",
    "for_the_account": "For the account ending in",
    "you_are_transferring": "You are transferring",
    "from_the_account": "from the account ending in",
    "to_the_account": "to the account ending in",
    "the_most_is": "The most that you can transfer is",
    "your_last_transfer": "Your last transfer was accepted:",
    "your_receipt_number_is": "Your receipt number is",
    "you_are_connected_to": "You are connected to",
    "you_are_number": "You are number",
    "in_the_queue": "in the queue.",
    "to_receive_it_on_this_call": "To receive it on this call,",
    "to_have_it_sent": "To have it sent to another number,",
    "we_shall_send_it_to": "We shall send it to",
    "on": "on",
    "and": "and",
    "point": "point",
    "minus": "minus",
}


def _recordings() -> dict[str, Clip]:
    clips = {name: Clip(text, text) for name, text in SENTENCES.items()}
    for name, text in FRAGMENTS.items():
        clips[name] = Clip(text, _capital(text.rstrip(",") + ","))
    clips |= {month.lower(): Clip(month, f"{month},") for month in MONTHS}
    both = {word: word for word in (*UNITS, *TENS, *SCALES, *ORDINALS, "thirtieth", "star", "hash")}
    both |= {f"{digit}_hundred": f"{digit} hundred" for digit in UNITS[1:10]}
    both |= {name: name for names in CURRENCIES.values() for name in names}
    for name, text in both.items():
        clips[name] = Clip(text, _capital(text) + ".")
        clips[name + GOING_ON] = Clip(text, _capital(text) + ",")
    return clips


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _digits(group: str) -> tuple[str, ...]:
    return tuple({"*": "star", "#": "hash"}.get(key) or UNITS[int(key)] for key in group)


def _number(number: Number) -> tuple[str, ...]:
    value = number.value
    minus = ("minus",) if value < 0 else ()
    if isinstance(value, int):
        return (*minus, *_cardinal(abs(value)))
    whole, _, fraction = format(abs(value), "f").partition(".")
    return (*minus, *_cardinal(int(whole)), *(("point", *_digits(fraction)) if fraction else ()))


def _cardinal(value: int) -> tuple[str, ...]:
    if value == 0:
        return ("zero",)
    words: list[str] = []
    for power, scale in ((9, "billion"), (6, "million"), (3, "thousand"), (0, "")):
        hundreds, below = divmod(value // 10**power % 1000, 100)
        if hundreds:
            words.append(f"{UNITS[hundreds]}_hundred")
        words += _below_hundred(below)
        if scale and (hundreds or below):
            words.append(scale)
    return tuple(words)


def _below_hundred(value: int) -> tuple[str, ...]:
    if value < 20:
        return (UNITS[value],) if value else ()
    tens, unit = divmod(value, 10)
    return (TENS[tens - 2], UNITS[unit]) if unit else (TENS[tens - 2],)


def _money(money: Money) -> tuple[str, ...]:
    one, many, one_hundredth, many_hundredths = CURRENCIES[money.currency]
    whole, hundredths = divmod(abs(money.minor), 100)
    words = ["minus"] if money.minor < 0 else []
    if whole or not hundredths:
        words += [*_cardinal(whole), one if whole == 1 else many]
    if whole and hundredths:
        words.append("and")
    if hundredths:
        words += [*_cardinal(hundredths), one_hundredth if hundredths == 1 else many_hundredths]
    return tuple(words)


def _date(date: Date) -> tuple[str, ...]:
    month, day = MONTHS[date.day.month - 1].lower(), date.day.day
    if day <= 20:
        return (month, ORDINALS[day - 1])
    if day == 30:
        return (month, "thirtieth")
    return (month, TENS[day // 10 - 2], ORDINALS[day % 10 - 1])


_COMPOUND = re.compile(rf"\b({'|'.join(TENS)}) ({'|'.join(UNITS[1:10] + ORDINALS[:9])})\b")


def _write(sentence: str) -> str:
    return _COMPOUND.sub(r"\1-\2", sentence)


LANGUAGE = Language(
    code="en",
    clips=_recordings(),
    currencies=CURRENCIES.keys(),
    digits=_digits,
    number=_number,
    money=_money,
    date=_date,
    write=_write,
)
CLIPS = LANGUAGE.clips
