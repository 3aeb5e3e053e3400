"""telcard: telephony cards, their sound and their signalling, in Python."""
