"""Trunks: lines joined to their signalling.

Every kind of trunk has one face (`Trunk`): it offers calls (`TrunkCall`), which are answered and
cleared the same way whether ABCD bits, R2 or ISDN messages do it.
"""

from telcard.trunks.cas import CasTrunk
from telcard.trunks.face import Circuit, Trunk, TrunkCall

__all__ = ["CasTrunk", "Circuit", "Trunk", "TrunkCall"]
