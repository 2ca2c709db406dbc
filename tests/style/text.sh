#!/bin/sh
# text.sh - every text file is tidy: no tabs (but in Go, whose formatter wants them), no white space at the end of a line,
# at most 120 columns of C, a newline at the end, no address of a package registry and no path of somebody's machine. A C
# file opens with its name and role.
. "$(dirname "$0")/common.sh"

texts() {
    find . \( -name .git -o -path './build*' -o -path './docs/bench/*.svg' \) -prune -o -type f -print | sed 's|^\./||' | sort
}

lines() {
    # shellcheck disable=SC2046 # names have no spaces
    LC_ALL=C awk '
        function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what }
        /\t/ && FILENAME !~ /[.]go$/ { complain("a tab") }
        /[ \r]$/ { complain("white space at the end of the line") }
        /deb[.]debian|registry[.]npm|npmjs[.]|pypi[.]|pythonhosted[.]|crates[.]io|proxy[.]golang|maven[.]org/ {
            complain("the address of a package registry")
        }
        /(^|[^A-Za-z0-9_.$}*])\/(work|tmp|root|home)\// { complain("a path of one machine") }
        FILENAME ~ /[.][ch]$/ {
            columns = $0
            gsub(/[\200-\277]/, "", columns) # all but the first byte of a character
            if (length(columns) > 120) complain("more than 120 columns")
            base = FILENAME
            sub(/.*\//, "", base)
            if (FNR == 1 && index($0, "/* " base " - ") != 1) complain("does not open with /* " base " - its role")
        }' $(texts)
}

ends() {
    for file in $(texts); do
        [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
    done
}

check() {
    lines
    ends
}

report check
