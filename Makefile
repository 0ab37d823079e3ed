# Every target sets up what it needs; .ci/setup does nothing quickly when nothing is to be done.
BIN := .venv/bin
LOCK := env -u PIP_FIND_LINKS -u UV_FIND_LINKS UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	--generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help audit setup setup-dev setup-test test lint types layers bench catalogue format lock clean

help: ## what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

audit: setup ## set up, then audit this machine: audit/this-machine.pdf, .html, .csv and .json
	@# Exit 3 is a finished audit that names what it could not assess: a result, not a broken build.
	$(BIN)/posture audit --local --out audit || [ $$? -eq 3 ]

setup: ## what an audit needs: system packages, .venv, locked Python packages
	@.ci/setup run

setup-dev: ## set-up and the tools of the developers
	@.ci/setup dev

setup-test: ## set-up, the tools and the servers the tests audit
	@.ci/setup test

test: setup-test ## set up, then every test; ARGS="-k name" picks some
	@# The lab by itself, after the rest: its packets are timed. Exit 5 is a choice of ARGS that picks none of a part.
	$(BIN)/pytest -n 2 --dist loadgroup --ignore tests/benchmarks --ignore tests/lab $(ARGS) || [ $$? -eq 5 ]
	$(BIN)/pytest tests/lab $(ARGS) || [ $$? -eq 5 ]

lint: setup-dev ## style, without changing a file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup-dev ## style, changing the files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-dev ## mypy --strict
	$(BIN)/mypy

layers: setup-dev ## who may import whom
	$(BIN)/lint-imports

bench: setup-test ## measurements, one after the other, with their figures
	$(BIN)/pytest tests/benchmarks -s -p no:xdist $(ARGS)

catalogue: setup-dev ## bring the catalogues of reports' languages up to what reports say; then translate what is empty
	$(BIN)/python .ci/extract-messages
	$(BIN)/python .ci/extract-sentences

lock: setup-dev ## choose the Python packages again; UPGRADE=--upgrade takes the newest
	$(BIN)/pip install --quiet uv
	$(LOCK) pyproject.toml .ci/build.in --output-file requirements.txt
	$(LOCK) --constraint requirements.txt --group dev --extra postgresql pyproject.toml .ci/build.in --output-file requirements-dev.txt

clean: ## remove .venv, caches and reports; posture.db and its history stay
	rm -rf .venv audit dist htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
