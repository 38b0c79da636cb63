# `make serve` and `make test` do all their own set-up in .venv; they need Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
# The JavaScript clients, where npm is; without it their tests are skipped, and say so.
NODE := $(if $(shell command -v npm 2>/dev/null),tests/node/node_modules/.package-lock.json)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml $(shell find emulator fixtures schemas -type f ! -name '*.pyc')
# Puts the compiled package before the checkout.
COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/.venv/compiled:$(CURDIR)

.PHONY: serve test test-compiled table lint types bench bench-compiled clean

serve: .venv/installed
	@exec $(BIN)/moderation-emulator serve --port $(PORT)

test: .venv/tested $(NODE)
	$(BIN)/pytest -n 2 $(ARGS)

# The same tests on the same package with the rooms that every call goes through compiled; needs a C compiler.
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

clean:
	rm -rf .venv tests/node/node_modules

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

# Built from the source distribution, for the compiler leaves its own files beside what it compiles. What tells pip of
# the package is taken out, or the next installation would remove it.
.venv/compiled/emulator: .venv/tested $(SOURCES)
	rm -rf .venv/sdist .venv/compiled
	$(BIN)/hatchling build -t sdist -d .venv/sdist
	HATCH_BUILD_HOOKS_ENABLE=1 $(PIP) --no-deps --target .venv/compiled .venv/sdist/*.tar.gz
	rm -rf .venv/compiled/*.dist-info
	@touch $@

tests/node/node_modules/.package-lock.json: tests/node/package.json
	npm install --prefix tests/node --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@
