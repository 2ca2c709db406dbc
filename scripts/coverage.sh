#!/bin/sh
# coverage.sh - run the tests and say which branches of runtime/ they took: coverage.sh [FILE...]
# Builds in build/coverage, with gcc. The branches not taken are listed, of the named files only if there are any. Fails if
# a test does, or below tests/coverage/limits. The sources under tests/explore are compiled with other instrumentation, and
# neither they nor the tests of texts and packages count.
set -eu
cd "$(dirname "$0")/.."

build=build/coverage

CC=gcc cmake --preset coverage
cmake --build "$build" --parallel 2
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --parallel 2 --output-on-failure --no-tests=error \
    --tests-regex '^(base|os|core|sim|watch|api|scenario|actors)[.]'
python3 tests/coverage/summary.py "$build" "$@"
