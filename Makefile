# The recipes of Passerelle. `make` alone lists them. They need Python 3.11 or newer, make and git;
# everything else they install themselves, once, into .venv and web/frontend/node_modules.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(VENV)/.uv-installed
# The lock files hold names, versions and hashes, for every platform, and no address of a registry.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# Byte code is worth its disk space: without it every start compiles every package again.
unexport PYTHONDONTWRITEBYTECODE
export PASSERELLE_REQUIRE_BROWSER

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check bench fmt lock messages screenshots install prepare browser port-free clean

help: ## List the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

# --- Running ----------------------------------------------------------------------------------

run: port-free install ## Start everything here (PORT=8000), an empty database filled with a demo (DEMO=practitioners)
	@PASSERELLE_DEMO=$(DEMO) $(BIN)/python -m config.dev run $(PORT)

port-free:
	@$(PYTHON) config/dev/port.py $(PORT)

# --- Checking -----------------------------------------------------------------------------------

test: PASSERELLE_REQUIRE_BROWSER = 1
test: install prepare browser ## Run the whole test suite (ARGS="-k planner" for a part of it)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -q $(ARGS)

check: install prepare ## Format, lint, types, import rules, migrations, API document, deployment
	@$(BIN)/python -m tests.check

bench: install ## Measure speed and memory beside the bare SQL (ARGS="import segment" for some)
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: install prepare browser ## Take the pictures of the guides
	@$(BIN)/python -m tests.e2e.screenshots $(ARGS)

# --- Maintaining --------------------------------------------------------------------------------

fmt: install ## Format the code and mend what the linter can mend
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

messages: install ## Collect the texts to translate into web/locale/*/LC_MESSAGES/django.po
	@$(BIN)/python -m config.dev messages

lock: $(UV) ## Write the lock files from pyproject.toml (UPGRADE=1 for newer versions)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Delete what the recipes built (not .data, which holds the data)
	rm -rf $(VENV) web/frontend/node_modules web/static/dist staticfiles
	find . -name __pycache__ -prune -exec rm -rf {} +

# --- Set-up, skipped when nothing has changed ---------------------------------------------------

install: $(INSTALLED)

prepare: install
	@$(BIN)/python -m config.dev prepare

browser: install
	@$(BIN)/python -m tests.helpers.browser > /dev/null

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Passerelle needs Python 3.11 or newer; try make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "passerelle: making .venv (once)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }

# uv installs the hundred packages in a quarter of pip's time; its own hashes come from the lock file.
$(UV): $(BIN)/python
	@awk '/^[a-z]/ {keep = /^uv==/} keep' requirements-dev.lock > $(VENV)/uv.txt
	@if [ -s $(VENV)/uv.txt ]; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; \
	fi
	@touch $@

# Where uv can't reach the packages but pip can (a mirror set up for pip only), pip does it.
$(INSTALLED): requirements-dev.lock | $(UV)
	@echo "passerelle: installing the packages"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements-dev.lock \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
