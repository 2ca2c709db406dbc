#!/bin/sh
# sizes.sh - functions and files stay small. A function has at most 70 lines between its braces, a file at most 500.
# What has more than 40 or 300 is listed in sizes.ratchet with its size ("SIZE FILE" or "SIZE FILE:FUNCTION"), which may
# only shrink; files of tests, being lists, need not.
. "$(dirname "$0")/common.sh"

check() {
    # shellcheck disable=SC2046 # the names have no spaces
    awk -f tests/style/sizes.awk tests/style/sizes.ratchet $(c_files)
}

report check
