# make run     set up what is missing and open the app        PORT=8501  HEADLESS=1 (no browser window)
# make test    set up what is missing and run every test, the browser's included
# make check   ruff, mypy
# make models  train everything in models/ again
# make bench   measure; results go to benchmarks/RESULTS.md

PYTHON ?= python3
PORT ?= 8501
HEADLESS ?= $(if $(CI),1,)
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
TEST_READY := $(VENV)/.test-ready
TORCH := 2.13.0

.PHONY: run test check models bench browser
.DELETE_ON_ERROR:

run: $(RUN_READY)
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.headless $(if $(HEADLESS),true,false)

test: $(TEST_READY) browser
	$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=loadfile

check: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

models: $(RUN_READY)
	$(BIN)/python scripts/train_models.py

bench: $(TEST_READY) browser
	$(BIN)/python -m benchmarks

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version 2>&1). Set PYTHON=python3.11 or later."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

# torch first: uv knows where its CPU build lies; where that cannot be reached, pip's own choice serves.
$(RUN_READY): requirements.txt | $(BIN)/uv
	$(BIN)/python -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch").split("+")[0] != "$(TORCH)")' 2>/dev/null || \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend=cpu torch==$(TORCH) 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==$(TORCH)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	@touch $@

$(TEST_READY): requirements-dev.txt $(RUN_READY)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@touch $@

# A browser for the tests: one that is installed, Debian's if we may install it, Playwright's own otherwise.
browser: $(TEST_READY)
	@$(BIN)/python tests/browser/find_browser.py || $(MAKE) --no-print-directory install-browser || true

.PHONY: install-browser
install-browser:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null; \
	else $(BIN)/python -m playwright install chromium; fi
