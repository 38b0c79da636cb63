# `make serve` and `make test` do all their own set-up in .venv; they need Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
# The JavaScript clients, where npm is; without it their tests are skipped, and say so.
NODE := $(if $(shell command -v npm 2>/dev/null),tests/node/node_modules/.package-lock.json)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml $(shell find emulator moderation_emulator fixtures schemas -type f ! -name '*.pyc')
# Puts the compiled package before the checkout.
COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/.venv/compiled:$(CURDIR)

.PHONY: serve test test-compiled table lint types bench bench-compiled count torture wheel clean

serve: .venv/installed
	@exec $(BIN)/moderation-emulator serve --port $(PORT)

test: .venv/tested $(NODE)
	$(BIN)/pytest -n 2 $(ARGS)

# The same tests on what the compiled wheel holds.
test-compiled: .venv/compiled/emulator $(NODE)
	$(COMPILED) $(BIN)/pytest -n 2 -o pythonpath='.venv/compiled .' $(ARGS)

# Writes into the READMEs which clients the tests proved to work.
table: .venv/tested $(NODE)
	$(BIN)/pytest -q -n 2 -m client --write-table

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/tested
	$(BIN)/mypy

bench: .venv/tested
	$(BIN)/python -m tests.bench $(ARGS)

bench-compiled: .venv/compiled/emulator
	$(COMPILED) $(BIN)/python -m tests.bench $(ARGS)

# The instructions that a call costs here and in an older tree, REV: make count ARGS='--against REV'. Needs valgrind.
count: .venv/tested
	@$(BIN)/python -m tests.count $(ARGS)

# Every attack that was found, one after another: a quarter of an hour.
torture: .venv/tested
	$(BIN)/python -m tests.torture $(ARGS)
	$(BIN)/python -m tests.fuzz $(FUZZ)

# A wheel for this platform, in dist/, with the rooms that every call goes through compiled; needs a C compiler.
wheel: .venv/wheel

clean:
	rm -rf .venv dist tests/node/node_modules

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(PIP) --editable .
	@touch $@

.venv/tested: .venv/bin/python pyproject.toml
	$(PIP) --editable '.[test,dev]'
	# Both bring a package named alipay, so each gets a folder of its own.
	$(PIP) --upgrade --target .venv/clients/alipay-sdk-python alipay-sdk-python==3.7.1411
	$(PIP) --upgrade --target .venv/clients/python-alipay-sdk python-alipay-sdk==3.4.0
	@touch $@ .venv/installed

# From the source distribution, for the compiler leaves its own files beside what it compiles.
.venv/wheel: .venv/tested $(SOURCES)
	rm -rf .venv/sdist dist
	$(BIN)/hatchling build -t sdist -d .venv/sdist
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .venv/sdist/*.tar.gz
	@touch $@

# What tells pip of the package is taken out, or the next installation would remove it.
.venv/compiled/emulator: .venv/wheel
	rm -rf .venv/compiled
	$(PIP) --no-deps --target .venv/compiled dist/*.whl
	rm -rf .venv/compiled/*.dist-info
	@$(COMPILED) $(BIN)/python -c 'import emulator.pipeline as room; assert not room.__file__.endswith(".py"), room.__file__'
	@touch $@

tests/node/node_modules/.package-lock.json: tests/node/package.json
	npm install --prefix tests/node --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@
