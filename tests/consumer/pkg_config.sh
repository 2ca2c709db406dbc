#!/bin/sh
# pkg_config.sh - build the user's programs by plain compiler calls, and run them: pkg_config.sh PREFIX SOURCES CC [CXX]
set -eu

prefix=$1 sources=$2 cc=$3 cxx=${4:-}
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
cd "$prefix"

flags() { # pkg-config's arguments
    echo "$(pkg-config --cflags --libs "$@") -Wl,-rpath,$prefix/lib"
}

# shellcheck disable=SC2046 # flags are words
for static in "" --static; do
    "$cc" -std=c11 "$sources/program.c" $(flags $static quay-actors) -o program
    ./program
    if [ -n "$cxx" ]; then
        "$cxx" -std=c++17 "$sources/program.cpp" $(flags $static quay) -o program_cxx
        ./program_cxx
    fi
done
