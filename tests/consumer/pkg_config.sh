#!/bin/sh
# pkg_config.sh - build the user's programs by plain compiler calls, and run them.
# Usage: pkg_config.sh static|shared PREFIX SOURCES CC [CXX]
set -eu

flavour=$1 prefix=$2 sources=$3 cc=$4 cxx=${5:-}
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
cd "$prefix"

flags() { # package
    if [ "$flavour" = static ]; then
        pkg-config --cflags --libs --static "$1"
    else
        echo "$(pkg-config --cflags --libs "$1") -Wl,-rpath,$prefix/lib"
    fi
}

# shellcheck disable=SC2046 # flags are words
"$cc" -std=c11 "$sources/program.c" $(flags quay-actors) -o program
./program

if [ -n "$cxx" ]; then
    # shellcheck disable=SC2046
    "$cxx" -std=c++17 "$sources/program.cpp" $(flags quay) -o program_cxx
    ./program_cxx
fi
