"""For people who size systems: traffic by chance against the hotline, beside what theory expects.

`telcard load 15 --minutes 60 --picture load.png` does the same at full width.
"""

from collections import Counter

import telcard
from telcard.rehearsal import Profile, play_load

profile = Profile(erlang=3.0, lines=3, minutes=1.0, ramp_s=10.0, mix={"menu": 2.0, "balance": 1.0})
report = telcard.run(play_load(profile), telcard.VirtualClock())

print(f"{profile.erlang:g} Erlang on {profile.circuits} circuits for {profile.minutes:g} min:")
for script, calls in Counter(attempt.script for attempt in report.attempts).items():
    print(
        f"  {calls} calls follow {script!r}, which holds a circuit {report.holding_s[script]:.0f} s"
    )
for attempt in report.attempts:
    if not attempt.answer_s:
        print(f"  at {attempt.at_s:5.1f} s nobody answered: {attempt.failure}")
print(f"offered {report.offered:.2f} Erlang, carried {report.carried:.2f}")
low, high = report.interval
print(f"blocked {report.blocked_share:.0%}; Erlang B expects {report.expected_share:.0%},")
print(f"a sample as small as this one allows {low:.0%} to {high:.0%}")
