# Each target is one command in sandbox/commands/. `make` without a target lists them, from the "##" comments below.
# Exit codes of the commands: 0 done, 1 failed, 2 usage error, 3 drift was found, 4 not checked (sandbox/commands/errors.ts).
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

export STACK ?= dev
# Commands of one run of make share results: `make verify test` runs each level of tests once.
export MAKE_RUN := $(shell date +%s%N)
# Set for the whole run of make, so that `make verify test-all` runs each level once (see test/depth.ts).
ifneq ($(filter test-all,$(MAKECMDGOALS)),)
export TEST_DEPTH := all
endif

WITH_NODE := sh sandbox/commands/with-node.sh
RUN := @$(WITH_NODE) node sandbox/commands/main.ts
TARGETS := $(shell sed -n 's/^\([a-z0-9-]*\):.*\#\#.*/\1/p' Makefile)
UNKNOWN := $(filter-out $(TARGETS),$(MAKECMDGOALS))

# A mistyped target stops make before any other target runs: `make down tset` destroys nothing.
ifneq ($(UNKNOWN),)
$(error There is no target "$(firstword $(UNKNOWN))"$(shell NO_INSTALL=1 $(WITH_NODE) node sandbox/commands/suggest.ts $(firstword $(UNKNOWN)) $(TARGETS) 2>/dev/null). Targets: $(TARGETS))
endif

.PHONY: $(TARGETS)

help: ## List the commands
	@echo 'Usage: make COMMAND [STACK=dev]'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

up: ## Build missing tools, start the cluster, deploy the stack, repair drift
	$(RUN) up
preview: ## Show what `make up` would change
	$(RUN) preview
drift: ## List manual changes in the cluster (exits with 3 if there are any)
	$(RUN) drift
status: ## Show the cluster, the last update and each component
	$(RUN) status
credentials: ## Show how to sign in to each service; SHOW=1 also shows the passwords, only on a terminal
	$(RUN) credentials
doctor: ## Show what is installed, what is missing, and the fix
	$(RUN) doctor
down: ## Destroy the stack, stop the cluster, remove their state
	$(RUN) down
verify: ## Check format, lint, types, unused code, generated docs; run the unit and golden tests
	$(RUN) verify
test: ## Run the tests of all levels: unit, golden, policy, e2e, live
	$(RUN) test
test-all: ## Run all tests without sampling: every mutant, every kill
	$(RUN) test
test-unit: ## Run the unit tests
	$(RUN) test-unit
test-golden: ## Compare the resources of the whole program with the expected ones
	$(RUN) test-golden
test-policy: ## Check the rendered output with third-party engines
	$(RUN) test-policy
test-e2e: ## Run the tests on a real control plane
	$(RUN) test-e2e
test-live: ## Run the tests on a node that runs containers (root, Debian 12)
	$(RUN) test-live
live: ## Deploy the dev stack to a node that runs containers, with images built from package registries
	$(RUN) live
live-down: ## Remove that node with its data
	$(RUN) live-down
bench: ## Measure times and the gateway under load; write docs/performance*.md
	@$(WITH_NODE) npm run --silent bench
pin-images: ## Write the digests of all images into components/core/images.ts (needs access to the registries)
	$(RUN) pin-images
verify-charts: ## Pull the pinned Helm charts, render them with the values of each stack, and check them
	$(RUN) verify-charts
clean-cache: ## Remove the built tools, which all clones share
	$(RUN) clean-cache
