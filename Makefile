# `make run` starts the mock, `make test` runs every check, `make check` those that are quick. All build .venv from nothing.

PYTHON ?= python3
# One more than cores: a third of their time, tests wait for what they have started.
WORKERS ?= 3
ARGS ?=

BIN := .venv/bin
COMPILED := build/compiled
# A file's tests stay together and share what they started; tests/conftest.py has put the longest files before the shorter.
PYTEST := $(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Of the fast tests alone: tests/conftest.py sees to that.
COVER := --cov --cov-report=term --cov-report=html
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
# The tests start hundreds of commands, each of which would compile the packages anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check thorough coverage crash packaging compiled bench lint style types contract everything fast measured format docs clean
# What takes one processor a minute goes on beside the tests; whichever fails, the whole fails.
BESIDE := @$(MAKE) --no-print-directory -j 2 contract

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: .venv/.run  ## start the mock server; flags as in: make run ARGS="--port 0"
	@echo "To have kordkit on your PATH in another terminal: source $(BIN)/activate"
	@$(BIN)/kordkit mock $(ARGS)

test: style  ## run every check and every test; slower machines or faster ones: make test WORKERS=8
	$(BESIDE) everything

check: style  ## run every check and the fast tests, in a minute and a half
	$(BESIDE) fast

everything: .venv/.test
	$(PYTEST) $(if $(COVERAGE),$(COVER))

fast: .venv/.test
	$(PYTEST) -m "not slow"

thorough: .venv/.test  ## run the tests that draw, with three times as many draws
	THOROUGH=yes $(PYTEST) $$(grep -rl 'from tests.effort import' tests --include='*.py')

coverage: style  ## as check, and measure which lines the tests run; fails below the floor
	$(BESIDE) measured

measured: .venv/.test
	$(PYTEST) -m "not slow" $(COVER)

crash: .venv/.test  ## kill, stop and cut everything, ten times as often as the tests do: an hour and more
	THOROUGH=yes KORDKIT_KILLS=200 KORDKIT_SEEDS=20 $(BIN)/pytest -n 0 tests/mockserver/deployment

packaging: .venv/.test  ## install the wheel with pipx and uv, on each Python that there is; asks the package index
	$(BIN)/python -m venv build/packaging
	build/packaging/bin/python -m pip install -qq --disable-pip-version-check pipx uv
	PATH="$$PATH:$(CURDIR)/build/packaging/bin" $(BIN)/pytest -q -n 0 tests/installers.py

compiled: .venv/.test  ## compile what each request meets, and run the mock's tests on that; four minutes, with a compiler of C
	rm -rf $(COMPILED)
	mkdir -p $(COMPILED)
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m hatchling build -t wheel -d $(COMPILED)
	cp -r .ci .github benchmarks docs tests $(wildcard *.*) Makefile LICENSE $(COMPILED)
	cd $(COMPILED) && ../../$(BIN)/python -m zipfile -e *.whl .
	cd $(COMPILED) && PYTHONPATH=. ../../$(PYTEST) -m "not slow and not sources" tests/compiled.py tests/mockserver

bench: .venv/.test  ## measure the mock beside its peers, and itself, into docs/benchmarks.md; six quiet minutes
	$(BIN)/python -m benchmarks --write $(ARGS)

lint: style contract  ## run the checks that start nothing: style, types, layers, contract

style: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

# What it says comes in one piece: the dots of the tests would stand between its lines.
types: .venv/.test
	@said=$$($(BIN)/mypy 2>&1); code=$$?; printf '\n%s\n%s\n' "$(BIN)/mypy" "$$said"; exit $$code

contract: types
	$(BIN)/kordkit lint

format: .venv/.test  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.test  ## build the documentation as a site, in build/docs/html; nothing is fetched
	$(BIN)/python -m docs.site

clean:  ## remove the environment and everything the checks left behind
	rm -rf .venv build dist reports .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .grimp_cache .schemathesis htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is younger than what it was made from, so a second call does nothing.
.venv/.run: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing kordkit into .venv ..."
	@$(PIP) -e .
	@touch $@

.venv/.test: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing kordkit with all extras and the test tools into .venv ..."
	@$(PIP) -e '.[all,dev]'
	@touch .venv/.run $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kordkit needs Python 3.11 or newer, which $(PYTHON) is not: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
