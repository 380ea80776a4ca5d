# What users type. README.md says what each does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

NO_KEY := AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

.PHONY: run test check types bench

$(VENV)/run.stamp: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: set PYTHON=python3.11 (found $$($(PYTHON) --version))."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# exec: Ctrl-C and TERM reach the supervisor itself, which stops its children in order.
run: $(VENV)/run.stamp
	@CDP_DEMO=$${CDP_DEMO:-1} exec $(BIN)/python -m cdp.supervisor --with-parent

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest

# The types of the models are read from the settings, which ask for secrets: these open nothing.
types: $(VENV)/dev.stamp
	CDP_DEMO=1 SECRET_KEY=types DATABASE_URL=postgresql://nobody@localhost/none \
	REDIS_URL=redis://localhost BLIND_INDEX_KEY=$(NO_KEY) ENCRYPTION_KEYS=1:$(NO_KEY) \
		$(BIN)/mypy .

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(MAKE) types
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture tests/cdp/test_migrations.py
	$(MAKE) test

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench
