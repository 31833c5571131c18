# Everything here sets itself up: Python 3.11 or newer and make are all it needs.
# PYTHON=python3.13 names another Python; ARGS="-k name" is passed on by test, bench and chaos.
PYTHON ?= python3
SETUP = @$(PYTHON) -m tools.setup

.PHONY: help setup run test check fix oracles bench chaos

help: ## print this list
	@awk -F ': ## ' '/^[a-z]+: ## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: ## install everything the other targets need
	$(SETUP) --extras test,check --servers

run: ## start the site with its worker on PORT (8000), data in DATA_DIR (data); Ctrl-C stops it
	$(SETUP) -- manage.py serve

test: ## run all tests on real PostgreSQL, Redis, SQLite and Chromium
	$(SETUP) --extras test --servers -- -m tools.run_tests $(ARGS)

check: ## run every check that needs no test: style, types, imports, templates, migrations, deployment
	$(SETUP) --extras test,check -- -m tools.check

fix: ## repair what the style checks can repair by themselves
	$(SETUP) --extras test,check -- -m tools.check --fix

oracles: ## let LibreOffice, Go, frictionless, jing, pdftotext and the Nu HTML checker judge what the site hands out
	$(SETUP) --extras test -- -m tools.oracles $(ARGS)

bench: ## measure this project and its ceiling side by side
	$(SETUP) --extras test --servers -- -m tools.bench $(ARGS)

chaos: ## kill web, worker, Redis and PostgreSQL under load, then count the signatures
	$(SETUP) --extras test --servers -- -m tools.chaos $(ARGS)
