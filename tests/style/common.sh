# common.sh - what the style tests share; each sources it first. They run in the root of the tree.
set -eu
cd "$(dirname "$0")/../.."

# All our C files.
c_files() {
    find include runtime actors samples bench tests -name '*.[ch]' | sort
}

# Run a function that prints complaints; the test passes if there are none. What goes wrong in it is no pass either.
report() {
    complaints=$("$@")
    [ -z "$complaints" ] && return
    printf '%s\n' "$complaints"
    exit 1
}

skip() { # reason
    printf 'skipped: %s\n' "$1"
    exit 77
}
