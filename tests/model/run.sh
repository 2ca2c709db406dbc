#!/bin/sh
# run.sh - check the models here with spin: each must hold as it is, and fail in each of the ways its head names.
# Prints a line a run. Exit 77 (skipped) without spin.
set -u
command -v spin >/dev/null || { echo "skipped: spin is not installed"; exit 77; }
models=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# holds MODEL [FLAG]: does spin find no error?
holds() {
    spin ${2:+-D"$2"} -a "$models/$1.pml" >spin.log 2>&1 && cc -O0 -w -DSAFETY -o pan pan.c || { cat spin.log; exit 1; }
    ./pan -m100000 >pan.log 2>&1
    grep -q 'errors: 0' pan.log
}

expect() { # yes|no MODEL [FLAG]
    wanted=$1
    shift
    if holds "$@"; then found=yes; else found=no; fi
    [ "$found" = "$wanted" ] && verdict=ok || { verdict=WRONG failures=$((failures + 1)); }
    printf '%-6s %-14s %-14s holds: %s\n' "$verdict" "$1" "${2:-as it is}" "$found"
}

expect yes parking
for flag in NO_LOOK NO_FENCE_W NO_FENCE_P NO_COMPARE; do expect no parking $flag; done
expect yes thread_future
for flag in NO_REFERENCES NO_GENERATION LOAD_STORE NO_WAKE; do expect no thread_future $flag; done
expect yes drain
for flag in COUNT_LATE DONE_EARLY BEGUN_FIRST EVENT_LATE NO_FENCE NO_RAISE; do expect no drain $flag; done
expect yes stop
for flag in STORE_ORDER CLEAR_LATE NO_WAKE NO_LOOK NO_FENCE_W NO_FENCE_IN NO_FENCE_OUT NO_WAIT NO_DEALT_WITH; do
    expect no stop $flag
done
expect yes gate
for flag in NO_LOOK_O NO_LOOK_H NO_FENCE_H; do expect no gate $flag; done
[ "$failures" -eq 0 ]
