"""For people with arrays: make digits, send them through A-law, hear them again."""

import telcard.dsp as dsp

pcm = dsp.tones.dtmf("0123456789", on_ms=50, off_ms=50, level_dbm0=-20)
line = dsp.g711.decode_alaw(dsp.g711.encode_alaw(pcm))

for event in dsp.detect_dtmf(line):
    print(f"{event.digit} at {event.start / 8:7.1f} ms, {event.frames / 8:.1f} ms long")
