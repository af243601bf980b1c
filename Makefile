PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
ROUNDS ?= 200
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
BENCHABLE := $(VENV)/.benchable
READERS := $(VENV)/readers
FIGURES := $(CURDIR)/$(VENV)/.figures

.DEFAULT_GOAL := help
.PHONY: help install run test test-core test-faults readers check bench screenshots translations clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(INSTALLED)  ## Make .venv and install the program in it

run: $(INSTALLED)  ## Set up, load demo data on first start, serve on PORT (8000) and send
	@exec $(BIN)/maintenance run --port $(PORT) --demo

test: $(TESTABLE)  ## Run every test, JOBS (2) at a time
	$(BIN)/python -m pytest -q -n $(JOBS)

test-core: $(TESTABLE)  ## The rules and slots against brute force, thousands of cases
	MAINTENANCE_SLA_EXAMPLES=3000 $(BIN)/python -m pytest -q -n $(JOBS) tests/sla

test-faults: $(TESTABLE)  ## Every fault, kills and races ROUNDS (200) times each; writes docs/reliability.md
	@rm -f $(FIGURES)
	MAINTENANCE_FAULT_FIGURES=$(FIGURES) MAINTENANCE_FAULT_ROUNDS=$(ROUNDS) MAINTENANCE_RACES=$(ROUNDS) \
		$(BIN)/python -m pytest -q -n $(JOBS) tests/faults
	$(BIN)/python -m tests.faults.figures $(FIGURES)

readers: $(READERS)/.installed  ## Install what reads feeds in the tests: from npm, and an older icalendar

check: $(TESTABLE)  ## Ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(BENCHABLE)  ## Run the side-by-side benchmarks and print their ratios
	$(BIN)/python -m bench

screenshots: $(TESTABLE)  ## Make the pictures in docs/screenshots from the demo data
	$(BIN)/python -m tests.browser.screenshots

translations: $(TESTABLE)  ## Gather the texts to translate, and compile what is translated
	$(BIN)/pybabel -q extract -F babel.cfg -k _l -k _N -k _n:1,2 --no-location --sort-output --omit-header -o build.pot .
	$(BIN)/pybabel -q update -N --no-wrap --ignore-pot-creation-date -i build.pot -D messages -d maintenance/translations
	$(BIN)/pybabel -q compile -D messages -d maintenance/translations
	rm build.pot

clean:  ## Remove the environment
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11" >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then uv venv --seed --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian: apt install python3-venv)" >&2; rm -rf $(VENV); exit 1; }; fi

PIP = if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python

$(INSTALLED): setup.cfg | $(VENV)/bin/python
	@echo "Installing (about half a minute)"
	@$(PIP) --editable .; else $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable .; fi
	@touch $@

$(TESTABLE): setup.cfg | $(VENV)/bin/python
	@echo "Installing with test tools (about half a minute)"
	@$(PIP) --editable '.[test]'; else $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[test]'; fi
	@touch $(INSTALLED) $@

$(READERS)/.installed: | $(VENV)/bin/python
	@$(BIN)/python -m venv --without-pip $(READERS)/python
	@$(BIN)/python -m pip --python $(READERS)/python install --quiet --quiet --no-compile --disable-pip-version-check 'circuit-maintenance-parser>=2.12,<3'
	@if command -v npm >/dev/null; then npm install --prefix $(READERS) --no-audit --no-fund --loglevel=error --silent ical.js@2; \
	else echo "npm is missing: the tests with ical.js are skipped" >&2; fi
	@touch $@

$(BENCHABLE): $(TESTABLE)
	@$(PIP) --editable '.[test,bench]'; else $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'; fi
	@touch $(INSTALLED) $(TESTABLE) $@
