#!/bin/sh
# test.sh - configure, build and test: test.sh NAME PRESET [CMAKE ARGUMENTS]
# Builds in build/NAME. With QUAY_TESTS=LABEL it builds the target of that name only, and runs the tests with that label.
# The last line is "N passed, N failed, N skipped", after the reasons for what was skipped.
set -eu
cd "$(dirname "$0")/.."

build=build/$1
preset=$2
shift 2

cmake --preset "$preset" -B "$build" "$@"
cmake --build "$build" --parallel 2 ${QUAY_TESTS:+--target "$QUAY_TESTS"}
status=0
ctest --test-dir "$build" --parallel 2 --output-on-failure --no-tests=error ${QUAY_TESTS:+-L "$QUAY_TESTS"} --output-junit results.xml || status=$?

# A test that could not run because another one failed counts as failed.
awk '
    /<testcase / {
        match($0, /name="[^"]*"/)
        name = substr($0, RSTART + 6, RLENGTH - 7)
        outcome = /status="run"/ ? "passed" : "failed"
    }
    /<skipped message="SKIP_/ { outcome = "skipped" }
    match($0, /skipped: .*/) && outcome == "skipped" {
        reason = substr($0, RSTART + 9)
        sub(/<.*/, "", reason)
        print name " was skipped: " reason
    }
    /<\/testcase>/ { count[outcome]++ }
    END { printf "%d passed, %d failed, %d skipped\n", count["passed"], count["failed"], count["skipped"] }
' "$build/results.xml"
exit $status
