#!/bin/sh
# hashes.sh - one seed is one run: hashes.sh PROGRAM [PROGRAM] - scenario.seeds, of this build and perhaps another's.
# The same hashes in two processes, whose addresses differ, and by another compiler.
set -eu
first=$(QUAY_TEST_HASHES=1 "$1" 2>/dev/null)
second=$(QUAY_TEST_HASHES=1 "${2:-$1}" 2>/dev/null)
[ -n "$first" ] && [ "$first" = "$second" ] && exit
printf 'these differ:\n%s\n---\n%s\n' "$first" "$second"
exit 1
