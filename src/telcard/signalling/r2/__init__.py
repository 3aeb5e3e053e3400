"""MFC-R2: signals between registers by two of six tones, compelled (ITU-T Q.440 to Q.480).

    register = ForwardRegister(variant("br"), CallFacts(called="95588", caller="1380013"))
    register.fire("start")                    # [Send(Signal("I", 9)), StartTimer("forward")]
    register.fire("signal", 1)                # A-1 is heard: silence, until it ends
    register.fire("silence")                  # "send next digit": I-5

`ForwardRegister` calls, `BackwardRegister` is called; both are pure.  `variant` gives a country's
meanings of signals; the line signals beside them are those of `telcard.signalling.q421`.
"""

from telcard.signalling.r2.backward import BackwardRegister, Decided, Wishes
from telcard.signalling.r2.forward import ForwardRegister
from telcard.signalling.r2.signals import Line, Request, Signal
from telcard.signalling.r2.variants import VARIANTS, Variant, variant

__all__ = [
    "VARIANTS",
    "BackwardRegister",
    "Decided",
    "ForwardRegister",
    "Line",
    "Request",
    "Signal",
    "Variant",
    "Wishes",
    "variant",
]
