# `make serve` and `make test` do all their own set-up in .venv; they need Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8080
BIN := .venv/bin
# The JavaScript clients, where npm is; without it their tests are skipped, and say so.
NODE := $(if $(shell command -v npm 2>/dev/null),tests/node/node_modules/.package-lock.json)
# The Go clients, where Go is; likewise.
GO := $(if $(shell command -v go 2>/dev/null),.venv/go/clients)
OTHERS := $(NODE) $(GO)
PIP := $(BIN)/python -m pip install --disable-pip-version-check
# From a lock: what it names, byte for byte as it was when the lock was written.
LOCKED := $(PIP) --require-hashes
UV := .venv/uv/bin/uv
RESOLVE := $(UV) pip compile --quiet --no-header --python $(BIN)/python
# All that tests and tools need; of the two clients named alipay only what they need themselves.
TOOLS := pyproject.toml --group test --group check --group compile --group clients \
	--no-emit-package alipay-sdk-python --no-emit-package python-alipay-sdk
EVERYTHING := $(TOOLS) --group openapi
LOCK := $(RESOLVE) --upgrade --universal --fork-strategy fewest --python-version 3.11 --generate-hashes
CLIENTS := .venv/clients/unpacked
SOURCES := pyproject.toml $(shell find emulator moderation_emulator fixtures schemas -type f ! -name '*.pyc')
# All tests, those too that repeat a path for each of many rows, which `make test` leaves out.
WHOLE := -n 2 -m ""
# Puts the compiled package before the checkout.
COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/.venv/compiled:$(CURDIR)

.PHONY: serve test test-go test-java quick check test-compiled test-state test-lowest test-latest test-containers test-image \
	coverage table evidence lint types check-locks check-all lock bench bench-compiled count torture mutants wheel release clean

serve: .venv/installed
	@exec $(BIN)/moderation-emulator serve --port $(PORT)

test: .venv/tested $(OTHERS)
	$(BIN)/pytest -n 2 $(ARGS)

# The clients of the JVM alone; they need a JDK of 17 or newer, and Maven.
test-java: .venv/tested
	$(BIN)/pytest -n 2 tests/java $(ARGS)
# The clients of Go alone.
test-go: .venv/tested $(GO)
	$(BIN)/pytest -n 2 tests/clients -k go $(ARGS)

# For the loop of editing, in seconds: style, then the tests of what differs from main, and those of all source. It says
# which; make quick SINCE=HEAD takes only what is not committed.
quick: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/python -m tests.quick $(SINCE)

# Before a commit.
check: lint types test

# The same tests with each library of the server as old as pyproject.toml allows, all else as locked. Those that need the
# group openapi are skipped, and say so.
test-lowest: .venv/installed $(UV) $(CLIENTS) $(OTHERS)
	$(RESOLVE) --resolution lowest-direct --no-deps -o .venv/floors.txt pyproject.toml
	cp locks/test.txt .venv/lowest.txt
	$(RESOLVE) --constraint .venv/floors.txt -o .venv/lowest.txt $(TOOLS)
	$(call environment,lowest)
	.venv/lowest/bin/pytest $(WHOLE) $(ARGS)

# The same tests with everything at its newest.
test-latest: .venv/installed $(UV) $(CLIENTS) $(OTHERS)
	$(RESOLVE) --upgrade -o .venv/latest.txt $(EVERYTHING)
	$(call environment,latest)
	.venv/latest/bin/pytest $(WHOLE) $(ARGS) || { echo "test-latest failed: if \`make test\` passes, the cause is a newer library, not a change of ours."; exit 1; }

# The same tests on what the compiled wheel holds.
test-compiled: .venv/compiled/emulator $(OTHERS)
	$(COMPILED) $(BIN)/pytest $(WHOLE) -o pythonpath='.venv/compiled .' $(ARGS)

# The same tests with the state of each server in a file, where they do not ask for another.
test-state: .venv/tested $(OTHERS)
	EMULATOR_TEST_STATE=file $(BIN)/pytest -n 2 $(ARGS)

# The recipes for Testcontainers, each with its library, which is fetched, on a Docker engine or on what stands in for one.
test-containers: .venv/tested
	TEST_CONTAINERS=1 $(BIN)/pytest tests/image/test_testcontainers.py $(ARGS)

# The image, built by a Docker engine, and the tests that run it there.
test-image: .venv/tested
	docker build --tag moderation-emulator .
	$(BIN)/pytest tests/image/test_engine.py $(ARGS)

# Which lines and branches of the package the tests run, in whatever process; fails below the floor in pyproject.toml.
# Left out is the test that sees what a process writes: a process that is measured writes its measure.
coverage: .venv/installed $(UV) $(CLIENTS) $(OTHERS) locks/test.txt locks/mutants.txt
	cat locks/test.txt locks/mutants.txt > .venv/coverage.txt
	$(call environment,coverage)
	rm -rf build/coverage
	.venv/coverage/bin/coverage run -m pytest -n 2 --ignore=tests/commands/test_files_written.py
	.venv/coverage/bin/coverage combine --quiet
	.venv/coverage/bin/coverage report

# Writes into the READMEs and docs/clients.md which clients the tests proved to work, and how.
table: .venv/tested $(OTHERS)
	$(BIN)/pytest -q -n 2 -m "client or led" --write-table

# Writes into the pages of docs/ what schemas, error rows, limits and quirks rest on.
evidence: .venv/installed
	$(BIN)/python -m tests.evidence --write

# All that takes too long for each change: by hand once an issue, and every night; the mutants alone take an hour. What
# newer libraries break comes last.
check-all: test-lowest test-compiled test-state test-containers coverage torture mutants test-latest

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/tested
	$(BIN)/mypy

# Refuses a lock that was not written from what pyproject.toml and tests/node/package.json say now.
check-locks: .venv/bin/python
	@$(BIN)/python -m tests.locks

# Writes all locks anew, with the newest that the ranges allow. What serves is what was tested.
lock: .venv/bin/python $(UV)
	$(LOCK) -o locks/test.txt $(EVERYTHING)
	$(LOCK) -o locks/serve.txt --constraint locks/test.txt pyproject.toml --group build
	$(LOCK) -o locks/compile.txt --constraint locks/test.txt --group build --group compile
	$(LOCK) -o locks/clients.txt --no-deps --group clients
	$(LOCK) -o locks/mutants.txt --constraint locks/test.txt --group mutants
	$(LOCK) -o locks/uv.txt --group lock
	# Away from what is installed here, which npm would lock as it is, for this platform alone.
	rm -rf .venv/node && mkdir .venv/node && cp tests/node/package.json .venv/node
	npm install --prefix .venv/node --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund
	cp .venv/node/package-lock.json tests/node
	$(BIN)/python -m tests.locks --sign

bench: .venv/tested
	$(BIN)/python -m tests.bench $(ARGS)

bench-compiled: .venv/compiled/emulator
	$(COMPILED) $(BIN)/python -m tests.bench $(ARGS)

# The instructions that a call costs here and in an older tree, REV: make count ARGS='--against REV'. Needs valgrind.
count: .venv/tested
	@$(BIN)/python -m tests.count $(ARGS)

# Every attack that was found, one after another, and 200 kills of a server with its state in a file: half an hour.
torture: .venv/tested
	$(BIN)/python -m tests.torture $(ARGS)
	$(BIN)/python -m tests.durability
	$(BIN)/python -m tests.fuzz $(FUZZ)

# Small changes to the source, of which the tests must notice 90 %: an hour. What survived is in build/mutants/report.md.
mutants: .venv/tested .venv/mutants/mutmut
	PYTHONPATH=$(CURDIR)/.venv/mutants $(BIN)/pytest -q tests/mutants
	PYTHONPATH=$(CURDIR)/.venv/mutants $(BIN)/python -m tests.mutants $(ARGS)

# A wheel for this platform, in dist/, with the rooms that every call goes through compiled; needs a C compiler.
wheel: .venv/wheel

# What is released for every system, in build/release: the source, and the wheel that is Python alone, which is tried in
# an empty environment. TAG, if there is one, must be the version.
release: .venv/installed
	@[ -z "$(TAG)" ] || [ "$(TAG)" = "v$$($(BIN)/hatchling version)" ] || { echo "The tag $(TAG) is not that of version $$($(BIN)/hatchling version)."; exit 1; }
	rm -rf build/release build/tried
	$(BIN)/hatchling build -t sdist -t wheel -d build/release
	$(PYTHON) -m venv build/tried
	build/tried/bin/python -m pip install --quiet --disable-pip-version-check build/release/*.whl
	$(BIN)/python tests/verbs.py build/tried/bin/moderation-emulator

clean:
	rm -rf .venv build dist tests/node/node_modules

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml locks/serve.txt
	@$(BIN)/python -m tests.locks
	$(LOCKED) --requirement locks/serve.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/tested: .venv/installed locks/test.txt $(CLIENTS)
	$(LOCKED) --no-build-isolation --requirement locks/test.txt
	@touch $@

$(CLIENTS): .venv/installed locks/clients.txt tests/alipay_clients.py
	rm -rf .venv/clients
	$(BIN)/python -m pip wheel --no-deps --require-hashes --no-build-isolation --wheel-dir .venv/clients --requirement locks/clients.txt
	$(BIN)/python -m tests.alipay_clients .venv/clients/*.whl
	rm .venv/clients/*.whl
	@touch $@

$(UV): .venv/bin/python locks/uv.txt
	$(LOCKED) --upgrade --target .venv/uv --requirement locks/uv.txt
	@touch $@

.venv/mutants/mutmut: .venv/bin/python locks/mutants.txt
	$(LOCKED) --upgrade --target .venv/mutants --requirement locks/mutants.txt
	@touch $@

# An environment of its own for a run of the tests: .venv/NAME, with what .venv/NAME.txt says.
define environment
$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv/$(1)
$(UV) pip sync --python .venv/$(1)/bin/python .venv/$(1).txt
$(UV) pip install --python .venv/$(1)/bin/python --no-deps --no-build-isolation --editable .
endef

# From the source distribution, for the compiler leaves its own files beside what it compiles.
.venv/wheel: .venv/tested $(SOURCES)
	rm -rf .venv/sdist dist
	$(BIN)/hatchling build -t sdist -d .venv/sdist
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .venv/sdist/*.tar.gz
	@touch $@

# What tells pip of the package is taken out, or the next installation would remove it.
.venv/compiled/emulator: .venv/wheel
	rm -rf .venv/compiled
	$(PIP) --no-deps --target .venv/compiled dist/*.whl
	rm -rf .venv/compiled/*.dist-info
	@$(COMPILED) $(BIN)/python -c 'import emulator.pipeline as room; assert not room.__file__.endswith(".py"), room.__file__'
	@touch $@

.venv/go/clients: $(wildcard tests/go/*)
	mkdir -p $(@D)
	cd tests/go && go build -o $(CURDIR)/$@ .

tests/node/node_modules/.package-lock.json: tests/node/package.json tests/node/package-lock.json
	npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
