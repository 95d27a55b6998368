# Presstime: every task of a developer, each from nothing. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
DEMO_DIR ?= demo-data
DEMO_BIND ?= 127.0.0.1:8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo dev test test-postgres test-all check format gallery benchmark requirements clean

help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# Two stamps: who only runs the demo does not install what developers need.
$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing Presstime and its libraries into $(VENV) (about a minute)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/build.txt -r requirements/runtime.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "Installing what developers need…"
	@$(PIP) -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.runtime ## Install, load real data, run a report, serve it
	@$(BIN)/presstime demo --dir $(DEMO_DIR) --bind $(DEMO_BIND)

dev: $(VENV)/.dev ## Install everything a developer needs

test: $(VENV)/.dev ## The test suite on SQLite
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-postgres: $(VENV)/.dev ## What meets the database, on PostgreSQL, started from its wheel
	PRESSTIME_TEST_DATABASE=postgres $(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: $(VENV)/.dev ## Both databases, and the tests that take minutes
	$(BIN)/python -m pytest $(ARGS)
	PRESSTIME_TEST_DATABASE=postgres $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## Lint, format, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

gallery: $(VENV)/.dev ## Make docs/gallery.md and its pictures anew
	$(BIN)/python tools/gallery.py

benchmark: $(VENV)/.dev ## All benchmarks; see benchmarks/README.md
	$(BIN)/python -m benchmarks

requirements: $(VENV)/.dev ## Pin the libraries anew, with hashes and without addresses (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 \
	  pyproject.toml --extra postgres --extra mysql --output-file requirements/runtime.txt
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 \
	  pyproject.toml --extra postgres --extra mysql --extra s3 --extra sftp --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	printf 'hatchling>=1.27\neditables>=0.5,<1\n' | uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	  --python-version 3.11 - --constraint requirements/dev.txt --output-file requirements/build.txt

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) $(DEMO_DIR)
