#!/bin/sh
# driver.sh - the tests of the driver of the benchmarks, in Python as it is.
set -eu

if ! command -v python3 >/dev/null; then
    echo "skipped: python3 is not installed"
    exit 77
fi
exec python3 -B "$(dirname "$0")/test_driver.py"
