#!/bin/sh
# mirror.sh - tests mirror sources: runtime/LAYER/x.c is tested by tests/LAYER/test_x.c, actors/x.c by
# tests/actors/test_x.c, and no such test is without its source. Tests of the public API as a whole are in tests/api.
. "$(dirname "$0")/common.sh"

untested() {
    for source in runtime/*/*.c actors/*.c; do
        layer=$(basename "$(dirname "$source")")
        test="tests/$layer/test_$(basename "$source")"
        [ -f "$test" ] || echo "$source: has no $test"
    done
}

orphans() {
    for layer in base os core sim watch actors; do
        folder=runtime/$layer
        [ $layer = actors ] && folder=actors
        for test in tests/"$layer"/test_*.c; do
            [ -f "$test" ] || continue
            name=$(basename "$test" .c)
            name=${name#test_}
            [ -f "$folder/$name.c" ] || [ -f "$folder/$name.h" ] || echo "$test: tests no $folder/$name.c or .h"
        done
    done
}

check() {
    untested
    orphans
}

report check
