#!/usr/bin/env bash
# What cmake --install lays down can be moved and used, by pkg-config and by find_package().
set -euo pipefail
build=${1:-$MLEC_BUILD}
source=${MLEC_SOURCE:-.}
[ -e "$build/libmlec.so" ] || exit 77

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/first" > "$work/install.log"
mv "$work/first" "$work/prefix"
libdir=$(dirname "$(find "$work/prefix" -name libmlec.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir

expect() {
  local out
  out=$("$1")
  [ "$out" = "$2" ] || {
    echo "$1 printed '$out', not '$2'"
    exit 1
  }
}

# shellcheck disable=SC2046  # flags are words
cc "$source/tests/install/fit.c" -o "$work/fit" $(pkg-config --cflags --libs mlec)
expect "$work/fit" 'mu 3.000000'
# shellcheck disable=SC2046
cc "$source/tests/install/table.c" -o "$work/table" $(pkg-config --cflags --libs mlec_rt)
expect "$work/table" 'rows 4'

cmake -S "$source/tests/install" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$work/prefix" > "$work/cmake.log"
cmake --build "$work/consumer" >> "$work/cmake.log"
expect "$work/consumer/fit" 'mu 3.000000'
expect "$work/consumer/table" 'rows 4'

"$work/prefix/bin/mlec" --version | grep -F "$(pkg-config --modversion mlec)" > "$work/version"
