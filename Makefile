# telcard's commands; `make` alone lists them.  Everything they need is set up in .venv first, by
# way of a preflight that says what the machine lacks.  Nothing outside this folder is touched.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# One of these may be set: make PYTHON=python3.12 demo, make SLOW=1 test, make SHORT=1 sanitize ...
PYTHON ?=
SLOW ?=
SHORT ?=
FUZZ_EXAMPLES ?= 1000000
ARGS ?=

python := .venv/bin/python
native := $(shell find src/telcard/_native -name '*.pyx' -o -name '*.px[di]' -o -name '*.[ch]' -o -name '*.inl')
c_sources := $(wildcard src/telcard/_native/c/*.c)
c_text := $(wildcard src/telcard/_native/c/*.[ch] src/telcard/_native/c/*.inl)
bindings := $(basename $(notdir $(wildcard src/telcard/_native/*.pyx)))
pytest := $(python) -m pytest
# What feeds the native half; the T.30 machine among the rooms of fax is Python alone.
native_tests := $(addprefix tests/,native dsp engine fax fuzz) --ignore=tests/fax/t30
# Tests on all processors; they share nothing.  (Benchmarks would be switched off there, and say so.)
abreast := $(pytest) -n auto -p no:benchmark
say = @printf '\n--- %s\n' "$(1)"

.NOTPARALLEL: # the setting up is a sequence; the compiler runs in parallel by itself
.PHONY: help demo test check api bench interop sanitize fuzz dist clean

## help: this list
help:
	@echo "telcard: telephony cards, their sound and their signalling, in Python."
	@echo
	@sed -n 's/^## \([a-z]*\): /  make \1@/p' Makefile | awk -F@ '{ printf "%-16s%s\n", $$1, $$2 }'

# --- what people come for ---------------------------------------------------------------------

## demo: a caller dials the bank over an emulated E1 card; leaves recording and picture in demo/
demo: .venv/.demo build/.native
	.venv/bin/telcard demo $(ARGS)

## test: the tests, in about two minutes (SLOW=1: the slow ones too)
test: .venv/.dev build/.native
	$(abreast) -m "not interop$(if $(SLOW),, and not slow)" $(ARGS)

# --- what keeps the house in order ------------------------------------------------------------

## check: ruff, mypy, stubtest, import-linter, clang-format, gcc warnings, docs of names, our own rules
check: ruff types floors kernels names tidy

.PHONY: ruff types floors kernels names tidy
ruff types floors kernels names tidy: .venv/.dev build/.native

ruff:
	$(call say,ruff)
	$(python) -m ruff check .
	$(python) -m ruff format --check .

types:
	$(call say,mypy and stubtest)
	$(python) -m mypy
	$(python) -m mypy.stubtest --concise --allowlist .ci/stubtest.allow --ignore-unused-allowlist $(bindings:%=telcard._native.%)

floors:
	$(call say,import-linter: imports go downstairs)
	.venv/bin/lint-imports

kernels:
	$(call say,clang-format and gcc)
	.venv/bin/clang-format --dry-run -Werror $(c_text)
	@printf '%s\n' $(c_sources) | xargs -n 1 -P "$$(getconf _NPROCESSORS_ONLN)" \
	    $${CC:-gcc} -std=gnu11 -O2 -ffp-contract=off -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror \
	        -pthread -S -o /dev/null

names:
	$(call say,every public name has its docstring and its page in docs/api)
	$(python) docs/write_api.py --check
	$(python) docs/write_countries.py --check

tidy:
	$(call say,our own rules)
	$(pytest) -q tests/test_tidy.py

## api: write docs/api, the pages of all public names, from the docstrings
api: .venv/.made
	$(python) docs/write_api.py
	$(python) docs/write_countries.py

## bench: kernels, ticks, calls (pytest-benchmark) and detectors' quality, peers beside them; some ten minutes
bench: .venv/.dev build/.native
	$(pytest) benchmarks -o python_files='bench_*.py' --benchmark-sort=name $(ARGS)
	@for script in benchmarks/quality_*.py; do \
	    [ -e "$$script" ] || continue; \
	    echo "$$script"; $(python) "$$script" || exit 1; \
	done

## interop: against foreign implementations (Debian: g++ libspandsp-dev libtiff-dev libtiff-tools libspeexdsp-dev libwebrtc-audio-processing-dev minimodem multimon-ng sox libpri-dev libopenr2-dev tshark efax; .ci/unpack hylafax-server hylafax-client)
interop: .venv/.dev build/.native
	$(pytest) tests/interop -m interop $(ARGS)

## sanitize: the tests with the native half under ASan and UBSan, in build/sanitize (SHORT=1: only those of native rooms)
sanitize: .venv/.dev build/.sanitized
	ASAN_OPTIONS=detect_leaks=0:strict_string_checks=1 \
	UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
	LD_PRELOAD="$$($${CC:-gcc} -print-file-name=libasan.so) $$($${CC:-gcc} -print-file-name=libubsan.so)" \
	PYTHONPATH=build/sanitize/lib TELCARD_SANITIZED=1 \
	    $(abreast) -m "not interop and not slow" $(if $(SHORT),$(native_tests),tests) --capture=sys $(ARGS)

## fuzz: every parser fed with nonsense, a million inputs each: hours (FUZZ_EXAMPLES=20000: so many, minutes)
fuzz: .venv/.dev build/.native
	TELCARD_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(abreast) --dist worksteal -m fuzz -o faulthandler_timeout=0 \
	    $(ARGS) $$(grep -rl --include='test_*.py' 'mark\.fuzz' tests)

## dist: sdist -> wheel -> fresh venv -> tests of what a wheel may lack, all in build/
dist: .venv/.dev
	.ci/try_dist $(python)

## clean: remove what make made (.venv included)
clean:
	rm -rf .venv build dist demo *.egg-info src/*.egg-info .mypy_cache .ruff_cache .hypothesis .benchmarks
	rm -rf .import_linter_cache .pytest_cache
	rm -f src/telcard/_native/*.so
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- setting up -------------------------------------------------------------------------------
# Stamps: .venv/.demo and .venv/.dev say what is installed, build/.native that the native half is
# newer than its sources.  A second run finds them and needs no network.  .venv/.made holds the
# folder's path: a folder that was moved, or whose Python has gone, gets a new .venv.

ifneq ($(shell .venv/bin/python -c "" 2>/dev/null && cat .venv/.made 2>/dev/null),$(CURDIR))
.venv/.made: anew
endif
.PHONY: anew
anew:

.venv/.made:
	@python=$$(PYTHON="$(PYTHON)" .ci/preflight) || exit 1; \
	echo "[1/3] .venv, with $$python"; \
	rm -rf .venv build/.native && "$$python" -m venv .venv
	@printf '%s' "$$PWD" >$@

.venv/.demo: .venv/.made pyproject.toml
	@echo "[2/3] packages (a minute the first time)"
	$(python) -m pip install --disable-pip-version-check "setuptools>=77" "cython>=3.1,<4"
	@echo "[3/3] telcard and its native half: C and Cython are compiled, once (another minute or two)"
	$(python) -m pip install --disable-pip-version-check --no-build-isolation -e ".[hotline,analysis]"
	@mkdir -p build && touch build/.native $@

.venv/.dev: .venv/.made pyproject.toml
	@echo "[2/3] packages, those of developers too (a minute or two the first time)"
	$(python) -m pip install --disable-pip-version-check "setuptools>=77" "cython>=3.1,<4"
	@echo "[3/3] telcard and its native half: C and Cython are compiled, once (another minute or two)"
	$(python) -m pip install --disable-pip-version-check --no-build-isolation -e ".[hotline,analysis,dev]"
	@mkdir -p build && touch build/.native .venv/.demo $@

build/.native: setup.py $(native) | .venv/.made
	@echo "native half: compiling what changed"
	$(python) setup.py -q build_ext --inplace
	@mkdir -p build && touch $@

build/.sanitized: setup.py $(native) $(shell find src/telcard -name '*.py') | .venv/.dev
	@echo "native half: compiling under ASan and UBSan (two minutes the first time)"
	TELCARD_SANITIZE=address,undefined $(python) setup.py -q build --build-lib build/sanitize/lib --build-temp build/sanitize/temp
	@touch $@
