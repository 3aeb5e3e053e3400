"""For people who want to know who calls before they answer: a Chinese name, by FSK and over a line.

An exchange sends caller ID between the first ring and the second.  Here it does so in both of
China's ways, over a poor subscriber's line, to a receiver that does not know which one comes.
"""

import numpy as np

from telcard.callerid import CHINA, CallerId, CallerIdReceiver, Moment, caller_id, encode
from telcard.dsp import g711
from telcard.dsp.copper import Copper, CopperLine

caller = CallerId(number="02162345678", name="张三", time=Moment(9, 30, 12, 24))
print("octets of the message:", encode(caller, CHINA).hex(" "))

by_fsk = caller_id(caller, "china_fsk")
by_dtmf = caller_id(CallerId(number="02162345678"), "china_dtmf")  # digits can say no name

# What arrives: 12 dB weaker, in noise, through A-law.
line = CopperLine(Copper(loss_db=12, noise_dbm0=-45), seed=1)
receiver = CallerIdReceiver("china")
for sent in (by_fsk, by_dtmf):
    heard, _ = line.process(np.append(sent, np.zeros(4000, np.int16)))
    pcm = g711.decode_alaw(g711.encode_alaw(heard))
    for start in range(0, len(pcm), 160):  # a stream, 20 ms at a time
        for event in receiver.process(pcm[start : start + 160]):
            print(f"{event.start / 8000:6.2f} s  {event.standard:11}  {event.message}")
