# `make demo` runs the main job, `make test` passes the tests; both set up what they need.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test lint types check format bench clean

.venv/.demo: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ .venv/.demo

demo: .venv/.demo
	$(BIN)/fairnotice demo

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/fairnotice lint templates

test: .venv/.dev lint
	$(BIN)/python -m pytest -q

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist *.egg-info

lexicons: .venv/.dev
	$(BIN)/python -c "from fairnotice.lint.wording.lexicon import write_compiled; print(write_compiled())"

bench: .venv/.dev
	$(BIN)/python bench/startup.py
