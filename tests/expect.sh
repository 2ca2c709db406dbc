#!/bin/sh
# expect.sh - run a program and check what it prints: expect.sh EXPECTED PROGRAM [ARGUMENTS]
#
# EXPECTED holds one extended regular expression a line. Lines of the output must match them in this order; others may
# be in between. The program must exit with 0.
set -u

expected=$1
shift
output=$(mktemp)
trap 'rm -f "$output"' EXIT

"$@" >"$output"
status=$?
cat "$output"
if [ $status -ne 0 ]; then
    echo "expect: exit status $status"
    exit 1
fi

seen=0 # lines of output used up
while IFS= read -r pattern; do
    step=$(tail -n "+$((seen + 1))" "$output" | grep -nE -m 1 -e "$pattern" | cut -d : -f 1)
    if [ -z "$step" ]; then
        echo "expect: no line after line $seen matches: $pattern"
        exit 1
    fi
    seen=$((seen + step))
done <"$expected"
if [ $seen -eq 0 ]; then
    echo "expect: $expected expects nothing"
    exit 1
fi
