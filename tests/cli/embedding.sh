#!/usr/bin/env bash
# The programs of examples/embed_runtime and examples/embed_object, built as a user would build them:
# from an installed tree, with find_package() and with pkg-config.
set -euo pipefail
build=${1:-$MLEC_BUILD}
examples=${MLEC_SOURCE:-.}/examples
[ -e "$build/libmlec.so" ] || exit 77

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" > "$work/install.log"
libdir=$(dirname "$(find "$work/prefix" -name libmlec.so)")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir PATH=$work/prefix/bin:$PATH

# expect PROGRAM FILE -- it prints what the file says, and nothing on standard error.
expect() {
  "$1" > "$work/out" 2> "$work/err"
  cat "$work/err"
  [ ! -s "$work/err" ]
  diff "$2" "$work/out"
}

# cmake_example NAME -- configures and builds a folder as a project of its own.
cmake_example() {
  if ! { cmake -S "$examples/$1" -B "$work/$1" -DCMAKE_PREFIX_PATH="$work/prefix" &&
         cmake --build "$work/$1"; } > "$work/$1.log" 2>&1; then
    cat "$work/$1.log"
    exit 1
  fi
}

cmake_example embed_runtime
expect "$work/embed_runtime/claims" "$examples/embed_runtime/claims.txt"
cmake_example embed_object
expect "$work/embed_object/fit" "$examples/embed_object/fit.txt"
expect "$work/embed_object/evaluate" "$examples/embed_object/evaluate.txt"

cd "$work"
flags='-std=c17 -Wall -Wextra -Werror'
# shellcheck disable=SC2046,SC2086  # flags are words
cc $flags "$examples/embed_runtime/main.c" -o claims $(pkg-config --cflags --libs mlec)
expect ./claims "$examples/embed_runtime/claims.txt"

mlec build "$examples/embed_object/claims.lik" -o claims.o -h claims.h
# shellcheck disable=SC2046,SC2086
cc $flags -I. "$examples/embed_object/fit.c" claims.o -o fit $(pkg-config --cflags --libs mlec_rt)
expect ./fit "$examples/embed_object/fit.txt"
# shellcheck disable=SC2046,SC2086
cc $flags -I. "$examples/embed_object/evaluate.c" claims.o -o evaluate $(pkg-config --cflags mlec_rt)
expect ./evaluate "$examples/embed_object/evaluate.txt"

# Distribution functions without a closed form are the library's, and nothing else is asked for.
cat > waiting.lik <<'END'
data time : positive
data done : binary
param a, b : positive
surv(time, done) ~ gamma(a, b)
END
mlec build waiting.lik -o waiting.o -h waiting.h
[ "$(nm --undefined-only waiting.o | awk '{ print $2 }')" = mlec_jet_log_gamma_q ]
echo '#include "waiting.h"
int main(void) { return waiting.n_params != 2; }' > waiting.c
# shellcheck disable=SC2046,SC2086
cc $flags -I. waiting.c waiting.o -o waiting $(pkg-config --cflags --libs mlec_rt)
./waiting

# The object stands alone: it asks the linker for nothing.
if nm --undefined-only claims.o | grep .; then
  echo 'claims.o has external symbols'
  exit 1
fi
