#!/bin/sh
# docs.sh - the C in README.md and docs/ compiles: docs.sh CC PKG_CONFIG_PATH WORK-FOLDER
#
# A block fenced as ```c is a whole file: compiled, and linked if it has a main. A block fenced as ```c fragment is
# compiled as the body of a function that has the parameters below. A fence of C says no more than that.
. "$(dirname "$0")/common.sh"

cc=$1 work=$3
export PKG_CONFIG_PATH="$2"
parameters='quay_runtime *rt, quay_self *self, void *state, const quay_message *message, quay_port port, quay_future *f'
rm -rf "$work"
mkdir -p "$work"

# Each block into a file named after its place.
extract() {
    find README.md docs -name '*.md' -exec awk -v work="$work" -v parameters="$parameters" '
        block && /^```/ {
            if (fragment) print "return 0;\n}" > block
            close(block)
            block = ""
            next
        }
        block { print > block; next }
        /^```c( fragment)?$/ {
            fragment = / fragment$/
            block = FILENAME "." FNR ".c"
            gsub(/\//, "_", block)
            block = work "/" block
            if (fragment) {
                print "#include <quay/quay.h>\n#include <stdio.h>" > block
                print "int fragment(" parameters ");\nint fragment(" parameters ")\n{" > block
            }
            printf "#line %d \"%s\"\n", FNR + 1, FILENAME > block
            next
        }
        /^ *```[cC]( |$)/ { printf "%s:%d: fence it with ```c or ```c fragment in the first column\n", FILENAME, FNR }' {} +
}

compile() { # file
    how=-c
    if grep -q '^int main(' "$1"; then how=$(pkg-config --libs quay-actors); fi
    # shellcheck disable=SC2046,SC2086 # flags are words
    "$cc" -std=c11 -Wall -Wextra -Wno-unused-parameter -Werror $(pkg-config --cflags quay-actors) "$1" $how -o "${1%.c}" 2>&1
}

check() {
    [ -f README.md ] || { echo "README.md: is not there"; return; }
    extract
    [ -n "$(find "$work" -name 'README.md.*.c')" ] || echo "README.md: has no C program"
    for file in "$work"/*.c; do
        [ ! -f "$file" ] || compile "$file" || echo "$file: does not compile"
    done
}

report check
