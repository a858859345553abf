# What a newcomer needs is `make demo` and `make test`; `make help` lists the rest.

SHELL := /bin/bash
# The arrows between the rooms are errors when they are not in Package.swift's table.
CHECK := --explicit-target-dependency-import-check error
TRAINER ?= .trainer
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Probes

.PHONY: help demo demo-stop demo-clean test test-swift test-databases test-database-servers test-agent test-page \
  test-end-to-end page build program release test-release lint format packages trainer tiny-base clients object-stores browser fuzz sanitize campaign faults contract test-api schemathesis

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: ## From nothing to a tuned model that answers; again in seconds
	@scripts/demo

demo-stop: ## End the demo's server
	@scripts/demo --stop

demo-clean: ## End the demo and forget all it made
	@scripts/demo --clean

test: packages trainer clients object-stores browser lint test-swift test-database-servers test-agent test-page test-end-to-end ## Install what the tests need, then run all of them

packages:
	@scripts/install-packages build page test

trainer: ## Install the trainer (LLaMA-Factory) into .trainer
	@scripts/install-trainer $(TRAINER)

clients: ## Install the clients of OpenAI's API that the tests use into .clients
	@scripts/install-clients

object-stores: ## Install the S3-compatible stores that the tests use into .object-stores
	@scripts/install-object-stores

browser: ## Install what drives a browser in the tests into .browser
	@scripts/install-browser-tests

contract: ## Install what holds the server against its API document into .schemathesis
	@scripts/install-schemathesis

page: ## Build the web page, which the program carries
	@scripts/build-page

build: page ## Build for debugging
	swift build $(CHECK)

program: page ## Build .build/release/luthier
	swift build -c release $(CHECK) --product luthier

release: ## Build the program with Swift inside and its Debian package into dist
	@scripts/build-release

test-release: ## Build the release twice and try its package in a clean Debian, as root
	@scripts/test-release

test-swift: page
	swift build $(CHECK) --build-tests
	LUTHIER_TRAINER=$(abspath $(TRAINER)) scripts/test-swift

test-databases: page ## Run all of the API's tests over PostgreSQL and MariaDB too, a quarter of an hour
	swift build $(CHECK) --build-tests
	scripts/test-swift-on-servers APITests

# Those of them that ask most of a database.
test-database-servers: page
	swift build $(CHECK) --build-tests
	scripts/test-swift-on-servers 'APITests.(Conversation|Dataset|Index|Pipeline|Queue|Task|Upload)Tests'

test-agent:
	/usr/bin/python3 -m pytest -q -p no:cacheprovider Agent/tests

test-page: build tiny-base ## Try the web page, by its parts and in a browser
	Web/test.sh
	scripts/page-types --check .build/debug/luthier
	scripts/server-words --check
	LUTHIER_TRAINER=$(abspath $(TRAINER)) LUTHIER_TINY_BASE=$(abspath .test/tiny-base) \
	  scripts/test-in-halves .browser/bin/python Tests/Page

test-api: build contract ## Hold the server against its own API document, some minutes
	scripts/check-api
	scripts/check-api --sequences

schemathesis: build contract ## The same for an hour
	scripts/check-api --long

tiny-base: trainer
	@LUTHIER_TRAINER=$(abspath $(TRAINER)) scripts/make-tiny-base .test/tiny-base

test-end-to-end: build tiny-base
	LUTHIER_TRAINER=$(abspath $(TRAINER)) scripts/check-formats .test/tiny-base
	LUTHIER_TRAINER=$(abspath $(TRAINER)) LUTHIER_TINY_BASE=$(abspath .test/tiny-base) \
	  LUTHIER_CLIENTS=$(abspath .clients) LUTHIER_OBJECT_STORES=$(abspath .object-stores) \
	  scripts/test-in-halves /usr/bin/python3 Tests/EndToEnd
	/usr/bin/python3 -m pytest -q -p no:cacheprovider Tests/Faults

faults: build ## Every fault at every moment, for real: a quarter of an hour
	LUTHIER_FAULTS=all /usr/bin/python3 -m pytest -q -p no:cacheprovider Tests/Faults

fuzz: ## Feed the parsers with inputs made up by libFuzzer, a minute each
	scripts/fuzz

sanitize: page ## The ground floor's tests under ThreadSanitizer and AddressSanitizer, half an hour
	scripts/sanitize

campaign: build ## Ten minutes of random clients against a real server, which must be as before
	LUTHIER_CAMPAIGN_SECONDS=600 /usr/bin/python3 -m pytest -q -s -p no:cacheprovider Tests/EndToEnd/test_random_clients.py

lint: ## Check the format of the Swift sources
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)

format: ## Put the Swift sources into their format
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
