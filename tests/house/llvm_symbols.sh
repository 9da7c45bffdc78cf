#!/usr/bin/env bash
# Where LLVM is in a build: in the program and in test_compiler_llvm, never in another test binary,
# and nowhere its pass builder, which doubles the program's size and start. The shared library
# exports the public names alone.
set -euo pipefail
build=${1:-$MLEC_BUILD}
failed=0

fail() {
  echo "$1"
  failed=1
}

# has_symbol FILE PATTERN -- reads to the end, so that nm never sees a closed pipe.
has_symbol() {
  [ "$(nm "$1" 2>/dev/null | grep -cE "$2" || true)" -gt 0 ]
}

if [ -x "$build/mlec" ]; then
  has_symbol "$build/mlec" ' T main$' || fail "$build/mlec has no symbols to look at"
  if has_symbol "$build/mlec" ' [TtWw] _ZN4llvm11PassBuilderC[12]'; then
    fail "$build/mlec contains LLVM's pass builder"
  fi
  if readelf -d "$build/mlec" | grep -E 'NEEDED.*(LLVM|stdc\+\+|lapack|blas)' &&
     [ -z "${MLEC_SANITIZE:-}" ]; then
    fail "$build/mlec is to be linked statically with these"
  fi
fi

for file in "$build"/tests/*; do
  if [ ! -f "$file" ] || [ ! -x "$file" ] || [ "$(basename "$file")" = test_compiler_llvm ]; then
    continue
  fi
  if has_symbol "$file" ' [TtWwVv] _ZN4llvm' || readelf -d "$file" 2>/dev/null | grep 'NEEDED.*LLVM'; then
    fail "$file contains LLVM"
  fi
done

if [ -e "$build/libmlec.so" ]; then
  foreign=$(nm -D --defined-only "$build/libmlec.so" | awk '$3 !~ /^mlec_/ { print $3 }')
  [ -z "$foreign" ] || fail "libmlec.so exports: $foreign"
fi
exit $failed
