#!/bin/sh
# dependencies.sh - install the Debian packages that are missing: dependencies.sh build|test|ci|bench|peers...
#   build  to build the libraries and samples
#   test   to build and run the tests
#   ci     other compilers and tools, for .ci/run
#   bench  to run the benchmarks and draw charts of them
#   peers  what Quay is measured beside; optional, each may be missing
#   aarch64  a cross compiler, its libraries and an emulator; dpkg must know the architecture arm64
# Asks nothing and uses no network if everything is there.
set -eu

packages() { # group
    case $1 in
    build) echo gcc libc6-dev cmake ninja-build pkg-config libck-dev libhwloc-dev libboost-context-dev ;;
    test) echo g++ binutils check ;;
    aarch64) echo gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
        libhwloc-dev:arm64 libboost-context-dev:arm64 check:arm64 ;;
    ci) echo spin valgrind clang libclang-rt-dev llvm clang-format clang-tidy python3 gnuplot-nox ;;
    bench) echo python3 gnuplot-nox ;;
    peers) echo g++ libcaf-dev erlang-base golang-go ;;
    *) echo "dependencies.sh: no group $1" >&2; return 1 ;;
    esac
}

# Of this machine's architecture, unless the name says another: a package may be there for several.
installed() { # package
    case $1 in
    *:*) wanted='.*' ;;
    *) wanted="\\($(dpkg --print-architecture)\\|all\\)" ;;
    esac
    dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx "$wanted installed"
}

missing() { # packages
    for package; do
        installed "$package" || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "dependencies.sh: neither root nor sudo; run as root: $*" >&2
        return 1
    fi
}

wanted=
for group; do
    list=$(packages "$group")
    wanted="$wanted $list"
done

if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian; what is needed there is:$wanted"
    exit 0
fi

# shellcheck disable=SC2086 # packages are words
absent=$(missing $wanted)
if [ -n "$absent" ]; then
    echo "Installing $absent"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root apt-get install -y -qq --no-install-recommends $absent >/dev/null
fi
