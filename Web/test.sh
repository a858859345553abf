#!/bin/bash
# Runs the unit tests of the page's parts. test/NAME.ts names the sources that test/NAME.test.mjs tries, bundled for node.
# Usage: test.sh [NAME …]
set -euo pipefail
cd "$(dirname "$0")"
tests=()
for test in test/*.test.mjs; do
  name=$(basename "$test" .test.mjs)
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  tests+=("$test")
  [ -e "test/$name.ts" ] || continue
  esbuild "test/$name.ts" --bundle --format=esm --platform=node --jsx=automatic --preserve-symlinks \
    --external:react --external:react-dom --external:react/jsx-runtime --loader:.css=empty \
    --define:process.env.NODE_ENV='"test"' --outfile=".test/$name.mjs" --log-level=warning
done
node --preserve-symlinks --preserve-symlinks-main --test "${tests[@]}"
