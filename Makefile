# `make run` and `make test` need nothing but Python 3.11 and make; `make help` lists the rest.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done || echo python3)
MANAGE := .venv/bin/python manage.py
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/*.po locale/*/fragments/*.po)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

# The demo is for loopback alone: an address for others, or a word in .env, leaves it as it is.
ELSEWHERE := $(PUBLIC_URL)$(filter-out localhost 127.0.0.1 ::1,$(HOST))$(shell grep -sE '^ *(PUBLIC_URL|HOST|DEMO) *=.' .env)
DEMO ?= $(if $(ELSEWHERE),,1)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-fast lint race chaos browser bench backup restore lock catalogues environment environment-dev

help:  ## List what there is
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: environment catalogues  ## Set up what is missing, then serve on http://localhost:8000 (PORT, HOST)
	@DEMO=$(DEMO) $(MANAGE) prepare
	@exec env DEMO=$(DEMO) $(MANAGE) serve

test: environment-dev catalogues  ## Everything: lint, both databases, Redis, worker, races, faults, browser
	@.venv/bin/python -m tests.run

test-fast: environment-dev catalogues  ## The everyday tests on SQLite alone
	@.venv/bin/python -m tests.run everyday

lint: environment-dev  ## Style, imports between apps, missing migrations
	@.venv/bin/python -m tests.run lint

race chaos browser: environment-dev catalogues
	@.venv/bin/python -m tests.run $@

bench: environment-dev catalogues  ## Measure the lists, the summary and a step at 1,000 and 100,000 proposals
	@.venv/bin/python -m bench

backup: environment  ## Back up database, files and keys into var/backups (TO=folder)
	@$(MANAGE) backup $(if $(TO),--to "$(TO)")

restore: environment  ## Put a backup back: make restore FROM=folder (YES=1 overwrites)
	@test -n "$(FROM)" || { echo "Say which: make restore FROM=var/backups/…" >&2; exit 1; }
	@$(MANAGE) restore "$(FROM)" $(if $(YES),--yes)

catalogues: environment locale/th/LC_MESSAGES/django.mo  ## Compile the message catalogues

locale/th/LC_MESSAGES/django.mo: $(CATALOGUES)
	@echo "==> Compiling message catalogues"
	@$(MANAGE) compile_catalogues

lock:  ## Lock the requirements anew with hashes (needs uv; UPGRADE=1 takes newer versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	$(LOCK) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

environment:
	@$(PYTHON) scripts/environment.py requirements.txt

environment-dev:
	@$(PYTHON) scripts/environment.py requirements.txt requirements-dev.txt
