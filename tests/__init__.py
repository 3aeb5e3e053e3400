"""Tests, laid out as `src/telcard/`; `support/` holds what several of them share."""
