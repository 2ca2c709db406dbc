#!/bin/sh
# measures.sh - runs each measure of a program once, with little to do: measures.sh PROGRAM. Measures check their own
# results, so this is a test of them and of what they measure.
set -eu

tab=$(printf '\t')
list=$("$1" --list)
[ -n "$list" ]
while IFS=$tab read -r name unit _ count _; do
    [ "$unit" != - ] || continue # count is not one then, but a reason
    line=$("$1" --run "$name" $((count / 10000 + 100))) || { echo "$name: fails"; exit 1; }
    case $line in
    "$name$tab$unit$tab"[0-9]*"$tab"[0-9]* | "$name$tab-$tab"*) ;;
    *) echo "$name: prints $line"; exit 1 ;;
    esac
done <<EOF
$list
EOF
