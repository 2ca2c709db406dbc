#!/bin/sh
# run.sh - what a message costs with more and more workers, in instructions: run.sh MODEL [WORKERS...]
#
# The numbers of instructions of two runs of different length are subtracted, so that start and stop do not count. With
# numbers of workers it prints a table; without, it is a test: with 32 workers a message may cost so many times what it
# costs with 2 as the file `limits` says (MODE TIMES), which may only shrink. Exit status 77 is a skip.
set -eu
cd "$(dirname "$0")"

model=$1
shift

command -v valgrind >/dev/null || {
    echo "skipped: valgrind is not installed"
    exit 77
}

instructions() { # mode workers messages
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$model" "$@" 2>&1 |
        awk '/Collected/ { count = $4 } /Failures: [^0]/ { exit } END { if (!count) exit 1; print count }'
}

cost() { # mode workers: of one message; among many ports it takes longer until all have sent to all, and belts are laid
    few=300 many=900
    [ "$1" != all ] || few=$((20000 + 10 * $2 * $2)) many=$((40000 + 10 * $2 * $2))
    echo $((($(instructions "$1" "$2" $many) - $(instructions "$1" "$2" $few)) / (many - few)))
}

if [ $# -gt 0 ]; then
    printf 'workers   pair    all   park\n'
    for workers; do
        printf '%7d %6d %6d %6s\n' "$workers" "$(cost pair "$workers")" "$(cost all "$workers")" \
            "$([ "$workers" -eq 1 ] && echo - || cost park "$workers")"
    done
    exit
fi

status=0
while read -r mode times; do
    two=$(cost "$mode" 2)
    lots=$(cost "$mode" 32)
    printf '%s: %d instructions a message with 2 workers, %d with 32\n' "$mode" "$two" "$lots"
    if awk "BEGIN { exit !($lots > $two * $times) }"; then
        echo "$mode: more than $times times as much"
        status=1
    fi
done <limits
exit $status
