#!/bin/sh
# symbols.sh - a library exports what its list names, which is what its headers declare: symbols.sh NM FOLDER
# The lists are cmake/quay.symbols and cmake/quay_actors.symbols, sorted, a name a line.
. "$(dirname "$0")/common.sh"

nm=$1 folder=$2

exported() { # library
    "$nm" -D --defined-only --format=posix "$folder/lib$1.so" | awk '{ print $1 }' | LC_ALL=C sort
}

declared() { # headers
    cat "$@" | awk '/^QUAY_API/ && match($0, /quay_[a-z0-9_]+\(/) { print substr($0, RSTART, RLENGTH - 1) }' |
        LC_ALL=C sort
}

# Against the list, what standard input has; the words for a name too few and one too many.
differences() { # list too-few too-many
    diff "$1" - | sed -n "s|^< |$1: $2: |p; s|^> |$1: $3: |p"
}

compare() { # library headers...
    list=cmake/$1.symbols
    [ -s "$list" ] || echo "$list: is not there"
    exported "$1" | differences "$list" "not exported" "lacks an exported name"
    shift
    declared "$@" | differences "$list" "in no header" "lacks a name declared QUAY_API"
}

check() {
    compare quay include/quay/*.h
    compare quay_actors actors/*.h
}

report check
