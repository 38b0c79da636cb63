# `make serve` and `make test` do all their own set-up in .venv; they need Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin

.PHONY: serve test lint types bench clean

serve: .venv/installed
	@exec $(BIN)/moderation-emulator serve --port $(PORT)

test: .venv/tested
	$(BIN)/pytest -n 2 $(ARGS)

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/tested
	$(BIN)/mypy

bench: .venv/tested
	$(BIN)/python -m tests.bench $(ARGS)

clean:
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/tested: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,dev]'
	@touch $@ .venv/installed
