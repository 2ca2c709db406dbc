#!/bin/sh
# format.sh - every C file is as .clang-format lays it out. Versions differ in detail, so only the one we use counts.
. "$(dirname "$0")/common.sh"

version=14
tool=$(command -v clang-format-$version || command -v clang-format || true)
[ -n "$tool" ] || skip "clang-format is not installed"
"$tool" --version | grep -q "version $version\." || skip "clang-format is not version $version"

check() {
    for file in $(c_files); do
        "$tool" "$file" | cmp -s - "$file" || echo "$file: run clang-format -i on it"
    done
}

report check
