"""How all tests run: hypothesis profiles, and a CI in which nothing may be skipped.

`TELCARD_NO_SKIP=1` turns every skip into a failure: CI has all the foreign packages.
`TELCARD_FUZZ_EXAMPLES=n` gives hypothesis n examples a test, for `make fuzz`.
"""

import os
from collections.abc import Generator

import hypothesis
import pytest

CI = bool(os.environ.get("CI"))
NO_SKIP = os.environ.get("TELCARD_NO_SKIP") == "1"
FUZZ_EXAMPLES = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "0"))

COMMON = {"deadline": None, "print_blob": True}  # the blob is the seed that replays a failure
hypothesis.settings.register_profile("home", **COMMON)
hypothesis.settings.register_profile("ci", derandomize=True, **COMMON)
hypothesis.settings.register_profile(
    "fuzz",
    max_examples=max(1, FUZZ_EXAMPLES),
    derandomize=CI,
    suppress_health_check=list(hypothesis.HealthCheck),
    **COMMON,
)
# Under sanitizers an example costs ten times as much, and it is memory that is judged.
hypothesis.settings.register_profile("sanitized", max_examples=20, derandomize=CI, **COMMON)
SANITIZED = os.environ.get("TELCARD_SANITIZED") == "1"
PROFILE = "fuzz" if FUZZ_EXAMPLES else "sanitized" if SANITIZED else "ci" if CI else "home"
hypothesis.settings.load_profile(PROFILE)


def pytest_report_header() -> str:
    seeds = "derandomized" if hypothesis.settings.default.derandomize else "random, printed"
    skips = "fail" if NO_SKIP else "are told with their reason"
    return f"telcard: hypothesis profile {PROFILE} (seeds {seeds}); skips {skips}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NO_SKIP and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, where nothing may be skipped: {report.longrepr}"
    return report
