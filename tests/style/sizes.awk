# sizes.awk - measures functions and files against the limits and the ratchet, which is the first file.

function measured(what, size, soft, hard) {
    if (size > hard) printf "%s: %d lines, %d is the most\n", what, size, hard
    else if (size > soft && !(what in ratchet))
        printf "%s: %d lines; split it (or, if it must be, add \"%d %s\" to sizes.ratchet)\n", what, size, size, what
    else if (what in ratchet && size > ratchet[what])
        printf "%s: has grown from %d to %d lines; split it\n", what, ratchet[what], size
    else if (what in ratchet && size < ratchet[what])
        printf "%s: has shrunk to %d lines; %s sizes.ratchet\n", what, size, (size > soft ? "lower it in" : "strike it from")
    seen[what] = 1
}

function end_file() {
    if (file) measured(file, lines, file ~ /^tests\// ? 500 : 300, 500)
}

NR == FNR {
    if ($0 !~ /^(#|$)/) ratchet[$2] = $1
    next
}

FNR == 1 {
    end_file()
    file = FILENAME
}

{ lines = FNR }

# A function's brace stands alone in the first column; before it, in that column too, its name.
/^[A-Za-z_].*\(/ {
    name = $0
    sub(/^START_TEST\(/, "", name)
    if (match(name, /[A-Za-z0-9_]+[()]/)) name = substr(name, RSTART, RLENGTH - 1)
}
/^{$/ { start = FNR }
/^}/ && start {
    measured(file ":" name, FNR - start - 1, 40, 70)
    start = 0
}

END {
    end_file()
    for (what in ratchet)
        if (!(what in seen)) printf "%s: is gone; strike it from sizes.ratchet\n", what
}
