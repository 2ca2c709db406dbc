#!/bin/sh
# headers.sh - each public header compiles alone, in C11 and in C++17: headers.sh CC [CXX]
. "$(dirname "$0")/common.sh"

cc=$1 cxx=${2:-}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/quay"
ln -s "$PWD/actors" "$tree/quay/actors"

compiles() { # compiler language standard header
    printf '#include "%s"\nextern int here;\n' "$PWD/$4" |
        "$1" -x "$2" "-std=$3" -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror -Iinclude -I"$tree" \
            -fsyntax-only - 2>&1 || echo "$4: does not compile alone in $3"
}

check() {
    for header in include/quay/*.h actors/*.h; do
        compiles "$cc" c c11 "$header"
        [ -z "$cxx" ] || compiles "$cxx" c++ c++17 "$header"
    done
}

report check
[ -n "$cxx" ] || skip "no C++ compiler; the headers were compiled in C11 only"
