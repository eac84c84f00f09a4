# `make demo` runs the main job, `make test` passes the tests; both set up what they need.
PYTHON ?= python3
BIN = .venv/bin
COMPILED = lint/wording/_native.c
PACKAGES = cli flow generator lint signoff templates

.PHONY: demo test lint types format clean lexicons docs bench bench-batch

.venv/.demo: pyproject.toml $(COMPILED)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/.dev: pyproject.toml $(COMPILED)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ .venv/.demo

demo: .venv/.demo
	$(BIN)/fairnotice demo

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/fairnotice lint templates
	$(BIN)/fairnotice preview --check-renders --templates templates

# The folders at the root are the package's; the type checker sees them under their package name.
types: .venv/.dev
	mkdir -p build/typed/fairnotice
	for name in $(PACKAGES); do ln -sfn ../../../$$name build/typed/fairnotice/$$name; done
	MYPYPATH=build/typed $(BIN)/mypy $(addprefix -p fairnotice.,$(PACKAGES))

test: .venv/.dev lint types
	$(BIN)/python -m pytest -q -n auto

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist *.egg-info

lexicons: .venv/.dev
	$(BIN)/python -m fairnotice.lint.wording.build
	$(BIN)/python -m fairnotice.lint.packs.build

docs: .venv/.dev
	$(BIN)/python docs/generate.py

bench-batch: .venv/.dev
	$(BIN)/python bench/batch.py --spark --plots docs/bench

bench: .venv/.dev
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/proof.py
	$(BIN)/python bench/wording.py
	$(BIN)/python bench/throughput.py
	$(BIN)/python bench/gallery.py
