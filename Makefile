# Everything from a fresh clone with nothing but Python: `make demo` starts the portal, `make test` runs all checks,
# `make check` those that the latest change asks for.

PYTHON ?= python3
# Where data, logs and collected files go.
VAR_DIR ?= var
ifeq ($(strip $(VAR_DIR)),)
override VAR_DIR := var
endif
export VAR_DIR

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
NPM_CI := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error
COMPILE := uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header

# The few files out of node_modules that the pages need.
ASSETS := \
	node_modules/@tabler/core/dist/css/tabler.min.css \
	node_modules/@tabler/core/dist/css/tabler.min.css.map \
	node_modules/@tabler/core/dist/js/tabler.min.js \
	node_modules/@tabler/core/dist/js/tabler.min.js.map \
	node_modules/chart.js/dist/chart.umd.min.js \
	node_modules/chart.js/dist/chart.umd.min.js.map \
	node_modules/cytoscape/dist/cytoscape.min.js \
	node_modules/cytoscape-dagre/dist/cytoscape-dagre.min.js \
	node_modules/cytoscape-dagre/dist/cytoscape-dagre.min.js.map

# Two npm or pip at once would get into each other's way.
.NOTPARALLEL:
.PHONY: demo test check bench schema format lock clean

# `exec` lets signals reach the launcher itself, which ends all it has started.
demo: .venv/run.stamp $(VAR_DIR)/assets/.stamp
	@exec $(BIN)/python -m governance.launcher demo

test: .venv/dev.stamp node_modules/.dev.stamp $(VAR_DIR)/assets/.stamp
	@exec $(BIN)/python -m governance.launcher test

check: .venv/dev.stamp node_modules/.dev.stamp $(VAR_DIR)/assets/.stamp
	@exec $(BIN)/python -m governance.launcher check

bench: .venv/dev.stamp
	@exec $(BIN)/python -m governance.launcher bench

# The committed description of the API; a test fails when it no longer fits.
schema: .venv/dev.stamp
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

format: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv on the PATH.
lock: .venv/run.stamp
	@command -v uv >/dev/null || { echo "make lock needs uv, which is not on the PATH."; exit 1; }
	$(COMPILE) requirements/run.in -o requirements/run.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm install --package-lock-only --no-audit --no-fund --loglevel=error

# Keeps the demo's own data: $(VAR_DIR)/postgres, media, mail, keys and secrets.
clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf "$(VAR_DIR)/assets" "$(VAR_DIR)/static" "$(VAR_DIR)/postgres-test" "$(VAR_DIR)/postgres-bench"

.venv/created.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Name a Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("The portal needs Python 3.11 or newer and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 …" % sys.version_info[:2])'
	$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run.stamp: requirements/run.txt | .venv/created.stamp
	$(PIP_INSTALL) -r requirements/run.txt
	@touch $@

# dev.txt holds all of run.txt in the same versions.
.venv/dev.stamp: requirements/dev.txt requirements/run.txt | .venv/created.stamp
	$(PIP_INSTALL) -r requirements/dev.txt
	@touch .venv/run.stamp $@

# `npm ci` begins by removing node_modules, and the stamps with it.
node_modules/.run.stamp: package-lock.json | .venv/run.stamp
	$(NPM_CI) --omit=dev
	@touch $@

node_modules/.dev.stamp: package-lock.json | .venv/dev.stamp
	$(NPM_CI)
	@touch node_modules/.run.stamp $@

$(VAR_DIR)/assets/.stamp: node_modules/.run.stamp Makefile
	rm -rf "$(VAR_DIR)/assets"
	mkdir -p "$(VAR_DIR)/assets"
	cp $(ASSETS) "$(VAR_DIR)/assets/"
	@touch $@
